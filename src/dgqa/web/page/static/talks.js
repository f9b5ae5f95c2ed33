// Earlier conversations, which this browser keeps, and their list.
const MAX_TALKS = 50;
const MAX_TURNS = 60;
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
  for (list = list.slice(0, MAX_TALKS); ; list = list.slice(0, -1)) {
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
function setCurrent(id) {
  current = id;
  sessionStorage.setItem("dgqa.talk", id);
  listTalks();
}
function listTalks() {
  const place = $("#dgqa-talks");
  if (!place) return;
  const list = talks();
  place.replaceChildren(...list.map((talk) => {
    const open = make("button", { type: "button", className: "dgqa-talk", textContent: talk.title || "…", title: talk.title });
    if (talk.id === current) open.setAttribute("aria-current", "true");
    open.addEventListener("click", () => openTalk(talk.id));
    const rename = make("button", { type: "button", className: "dgqa-small", textContent: say("rename") });
    rename.addEventListener("click", () => renameTalk(talk, rename));
    const remove = make("button", { type: "button", className: "dgqa-small", textContent: say("delete") });
    remove.addEventListener("click", () => {
      if (remove.dataset.sure) return removeTalk(talk.id);
      remove.dataset.sure = "1";
      remove.textContent = say("sure");
    });
    remove.addEventListener("blur", () => {
      delete remove.dataset.sure;
      remove.textContent = say("delete");
    });
    return make("li", {}, open, make("span", { className: "dgqa-tools" }, rename, remove));
  }));
  const empty = $("#dgqa-past .dgqa-empty");
  if (empty) empty.hidden = list.length > 0;
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
function removeTalk(id) {
  keepTalks(talks().filter((talk) => talk.id !== id));
  if (id === current) begin();
}
function begin() {
  setCurrent("");
  editing(0);
  send("clear", { turns: [] });
  show("ask");
  menu(false);
  box()?.focus();
}
function clear() {
  if (current) keepTalks(talks().filter((talk) => talk.id !== current));
  begin();
}
function openTalk(id) {
  const talk = talks().find((other) => other.id === id);
  if (!talk) return;
  setCurrent(id);
  editing(0);
  send("select", { turns: talk.turns });
  show("ask");
  menu(false);
}
function keep(text) {
  let kept;
  try { kept = JSON.parse(text); } catch { return; }
  if (kept?.lost) {
    lost = true;
    if (ended) resume();
  }
  if (!kept || !isTurn(kept.record)) return;
  const list = talks();
  let talk = list.find((other) => other.id === current);
  if (!talk) {
    talk = { id: `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`, title: kept.record.question.slice(0, 40), at: 0, turns: [] };
  }
  talk.turns = [...talk.turns.slice(0, kept.number - 1), kept.record];
  talk.at = Date.now();
  current = talk.id;
  sessionStorage.setItem("dgqa.talk", current);
  keepTalks([talk, ...list.filter((other) => other.id !== talk.id)]);
}
