// `/` search · g + letter: a place · j k: rows · Enter: open the row · x or Space: tick it · ?: this list.
const WAIT = 1200;
let going = 0;

const isWriting = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open]");

function rows() {
  return [...document.querySelectorAll("[data-rows] > [data-row], table[data-rows] tbody > tr")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((row) => row.classList.contains("is-here"));
  const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
  all[here]?.classList.remove("is-here");
  next.classList.add("is-here");
  (next.querySelector("a[href]") ?? next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const tick = () => document.querySelector(".is-here [data-select-row]")?.click();
// Space presses a button or a box by itself; on a row's link it would only scroll.
const ticks = (event) => event.target.matches("a, body") && document.querySelector(".is-here [data-select-row]");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  const key = event.key;
  if (going && Date.now() - going < WAIT) {
    going = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(key.toLowerCase())}"]`);
    if (place) { event.preventDefault(); location.assign(place.href); }
    return;
  }
  const acts = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => { const list = document.getElementById("shortcuts"); if (list && !list.open) list.showModal(); },
    g: () => { going = Date.now(); },
    j: () => move(1),
    k: () => move(-1),
    x: tick,
    ...(ticks(event) && { " ": tick }),
  };
  if (!acts[key]) return;
  if (key !== "x" && key !== "g") event.preventDefault();
  acts[key]();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
});
