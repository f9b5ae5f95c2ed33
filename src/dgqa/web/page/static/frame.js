// The frame of the page: menu, light and dark, language, keys, and what changes around all views.
function menu(open) {
  root.classList.toggle("dgqa-menu", open);
  $("[data-act=menu]")?.setAttribute("aria-expanded", String(open));
  if (open) $("#dgqa-new")?.focus();
}
function theme(dark) {
  document.body.classList.toggle("dark", dark);
  root.style.colorScheme = dark ? "dark" : "light";
}
const stored = keeping.get("theme");
const wanted = new URLSearchParams(location.search).get("__theme");
if (["light", "dark"].includes(stored) && !wanted) theme(stored === "dark");
else root.style.colorScheme = document.body.classList.contains("dark") ? "dark" : "light";

const acts = {
  menu: () => menu(!root.classList.contains("dgqa-menu")),
  theme: () => {
    const dark = !document.body.classList.contains("dark");
    theme(dark);
    keeping.try("theme", dark ? "dark" : "light");
  },
  skip: () => { show("ask"); box()?.focus(); },
  close: () => close(from),
  list: () => close("read"),
  print: () => void printAll(),
};
onClick("[data-act]", (named, event) => { event.preventDefault(); acts[named.dataset.act]?.(); });
onClick("#dgqa-head [data-view]", ({ dataset: { view } }) => {
  if (view === "read" && !$("#dgqa-book").hidden) return close("read");
  if (view !== "read" && placeIn(location.search)) return close("ask");
  show(view);
});
document.addEventListener("change", (event) => {
  if (event.target.id !== "dgqa-language") return;
  language = event.target.value;
  keeping.try("language", language);
  word();
  listTalks();
  greet();
  chips();
  shown = null;
  send("change", {});
  $("#dgqa-listing").replaceChildren();
  const place = placeIn(location.search);
  if (place) read(place, { push: false, focus: false });
  else if (root.dataset.view === "read") list();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
  if ($("#dgqa-notice") && !held) notice("");
  else if (root.classList.contains("dgqa-menu")) { menu(false); $("[data-act=menu]").focus(); }
  else if ($(".dgqa-rate")) $(".dgqa-rate").remove();
  else if (root.dataset.view === "read" && !$("#dgqa-book").hidden) close(from);
  else if (edited) { editing(0); type(""); }
});
// Enter may end a composition of an input method; then it is none of the page's business.
for (const kind of ["keydown", "keypress"]) {
  window.addEventListener(kind, (event) => {
    if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
  }, true);
}
narrow.addEventListener("change", later);
// What Gradio itself tells in English alone.
const TOASTS = [[/^Connection to the server was lost/, "lost"], [/queue is full/i, "crowded"], [/exceed the maximum allowed size/, "wrong_large"]];
function toast(text) {
  const key = TOASTS.find(([pattern]) => pattern.test(text.textContent))?.[1];
  const title = $(".toast-title", text.closest(".toast-body") || document)?.firstChild;
  if (title?.textContent.trim() === "Error") title.textContent = say("failed");
  if (!key) return;
  if (key === "lost") away();
  text.textContent = say(key);
}
// What Gradio calls the place for files to those who have the page read aloud, in English alone.
const UNSAID = ["common.upload", "Click to upload or drop files", "File upload"];
function renamed() {
  for (const element of $$("#dgqa-upload [aria-label]")) {
    if (UNSAID.includes(element.ariaLabel)) element.dataset.label = "upload_files";
    if (!element.dataset.label) continue;
    element.ariaLabel = say(element.dataset.label);
    if (element.title) element.title = element.ariaLabel;
  }
}
let relisting = 0;
new MutationObserver((changes) => {
  if (changes.some((change) => change.target instanceof Element && change.target.closest("#dgqa-upload-report"))) {
    clearTimeout(relisting);
    relisting = setTimeout(list, 300);
  }
  if (changes.some((change) => change.target instanceof Element && change.target.closest("#dgqa-chat"))) later();
  for (const text of $$(".toast-message-text")) toast(text);
  renamed();
}).observe(document.body, { childList: true, subtree: true, characterData: true });

root.dataset.view = "ask";
window.dgqa = { clear, start, take, keep, set, begin, download, rated, resume, restored, chips };
// On paper every source is open and the page is light; afterwards all is as it was.
let unfolded = [];
let darkened = false;
document.head.append(make("style", { textContent: "@page { size: A4; margin: 18mm 16mm; }" }));
addEventListener("beforeprint", () => {
  darkened = document.body.classList.contains("dark");
  theme(false);
  root.classList.add("dgqa-printing");
  unfolded = $$("#dgqa-chat details:not([open])");
  for (const details of unfolded) details.open = true;
});
addEventListener("afterprint", () => {
  root.classList.remove("dgqa-printing");
  theme(darkened);
  for (const details of unfolded) details.open = false;
});
