// The articles: their list and the reader, each place at an address of its own.
let opener = null;
let opened = 0;
let from = "ask";
// What the server says, or "" where it can't be reached.
const ask = async (name, data) => {
  while (!window.dgqaBridge) await new Promise((done) => setTimeout(done, 10));
  try {
    return (await window.dgqaBridge.server[name]({ corpus: corpusNow(), ...data })) ?? "";
  } catch {
    return "";
  }
};
const unreached = () => make("p", { className: "dgqa-empty", role: "alert", textContent: say("unreached") });
function show(view) {
  root.dataset.view = view;
  for (const button of $$("[data-view]", $("#dgqa-head") || document)) {
    if (button.dataset.view === view) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  if (view === "read" && !$("#dgqa-listing").childElementCount) list();
}
let shelved = 0;  // how far the list was scrolled when an article was opened from it
const book = (open) => {
  const pane = $("#dgqa-read");
  if (open && $("#dgqa-book").hidden) shelved = pane.scrollTop;
  const closed = !open && !$("#dgqa-book").hidden;
  $("#dgqa-book").hidden = !open;
  $("#dgqa-shelf").hidden = open;
  if (closed) pane.scrollTop = shelved;
  root.classList.toggle("dgqa-booked", open);
};
let listed = 0;
let many = 0;
async function list() {
  const turn = ++listed;
  const html = await ask("catalogue", { query: $("#dgqa-find").value, count: many, language });
  if (turn !== listed) return;
  if (html) $("#dgqa-listing").innerHTML = html;
  else $("#dgqa-listing").replaceChildren(unreached());
}
async function read(place, { push = true, focus = true } = {}) {
  if (place.corpus) choose(place.corpus);
  const turn = ++opened;
  if (root.dataset.view !== "read") from = "ask";
  else if ($("#dgqa-book").hidden) from = "read";
  const pages = $("#dgqa-pages");
  // An article that was closed must not be taken for the one that is opened.
  if ($("#dgqa-book").hidden) pages.textContent = say("loading");
  pages.setAttribute("aria-busy", "true");
  show("read");
  book(true);
  const got = await ask("article", { ...place, language });
  if (turn !== opened) return;
  if (got) pages.innerHTML = got.html;
  else pages.replaceChildren(unreached());
  $("#dgqa-crumb").textContent = got.title || "";
  pages.removeAttribute("aria-busy");
  if (narrow.matches) for (const contents of $$(".dgqa-contents", pages)) contents.open = false;
  if (push) history.pushState({ dgqa: true }, "", address(place));
  $(".dgqa-contents [aria-current]", pages)?.scrollIntoView({ block: "center" });
  leaf(place);
  const target = $("#dgqa-cited") || $("[data-place]", pages);
  if (target) target.scrollIntoView({ block: "center" });
  else $("#dgqa-read").scrollTop = 0;
  if (focus) (target && target.hasAttribute("tabindex") ? target : $("#dgqa-article-title"))?.focus({ preventScroll: true });
}
// The printed page of a PDF beside its text.
let leafed = 0;
async function leaf(place) {
  const sheet = $("#dgqa-leaf");
  if (!sheet) return;
  const turn = ++leafed;
  sheet.dataset.place = JSON.stringify(place);
  const html = await ask("leaf", { ...place, language });
  if (turn !== leafed || !sheet.isConnected) return;
  if (html) sheet.innerHTML = html;
  else sheet.replaceChildren(unreached());
  sheet.removeAttribute("aria-busy");
  const lit = $(".dgqa-light", sheet);
  // Before the picture has its height there is nothing to scroll.
  await $("img", sheet)?.decode().catch(() => {});
  if (lit?.isConnected) sheet.scrollTop = Math.max(0, lit.offsetTop - sheet.clientHeight / 3);
}
onClick(".dgqa-turn", (button) => {
  leaf({ ...JSON.parse(button.closest("#dgqa-leaf").dataset.place), number: Number(button.value) });
});
// An article is printed as a whole, though the page may hold a part of it.
async function printAll() {
  const place = placeIn(location.search);
  const pages = $("#dgqa-pages");
  if (!place || !$(".dgqa-turning", pages)) return print();
  const turn = opened;
  const got = await ask("article", { ...place, language, whole: true });
  if (!got) return tell(say("unreached"));
  if (turn !== opened) return;
  const before = pages.innerHTML;
  pages.innerHTML = got.html;
  print();
  pages.innerHTML = before;
}
// Where one is in an article: the last heading above the middle of the page.
let spying = false;
function spy() {
  spying = false;
  const links = $$(".dgqa-contents a[href^='#h']");
  const above = links.filter((link) => (document.getElementById(link.hash.slice(1))?.getBoundingClientRect().top ?? Infinity) < innerHeight / 2);
  for (const link of $$(".dgqa-contents [aria-current]")) if (link !== above.at(-1)) link.removeAttribute("aria-current");
  above.at(-1)?.setAttribute("aria-current", "location");
}
document.addEventListener("scroll", (event) => {
  if (spying || event.target.id !== "dgqa-read") return;
  spying = true;
  requestAnimationFrame(spy);
}, true);
const placeIn = (query) => {
  const given = new URLSearchParams(query);
  if (!given.get("doc")) return null;
  const place = { doc: given.get("doc"), start: Number.parseInt(given.get("start"), 10) || 0, end: Number.parseInt(given.get("end"), 10) || 0 };
  return corpora().length ? { ...place, corpus: known(given.get("corpus")) } : place;
};
function address(place) {
  const url = new URL(location);
  for (const key of ["doc", "start", "end", "corpus"]) url.searchParams.delete(key);
  for (const [key, value] of Object.entries(place || {})) url.searchParams.set(key, value);
  return url;
}
function route() {
  const place = placeIn(location.search);
  if (place) return read(place, { push: false });
  opened++;
  book(false);
  show(from === "read" && root.dataset.view === "read" ? "read" : "ask");
}
function close(to) {
  opened++;
  if (placeIn(location.search)) history.pushState({ dgqa: true }, "", address());
  book(false);
  show(to);
  if (to === "read") $("#dgqa-find").focus();
  else if (opener && opener.isConnected) opener.focus();
  else box()?.focus();
  opener = null;
}

onClick("a.dgqa-open", (open, event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return false;
  const place = placeIn(open.search);
  if (!place) return;
  event.preventDefault();
  if (!open.closest("#dgqa-read")) opener = open;
  read(place);
});
onClick(".dgqa-contents a[href^='#h']", (heading, event) => {
  event.preventDefault();
  const target = document.getElementById(heading.hash.slice(1))?.parentElement;
  if (narrow.matches) heading.closest("details").open = false;
  target?.scrollIntoView({ behavior: calm(), block: "start" });
  target?.focus({ preventScroll: true });
});
onClick(".dgqa-more", (more) => { many = Number(more.value); list(); });
async function change(name, data) {
  const told = $("#dgqa-changed");
  told.textContent = say("changing");
  told.textContent = (await ask(name, { ...data, language })) || say("unreached");
  list();
}
onClick("#dgqa-refresh", () => change("refresh", {}));
onClick(".dgqa-remove", (button) => {
  notice(say("ask_remove"), [[say("delete"), () => change("remove", { path: button.value })], [say("cancel"), () => button.focus()]]);
});
onClick(".dgqa-folder", (button) => {
  unset({ documents: [button.value] });
  close("ask");
});
onClick(".dgqa-move", (button) => {
  const known = new Set($$("#dgqa-listing .dgqa-folder").map((folder) => folder.textContent));
  const field = make("input", { maxLength: 60, placeholder: say("move_to") });
  field.setAttribute("aria-label", button.getAttribute("aria-label"));
  field.setAttribute("list", "dgqa-folders");
  const offered = make("datalist", { id: "dgqa-folders" }, ...[...known].map((value) => make("option", { value })));
  const submit = make("button", { type: "submit", textContent: say("move") });
  const cancel = make("button", { type: "button", textContent: say("cancel") });
  const form = make("form", { className: "dgqa-rate" }, field, offered, submit, cancel);
  const done = () => { form.remove(); button.hidden = false; };
  cancel.addEventListener("click", () => { done(); button.focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    done();
    change("move", { path: button.value, folder: field.value });
  });
  button.hidden = true;
  button.parentElement.append(form);
  field.focus();
});
let typing = 0;
document.addEventListener("input", (event) => {
  if (event.target.id === "dgqa-find") { clearTimeout(typing); typing = setTimeout(() => { many = 0; list(); }, 150); }
  if (event.target.id === "dgqa-raw") $(".dgqa-article")?.classList.toggle("is-raw", event.target.checked);
});
addEventListener("popstate", route);
