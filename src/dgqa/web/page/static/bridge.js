// To the server and back: an event of the bridge carries what waits in `pending`.
let pending = {};
let last = {};
let lost = false;
let sending = "";
let asking = "";  // the question that the server hasn't answered yet
let ended = true;  // whether the server has done with the question; it may be told of before what it said is here
function send(event, data) {
  pending = data;
  sending = event;
  window.dgqaBridge.trigger(event);
}
function take() {
  const submitting = (sending || "submit") === "submit";
  if (submitting && !current) setCurrent(newId());
  const data = { ...pending, language, corpus: corpusNow(), talk: current };
  pending = {};
  if (submitting) asking = data.question || ("at" in data ? "" : box()?.value.trim()) || "";
  sending = "";
  if (!("question" in data) && !("at" in data) && !("turns" in data) && edited) Object.assign(data, { at: edited, edited: true });
  if (edited && "edited" in data) editing(0);
  last = data;
  ended = false;
  return JSON.stringify({ ...data, shown: $$("#dgqa-chat .dgqa-reply").length });
}
// A server that was started anew has forgotten the conversation: it gets it with the question, once more.
const turnsOf = (id) => talks().find((talk) => talk.id === id)?.turns || [];
function resume() {
  ended = true;
  if (!lost) asking = "";
  if (!lost) return;
  lost = false;
  send("submit", { ...last, turns: turnsOf(current) });
}
// What else needs the conversation is done again once it is there, but only once.
let again = null;
let tried = false;
function restore(action) {
  if (tried) return false;
  tried = true;
  again = action;
  send("select", { turns: turnsOf(current) });
  return true;
}
function restored() {
  const action = again;
  again = null;
  action?.();
}
function start() {
  const talk = talks().find((other) => other.id === current);
  if (!talk) current = "";
  const place = placeIn(location.search);
  if (talk) corpus = known(talk.corpus);
  if (place && known(place.corpus) !== corpusNow()) { corpus = known(place.corpus); current = ""; }
  word();
  listTalks();
  route();
  setTimeout(takeUp);
  greet();
  chips();
  return JSON.stringify({ language, corpus: corpusNow(), settings: keeping.get("settings") || {}, turns: current ? talk.turns : [] });
}
function set([mode, count, documents, date_from, date_to, script]) {
  acting = { mode, count, documents, date_from, date_to, script };
  keeping.try("settings", acting);
  chips();
}
