// The time line by keys, and all of a diff on paper. Every link works without this.

"use strict";

let asked = 0; // who presses keys faster than pages come sees what was asked for last

/** Show another span of the line in the place of this one, as its link would, and leave the reader where they are. */
async function go(link) {
  const mine = ++asked;
  const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return;
  const fresh = page.getElementById("life"), stale = document.getElementById("life");
  if (!answer.ok || !fresh || !stale) {
    location.assign(link.href);
    return;
  }
  stale.replaceWith(document.adoptNode(fresh));
  history.replaceState(null, "", link.href);
  fresh.focus({ preventScroll: true });
}

const KEYS = { "=": "+", "_": "-" }; // the same keys without, or with, shift

document.addEventListener("keydown", (event) => {
  const life = event.target.closest?.("#life");
  if (!life || event.ctrlKey || event.altKey || event.metaKey || event.target.closest("table")) return;
  const link = life.querySelector(`a[data-key="${CSS.escape(KEYS[event.key] ?? event.key)}"]`);
  if (link) {
    event.preventDefault();
    go(link);
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#life a[data-key]");
  if (!link || event.ctrlKey || event.shiftKey || event.metaKey || event.button) return;
  event.preventDefault();
  go(link);
});

// What is folded on a screen is read on paper.
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.fold:not([open])")) {
    fold.open = true;
    fold.dataset.opened = "";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-opened]")) {
    fold.open = false;
    delete fold.dataset.opened;
  }
});
