// Chips above the box: what is set and acts on the next question; a click takes one away.
const SCRIPTS = { Hans: "简体", Hant: "繁體", Latn: "English" };
const USUAL = { count: 8, documents: [], date_from: "", date_to: "", script: "auto" };
let acting = keeping.get("settings") || {};
let chipped = 0;
function unset(change) {
  acting = { ...acting, ...change };
  keeping.try("settings", acting);
  // The chip goes when the form has changed: until then a question would still be asked with it.
  send("change", { settings: acting });
  box()?.focus();
}
async function chips() {
  const place = $("#dgqa-chips");
  if (!place) return;
  const turn = ++chipped;
  const { count, documents, date_from, date_to, script } = { ...USUAL, ...acting };
  const titles = documents?.length ? (await ask("titles", { documents })) || [] : [];
  if (turn !== chipped) return;
  const made = titles.map((title, at) => [title.endsWith("/") ? title : `《${title}》`, { documents: documents.filter((_, other) => other !== at) }]);
  if (made.length > 3) made.splice(2, made.length, [say("chip_documents", titles.length), { documents: [] }]);
  if (date_from || date_to) made.push([say("chip_dates", date_from || "…", date_to || "…"), { date_from: "", date_to: "" }]);
  if (SCRIPTS[script]) made.push([say("chip_script", SCRIPTS[script]), { script: "auto" }]);
  if (Number(count) && Number(count) !== USUAL.count) made.push([say("chip_count", count), { count: USUAL.count }]);
  place.replaceChildren(...made.map(([text, change]) => {
    const chip = make("button", { type: "button", className: "dgqa-chip" }, make("span", { textContent: text }), make("span", { className: "dgqa-cross", textContent: "×" }));
    chip.setAttribute("aria-label", say("chip_away", text));
    chip.title = text;
    chip.addEventListener("click", () => unset(change));
    return chip;
  }));
  place.hidden = !made.length;
}
