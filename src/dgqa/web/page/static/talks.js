// Earlier conversations, which this browser keeps, and their list.
const MAX_TALKS = 50;
const MAX_TURNS = 60;
const SEARCHED = 6;  // conversations from which they can be searched
const isTurn = (turn) => turn && typeof turn === "object" && typeof turn.question === "string" && typeof turn.state === "string";
function talks() {
  const kept = keeping.get("talks");
  return (Array.isArray(kept) ? kept : [])
    .filter((talk) => talk && typeof talk.id === "string" && typeof talk.title === "string" && Array.isArray(talk.turns))
    .map((talk) => ({ ...talk, turns: talk.turns.filter(isTurn).slice(-MAX_TURNS) }))
    .slice(0, MAX_TALKS);
}
function keepTalks(list) {
  let lost = false;
  // The oldest that is not pinned goes first.
  const shorter = (given) => {
    const last = given.findLastIndex((talk) => !talk.pinned);
    return given.filter((_, at) => at !== (last < 1 ? given.length - 1 : last));
  };
  while (list.length > MAX_TALKS) list = shorter(list);
  for (; ; list = shorter(list)) {
    try {
      keeping.set("talks", list);
      break;
    } catch {
      if (list.length < 2) return tell(say("unkept"));
      lost = true;
    }
  }
  if (lost) tell(say("full"));
  listTalks();
}
let current = sessionStorage.getItem("dgqa.talk") || "";
// A conversation has its name from its first question on: an answer goes where it was asked, whatever is open when it comes.
const newId = () => `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
function setCurrent(id) {
  current = id;
  sessionStorage.setItem("dgqa.talk", id);
  listTalks();
}
// The days of the conversations, the newest first; each with the conversations of that day that have every word looked for.
const dayOf = (at) => {
  const day = new Date(at), today = new Date();
  const days = Math.round((new Date(today).setHours(0, 0, 0, 0) - new Date(day).setHours(0, 0, 0, 0)) / 86400000);
  return days < 1 ? say("today") : days === 1 ? say("yesterday") : day.toLocaleDateString(TAGS[language], { year: "numeric", month: "long", day: "numeric" });
};
const saidIn = (talk) => [talk.title, ...talk.turns.flatMap((turn) => [turn.question, turn.answer?.text || ""])].join(" ").toLowerCase();
function listTalks() {
  const place = $("#dgqa-talks");
  if (!place) return;
  const all = talks();
  const field = $("#dgqa-find-talk");
  field.hidden = all.length < SEARCHED && !field.value;
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const list = all.filter((talk) => !words.length || words.every((word) => saidIn(talk).includes(word)));
  const days = new Map();
  for (const talk of [...list.filter((other) => other.pinned), ...list.filter((other) => !other.pinned)]) {
    const day = talk.pinned ? say("pinned") : talk.at ? dayOf(talk.at) : "";
    days.set(day, [...(days.get(day) || []), talk]);
  }
  place.replaceChildren(...[...days].flatMap(([day, found]) => [
    ...(day ? [make("h3", { textContent: day })] : []),
    make("ul", {}, ...found.map(rowOf)),
  ]));
  const empty = $("#dgqa-past .dgqa-empty");
  if (empty) {
    empty.hidden = list.length > 0;
    empty.textContent = say(all.length ? "no_talks_found" : "no_history");
  }
}
function rowOf(talk) {
  const open = make("button", { type: "button", className: "dgqa-talk", textContent: talk.title || "…", title: talk.title });
  if (talk.id === current) open.setAttribute("aria-current", "true");
  open.addEventListener("click", () => openTalk(talk.id));
  const rename = make("button", { type: "button", className: "dgqa-small is-rename", title: say("rename"), textContent: say("rename") });
  rename.addEventListener("click", () => renameTalk(talk, rename));
  const remove = make("button", { type: "button", className: "dgqa-small is-remove", title: say("delete"), textContent: say("delete") });
  remove.addEventListener("click", () => {
    if (remove.dataset.sure) return removeTalk(talk.id);
    remove.dataset.sure = "1";
    remove.textContent = say("sure");
  });
  remove.addEventListener("blur", () => {
    delete remove.dataset.sure;
    remove.textContent = say("delete");
  });
  const pin = make("button", { type: "button", className: `dgqa-small is-pin${talk.pinned ? " is-pinned" : ""}`, title: say(talk.pinned ? "unpin" : "pin"), textContent: say(talk.pinned ? "unpin" : "pin") });
  pin.addEventListener("click", () => keepTalks(talks().map((other) => (other.id === talk.id ? { ...other, pinned: !talk.pinned } : other))));
  if (corpora().length && talk.corpus) open.append(make("small", { textContent: talk.corpus }));
  return make("li", {}, open, make("span", { className: "dgqa-tools" }, pin, rename, remove));
}
function renameTalk(talk, button) {
  const row = button.closest("li");
  const field = make("input", { className: "dgqa-rename", value: talk.title, maxLength: 80 });
  field.setAttribute("aria-label", say("rename"));
  const done = (keep) => {
    if (keep && field.value.trim()) keepTalks(talks().map((other) => (other.id === talk.id ? { ...other, title: field.value.trim() } : other)));
    else listTalks();
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") done(true);
    if (event.key === "Escape") { event.stopPropagation(); done(false); }
  });
  field.addEventListener("blur", () => field.isConnected && done(true));
  row.replaceChildren(field);
  field.focus();
  field.select();
}
// What is deleted can be had back as long as the notice stands.
function removeTalk(id) {
  const talk = talks().find((other) => other.id === id);
  const shown = id === current;
  keepTalks(talks().filter((other) => other.id !== id));
  if (shown) begin();
  if (talk) notice(say("deleted", talk.title), [[say("undo"), () => {
    keepTalks([talk, ...talks()].sort((a, b) => (b.at || 0) - (a.at || 0)));
    if (shown) openTalk(id);
  }]], 12);
}
function begin(reading = false) {
  setCurrent("");
  editing(0);
  send("clear", { turns: [], settings: acting });
  if (reading) return;
  show("ask");
  menu(false);
  box()?.focus();
}
function clear() {
  if (current) removeTalk(current);
  else begin();
}
// Gradio's bin empties the conversation at once: it asks first.
window.addEventListener("click", (event) => {
  if (!(event.target instanceof Element) || !event.target.closest("#dgqa-chat .icon-button-wrapper button[data-bin]")) return;
  event.stopImmediatePropagation();
  event.preventDefault();
  notice(say("ask_delete"), [[say("delete"), clear], [say("cancel"), () => box()?.focus()]]);
}, true);
document.addEventListener("input", (event) => { if (event.target.id === "dgqa-find-talk") listTalks(); });
function openTalk(id) {
  const talk = talks().find((other) => other.id === id);
  if (!talk) return;
  choose(talk.corpus, { talking: true });
  setCurrent(id);
  editing(0);
  send("select", { turns: talk.turns, settings: acting });
  show("ask");
  menu(false);
}
function keep(text) {
  let kept;
  try { kept = JSON.parse(text); } catch { return; }
  if (kept?.lost && kept.talk === current) {
    lost = true;
    if (ended) resume();
  }
  if (!kept || !isTurn(kept.record)) return;
  const list = talks();
  let talk = list.find((other) => other.id === kept.talk);
  // One that was left or deleted before its first answer came isn't brought back.
  if (!talk && kept.talk !== current) return;
  if (!talk) talk = { id: kept.talk, title: kept.record.question.slice(0, 40), at: 0, turns: [] };
  talk.turns = [...talk.turns.slice(0, kept.number - 1), kept.record];
  talk.at = Date.now();
  talk.corpus = kept.record.corpus || "";
  keepTalks([talk, ...list.filter((other) => other.id !== talk.id)]);
}
