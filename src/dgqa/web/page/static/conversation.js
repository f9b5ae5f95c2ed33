// The conversation: typing, editing, rating, copying, exporting.
const box = () => $("#dgqa-question textarea");
const type = (text) => {
  const field = box();
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
};
const working = () => Boolean($("#dgqa-chat .dgqa-badge.is-working"));
let edited = 0;
function editing(number, text = "") {
  const was = edited;
  edited = number;
  root.classList.toggle("dgqa-editing", number > 0);
  for (const asked of $$("#dgqa-chat .dgqa-asked")) asked.classList.toggle("is-edited", asked.querySelector(".dgqa-act")?.value === String(number));
  if (number) {
    type(text);
    tell(say("editing"));
  } else if (was) tell("");
}
function rating(button, up) {
  const acts = button.closest(".dgqa-acts");
  $(".dgqa-rate", acts)?.remove();
  const field = make("input", { maxLength: 1000, placeholder: say("comment") });
  field.setAttribute("aria-label", say("comment"));
  const submit = make("button", { type: "submit", textContent: say("submit") });
  const cancel = make("button", { type: "button", textContent: say("cancel") });
  const form = make("form", { className: "dgqa-rate" }, make("span", { textContent: button.textContent }), field, submit, cancel);
  cancel.addEventListener("click", () => { form.remove(); button.focus(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("like", { at: Number(button.value), rating: up ? "up" : "down", comment: field.value });
    form.remove();
    button.focus();
  });
  acts.append(form);
  field.focus();
}
function rated(at) {
  const { rating, comment, at: number } = last;
  if (!at && restore(() => send("like", { at: number, rating, comment }))) return;
  tried = false;
  tell(say(at ? "thanks" : "unread"));
  if (!at) return;
  const list = talks();
  const turn = list.find((talk) => talk.id === current)?.turns[Number(at) - 1];
  if (turn) { turn.rated = rating; keepTalks(list); }
  showRatings();
}
// How the answers of this conversation were rated, on their buttons.
function showRatings() {
  const turns = turnsOf(current);
  for (const button of $$("#dgqa-chat .dgqa-act:is(.is-good, .is-bad)")) {
    const state = String(turns[Number(button.value) - 1]?.rated === (button.matches(".is-good") ? "up" : "down"));
    if (button.getAttribute("aria-pressed") !== state) button.setAttribute("aria-pressed", state);
  }
}
async function copy(button) {
  const said = $(".dgqa-said", button.closest(".dgqa-reply"));
  const cards = $$(".dgqa-card", button.closest(".dgqa-reply")).map((card) => {
    const numbers = $$(".dgqa-number", card).map((number) => `[${number.textContent}]`).join("");
    return [numbers, $("h3", card).textContent, $(".dgqa-about", card).textContent, $(".dgqa-span", card)?.textContent].filter(Boolean).join(" ");
  });
  const text = [said.innerText.replaceAll("\u2060", "").trim(), ...(cards.some((card) => card.startsWith("[")) ? ["", ...cards] : [])].join("\n");
  try {
    await navigator.clipboard.writeText(text);
  } catch {  // no clipboard without HTTPS
    const field = make("textarea", { value: text });
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = say("copied");
  tell(say("copied"));
  setTimeout(() => { button.textContent = say("copy"); }, 1500);
}
// What can be exported, in the order of the buttons.
const KINDS = {
  md: "text/markdown;charset=utf-8",
  json: "application/json;charset=utf-8",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};
function download(text, suffix) {
  if (!text && $("#dgqa-chat .dgqa-reply") && restore(() => $$("#dgqa-export button")[Object.keys(KINDS).indexOf(suffix)].click())) return;
  tried = false;
  if (!text) return tell(say("nothing_to_export"));
  const content = suffix === "docx" ? Uint8Array.from(atob(text), (char) => char.charCodeAt(0)) : text;
  const link = make("a", { href: URL.createObjectURL(new Blob([content], { type: KINDS[suffix] })), download: `dgqa-${new Date().toISOString().slice(0, 10)}.${suffix}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

onClick(".dgqa-example", (example) => {
  if (working()) return;
  if (navigator.onLine && !down) send("submit", { question: example.textContent });
  else hold(example.textContent);
});
onClick(".dgqa-act", (act) => {
  if (act.matches(".is-copy")) return void copy(act);
  if (act.matches(".is-good, .is-bad")) return rating(act, act.matches(".is-good"));
  if (working()) return;
  if (act.matches(".is-retry")) { editing(0); return send("submit", { at: Number(act.value) }); }
  if (act.matches(".is-edit")) editing(Number(act.value), $(".dgqa-text", act.closest(".dgqa-asked")).innerText);
});
