() => {
  document.documentElement.lang = "zh-Hans";
  document.addEventListener("click", (event) => {
    const ref = event.target.closest("a.dgqa-ref");
    const card = ref && document.getElementById(ref.hash.slice(1));
    if (!card) return;
    event.preventDefault();
    const earlier = card.closest("details");
    if (earlier) earlier.open = true;
    document.querySelectorAll(".dgqa-card.is-lit").forEach((other) => other.classList.remove("is-lit"));
    card.classList.add("is-lit");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "nearest" });
    card.focus({ preventScroll: true });
  });
  for (const type of ["keydown", "keypress"]) {
    window.addEventListener(type, (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.stopImmediatePropagation();
    }, true);
  }
}
