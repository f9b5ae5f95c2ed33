// An answer is read from its beginning: while it grows, its question goes up to the top of the talk and stays there, until the reader moves the talk.
let following = true;
let followed = "";
const paneOf = () => $("#dgqa-chat [role=log]");
function aim() {
  const pane = paneOf();
  const asked = $$(".dgqa-asked", pane || document).at(-1);
  if (!pane || !asked) return;
  const key = `${current}/${$$(".dgqa-asked", pane).length}/${asked.innerText}`;
  if (key !== followed) {
    followed = key;
    following = true;
  }
  // Where less follows than there is room for, the browser stops at the end.
  if (following) pane.scrollTop += asked.getBoundingClientRect().top - pane.getBoundingClientRect().top - 6;
}
const moved = (event) => { if (event.target instanceof Element && event.target.closest("#dgqa-chat")) following = false; };
for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) document.addEventListener(kind, moved, { capture: true, passive: true });
// The questions to go on with, which come below an answer, take room from it.
const resized = new ResizeObserver(aim);
function watch() {
  const pane = paneOf();
  if (pane && pane !== watch.pane) resized.observe((watch.pane = pane));
}
