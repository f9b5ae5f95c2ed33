// The sources: each answer carries its own, folded; where there is room they are shown beside it.
let pinned = "";
let count = 0;
let shown = "";
function sync() {
  const replies = $$("#dgqa-chat .dgqa-reply");
  root.classList.toggle("dgqa-started", replies.length > 0);
  if (replies.length !== count) { pinned = ""; count = replies.length; }
  const active = (pinned && document.getElementById(pinned)) || replies.at(-1);
  for (const reply of replies) reply.classList.toggle("is-active", reply === active && replies.length > 1);
  const source = active && $(".dgqa-sources", active);
  const html = source ? source.innerHTML : "";
  const place = $("#dgqa-cards");
  if (place && html !== shown) {
    shown = html;
    const copied = source ? source.cloneNode(true) : null;
    if (copied) for (const element of $$("[id]", copied)) element.id = `beside-${element.id}`;
    const heading = copied && $("summary", copied);
    $("#dgqa-beside h2").textContent = heading ? heading.textContent : say("sources");
    heading?.remove();
    place.replaceChildren(...(copied ? copied.childNodes : []));
    place.closest("#dgqa-side").scrollTop = 0;
    $("#dgqa-beside .dgqa-empty").hidden = Boolean(copied);
  }
  showRatings();
  next();
  watch();
  aim();
  for (const details of $$("#dgqa-chat .dgqa-draft")) if (drafted.has(details.closest(".dgqa-reply").id)) details.open = true;
  // Gradio names a message by its HTML, which would be read aloud; what it says is within.
  for (const said of $$("#dgqa-chat [data-testid][aria-label*='<']")) said.removeAttribute("aria-label");
  const log = $("#dgqa-chat [role=log]");
  if (log && log.ariaLabel !== say("talk")) log.ariaLabel = say("talk");
  for (const button of $$("#dgqa-chat .icon-button-wrapper button")) {
    button.dataset.bin = "1";
    if (button.title !== say("clear")) button.title = button.ariaLabel = say("clear");
  }
  const down = $("#dgqa-chat .scroll-down-button-container button");
  if (down && down.title !== say("down")) down.title = down.ariaLabel = say("down");
  const last = replies.at(-1);
  if (last && !edited) {
    const foot = $$(".dgqa-foot span", last).map((part) => part.textContent);
    const summary = $(".dgqa-sources summary", last);
    tell([...foot, working() || !summary ? "" : summary.textContent].filter(Boolean).join(" · "));
    $("#dgqa-told")?.classList.toggle("is-working", working());
  } else if (!last) tell("");
}
// An excerpt that was unfolded stays so while the answer above it grows.
const drafted = new Set();
document.addEventListener("toggle", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("#dgqa-chat .dgqa-draft") || !event.target.isConnected) return;
  drafted[event.target.open ? "add" : "delete"](event.target.closest(".dgqa-reply").id);
}, true);
let waiting = false;
const later = () => {
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; sync(); });
};

const cardOf = (ref) => {
  const id = ref.getAttribute("href").slice(1);
  const beside = document.getElementById(`beside-${id}`);
  const chip = narrow.matches || !beside ? document.getElementById(id) : beside;
  return chip && chip.closest(".dgqa-card");
};
// A marker stands in its sentence or after it.
function sentenceOf(ref) {
  let at = ref.closest(".dgqa-sentence") || ref.previousElementSibling;
  while (at && !at.matches(".dgqa-sentence")) at = at.previousElementSibling;
  return at;
}
const refOf = (said) => $$("a.dgqa-ref", said.closest(".dgqa-text")).find((ref) => sentenceOf(ref) === said);
function light(card, refs, on) {
  card?.classList.toggle("is-near", on);
  for (const ref of refs) {
    ref.classList.toggle("is-near", on);
    sentenceOf(ref)?.classList.toggle("is-near", on);
    const number = ref.hash.split("-s")[1];
    for (const mark of card ? $$(`mark.m${number}`, card) : []) mark.classList.toggle("is-near", on);
  }
}
const refsOf = (card) => $$(".dgqa-number", card).flatMap((chip) => $$(`a.dgqa-ref[href="#${CSS.escape(chip.id.replace(/^beside-/, ""))}"]`));
const pointed = (on) => (event) => {
  if (!(event.target instanceof Element)) return;
  const ref = event.target.closest("a.dgqa-ref");
  if (ref) return light(cardOf(ref), [ref], on);
  const card = event.target.closest(".dgqa-card");
  if (card) light(card, refsOf(card), on);
};
for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, pointed(true));
for (const kind of ["mouseout", "focusout"]) document.addEventListener(kind, pointed(false));

function follow(ref) {
  const reply = ref.closest(".dgqa-reply");
  if (reply && !narrow.matches) { pinned = reply.id; sync(); }
  const card = cardOf(ref);
  if (!card) return;
  const folded = card.closest("details");
  if (folded) folded.open = true;
  for (const other of $$(".dgqa-card.is-lit")) other.classList.remove("is-lit");
  card.classList.add("is-lit");
  const chosen = sentenceOf(ref);
  for (const other of $$(".dgqa-sentence.is-chosen")) other.classList.remove("is-chosen");
  chosen?.classList.add("is-chosen");
  // Under the answer, a sentence and what it rests on are best seen together.
  const said = sentenceOf(ref) || ref;
  const mark = $(`mark.m${ref.hash.split("-s")[1]}`, card) || card;
  const together = narrow.matches && mark.getBoundingClientRect().bottom - said.getBoundingClientRect().top < $("#dgqa-chat").clientHeight - 32;
  (together ? said : card).scrollIntoView({ behavior: calm(), block: together ? "start" : "nearest" });
  card.focus({ preventScroll: true });
}

onClick("a.dgqa-ref", (ref, event) => { event.preventDefault(); follow(ref); });
function openFrom(card, number) {
  const links = card ? $$("a.dgqa-open", card) : [];
  links[Math.max(0, $$(".dgqa-number", card).findIndex((chip) => chip.textContent === number))]?.click();
}
// The cited sentence of a card leads to its place in the article, as the link below it does.
onClick(".dgqa-card mark", (mark) => {
  if (!getSelection().isCollapsed) return false;
  openFrom(mark.closest(".dgqa-card"), mark.className.match(/\bm(\d+)/)?.[1]);
});
// A sentence of an answer that is clicked is chosen, and so is its first source; the article opens from there by its link.
onClick(".dgqa-sentence", (said) => {
  if (!getSelection().isCollapsed) return false;
  const first = refOf(said);
  if (first) follow(first);
});
// What a marker points at is shown above it for as long as it is pointed at.
function quote(ref) {
  $("#dgqa-quote")?.remove();
  const card = ref && cardOf(ref);
  if (!card) return;
  const number = ref.hash.split("-s")[1];
  const text = $$(`mark.m${number}`, card).map((mark) => mark.textContent).join("");
  const place = make("div", { id: "dgqa-quote" }, make("b", { textContent: $("h3", card).textContent }), text.length > 260 ? `${text.slice(0, 260)}…` : text);
  place.setAttribute("role", "tooltip");
  document.body.append(place);
  const at = ref.getBoundingClientRect();
  place.style.left = `${Math.max(8, Math.min(at.left, innerWidth - place.offsetWidth - 8))}px`;
  place.style.top = at.top > place.offsetHeight + 12 ? `${at.top - place.offsetHeight - 6}px` : `${at.bottom + 6}px`;
}
for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, ({ target }) => quote(target instanceof Element ? target.closest("#dgqa-chat a.dgqa-ref") : null));
document.addEventListener("scroll", () => quote(null), true);
