// Nothing that was typed is lost: a draft outlives a reload, and a question that can't be sent waits in the box until it can.
let held = sessionStorage.getItem("dgqa.held") || "";
let down = false;  // the server was found to be away
let trying = 0;
const note = (key, text) => (text ? sessionStorage.setItem(`dgqa.${key}`, text) : sessionStorage.removeItem(`dgqa.${key}`));

const reachable = async () => {
  try {
    return navigator.onLine && (await fetch(location.pathname, { method: "HEAD", cache: "no-store" })).ok;
  } catch {
    return false;
  }
};
function hold(question) {
  if (!question) return;
  held = question;
  note("held", held);
  if (box().value.trim() !== held) type(held);
  notice(say("held"), [[say("cancel"), letGo]], 600);
  clearTimeout(trying);
  trying = setTimeout(askHeld, 2000);
}
function letGo() {
  held = "";
  note("held", "");
  clearTimeout(trying);
  notice("");
}
async function askHeld() {
  clearTimeout(trying);
  if (!held) return;
  if (!(await reachable()) || working()) return void (trying = setTimeout(askHeld, 2000));
  down = false;
  const question = box().value.trim();
  letGo();
  type("");
  note("draft", "");
  // What was changed meanwhile is what is meant; what was taken out of the box is not asked.
  if (question) send("submit", { question });
}
// The server went away: what it has not answered yet is held.
function away() {
  down = true;
  if (asking && !held) hold(asking);
}
function takeUp() {
  if (!box()) return setTimeout(takeUp, 50);
  const draft = held || sessionStorage.getItem("dgqa.draft");
  if (draft && !box().value) type(draft);
  if (held) hold(held);
}
addEventListener("online", askHeld);
document.addEventListener("input", (event) => { if (event.target === box()) note("draft", event.target.value); });
const holds = (event) => {
  if (navigator.onLine && !down && !held) return note("draft", "");
  event.stopImmediatePropagation();
  event.preventDefault();
  hold(box().value.trim());
};
window.addEventListener("keydown", (event) => {
  if (event.target === box() && event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) holds(event);
}, true);
window.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("#dgqa-question button.submit-button")) holds(event);
}, true);
