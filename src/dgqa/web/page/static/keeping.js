// What all parts share: the elements of the page, what this browser keeps, and the words in the reader's language.
const TAGS = { Hans: "zh-Hans", Hant: "zh-Hant", Latn: "en" };
const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const narrow = matchMedia("(max-width: 1023px)");
const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");

// What this browser keeps. Nothing of it is trusted: it is checked where it is read and shown as text only.
const keeping = {
  get(key) {
    try { return JSON.parse(localStorage.getItem(`dgqa.${key}`)); } catch { return null; }
  },
  set(key, value) {
    localStorage.setItem(`dgqa.${key}`, JSON.stringify(value));
  },
  try(key, value) {
    try { keeping.set(key, value); } catch { tell(say("unkept")); }
  },
};

const asked = (tag) => {
  const parts = String(tag || "zh").toLowerCase().split("-");
  if (!["zh", "yue", "cmn"].includes(parts[0])) return "Latn";
  if (parts.includes("hans")) return "Hans";
  return parts[0] === "yue" || parts.some((part) => ["hant", "tw", "hk", "mo"].includes(part)) ? "Hant" : "Hans";
};
let language = WORDS[keeping.get("language")] ? keeping.get("language") : asked(navigator.language);
const say = (key, ...values) => values.reduce((text, value) => text.replace("{}", value), WORDS[language][key] || "");

const tell = (text) => {
  const place = $("#dgqa-status");
  if (place && place.textContent !== text) place.textContent = text;
};

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

// A notice with things to do, until one of them is done, another notice comes or its seconds are over.
let fading = 0;
function notice(text, acts = [], seconds = 0) {
  $("#dgqa-notice")?.remove();
  clearTimeout(fading);
  if (!text) return;
  const place = make("div", { id: "dgqa-notice", role: "status" }, make("span", { textContent: text }));
  for (const [label, act] of acts) {
    const button = make("button", { type: "button", textContent: label });
    button.addEventListener("click", () => { notice(""); act(); });
    place.append(button);
  }
  document.body.append(place);
  if (!seconds) $("button", place)?.focus();
  else fading = setTimeout(() => place.isConnected && notice(""), seconds * 1000);
}

function word() {
  root.lang = TAGS[language];
  const named = $("[data-names]");
  if (named) document.title = named.textContent = JSON.parse(named.dataset.names)[corpusNow()][language];
  for (const element of $$("[data-say]")) element.textContent = say(element.dataset.say);
  for (const element of $$("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
    if (element.matches("button, select")) element.title = say(element.dataset.label);
  }
  for (const element of $$("[data-hint]")) element.placeholder = say(element.dataset.hint);
  const choice = $("#dgqa-language");
  if (choice) choice.value = language;
  const collection = $("#dgqa-corpus");
  if (collection) collection.value = corpusNow();
}

// What a click does: the first of these whose selector holds what was clicked and that doesn't return false.
const clicks = [];
const onClick = (selector, act) => clicks.push([selector, act]);
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  for (const [selector, act] of clicks) {
    const element = event.target.closest(selector);
    if (element && act(element, event) !== false) return;
  }
  if (root.classList.contains("dgqa-menu") && !event.target.closest("#dgqa-rail")) menu(false);
});
