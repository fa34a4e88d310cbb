// Rows ticked in a list, and the bar that says how many and what can be done with them.
import { whenever } from "./start.js";

whenever("[data-selection]", (bar) => {
  const boxes = () => [...document.querySelectorAll(`[data-select-row][form="${CSS.escape(bar.id)}"]`)];
  const all = document.querySelector("[data-select-all]");
  const count = () => {
    const chosen = boxes().filter((box) => box.checked).length;
    bar.hidden = chosen === 0;
    bar.querySelector("[data-selection-count]").textContent = String(chosen);
    if (all) {
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  };
  let last = null;
  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("[data-select-row]");
    if (!box) return;
    if (event.shiftKey && last && last !== box) {
      const list = boxes();
      const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
      list.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    last = box;
    count();
  });
  all?.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); count(); });
  bar.querySelector("[data-select-none]").addEventListener("click", () => { boxes().forEach((box) => { box.checked = false; }); count(); });
  window.addEventListener("pageshow", count);
  count();
});
