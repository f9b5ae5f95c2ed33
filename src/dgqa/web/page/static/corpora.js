// Several collections of articles: which one is asked and read; conversations, articles and suggestions go with it.
const corpora = () => $$("#dgqa-corpus option").map((option) => option.value);
const known = (name) => (corpora().includes(name) ? name : corpora()[0] || "");
let corpus = keeping.get("corpus") || "";
const corpusNow = () => known(corpus);
// Take a collection; what belongs to another one is left: its conversation, its limits, its list.
function choose(name, { talking = false } = {}) {
  if (known(name) === corpusNow()) return false;
  corpus = known(name);
  keeping.try("corpus", corpus);
  acting = { ...acting, documents: [] };
  keeping.try("settings", acting);
  word();
  chips();
  $("#dgqa-listing").replaceChildren();
  $("#dgqa-examples").replaceChildren();
  greet();
  if (talking) return true;
  const articles = root.dataset.view === "read";
  const place = placeIn(location.search);
  if (place && known(place.corpus) !== corpus) close("read");
  begin(articles);
  if (articles && !place) list();
  return true;
}
document.addEventListener("change", (event) => { if (event.target.id === "dgqa-corpus") choose(event.target.value); });
