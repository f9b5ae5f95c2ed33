// Questions that the articles are known to answer: to begin with, after an answer, and instead of one that was refused.
const suggestion = (text) => {
  const button = make("button", { type: "button", className: "dgqa-example", textContent: text });
  button.lang = /[\u4e00-\u9fff]/.test(text) ? "zh" : "en";
  return button;
};
// What stands above questions; readers of English are told where they are in Chinese.
const above = (key, found) => (language === "Latn" && found.some((text) => suggestion(text).lang === "zh") ? `${say(key)} ${say("in_chinese")}` : say(key));
async function greet() {
  const place = $("#dgqa-examples");
  if (!place || (place.childElementCount && (place.dataset.of ?? language) === language)) return;
  const [of, spoken] = [corpusNow(), language];
  const found = (await ask("suggest", { language })) || [];
  if (!found.length || of !== corpusNow() || spoken !== language) return;
  place.dataset.of = language;
  $("#dgqa-greeting").dataset.say = "welcome_note";
  $("#dgqa-greeting").textContent = above("welcome_note", found);
  place.replaceChildren(...found.map((text) => make("li", {}, suggestion(text))));
}
let nextOf = "";
async function next() {
  const place = $("#dgqa-next");
  const last = $$("#dgqa-chat .dgqa-reply").at(-1);
  if (!place) return;
  const key = last && !working() ? `${current}/${last.id}/${$$("#dgqa-chat .dgqa-asked .dgqa-text").at(-1)?.textContent}/${language}` : "";
  if (key === nextOf) return;
  nextOf = key;
  place.hidden = true;
  if (!key || last.matches(".is-failed, .is-stopped")) return;
  const docs = [...new Set($$("a.dgqa-open", last).map((link) => placeIn(link.search)?.doc).filter(Boolean))].slice(0, 3);
  const but = $$("#dgqa-chat .dgqa-asked .dgqa-text").map((text) => text.innerText.trim());
  const found = (await ask("suggest", { docs, but, language })) || [];
  if (nextOf !== key || !found.length) return;
  const heading = above(last.matches(".is-refused") ? "go_elsewhere" : "go_on", found);
  place.replaceChildren(make("span", { textContent: heading }), ...found.map(suggestion));
  place.ariaLabel = heading;
  place.hidden = false;
}
