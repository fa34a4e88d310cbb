// Rows ticked in a list, the bar that says how many and what can be done with them, and the dialogs that ask first.
// In a dialog: data-selection-names lists the first of them, data-only-for="kind …" shows for rows of these kinds alone.
// A button with data-ask="dialog" and data-ask-for="kind …" sends at once, unless a row of these kinds is ticked.
import { openDialog } from "./dialog.js";
import { whenever } from "./start.js";

whenever("[data-selection]", (bar) => {
  const boxes = () => [...document.querySelectorAll(`[data-select-row][form="${CSS.escape(bar.id)}"]`)];
  const all = document.querySelector("[data-select-all]");
  const chosen = () => boxes().filter((box) => box.checked);
  const concerns = (kinds, rows) => rows.some((box) => kinds.split(" ").includes(box.dataset.kind));
  const name = (box) => box.closest("label").textContent.trim();
  const list = (place, rows) => {
    const most = Number(place.dataset.selectionNames);
    const words = rows.slice(0, most).map(name);
    if (rows.length > most) words.push(place.dataset.wordMore.replace("{n}", rows.length - most));
    place.replaceChildren(...words.map((word) => Object.assign(document.createElement("li"), { textContent: word })));
  };
  const count = () => {
    const rows = chosen();
    bar.hidden = rows.length === 0;
    document.querySelectorAll("[data-selection-count]").forEach((place) => { place.textContent = String(rows.length); });
    document.querySelectorAll("[data-selection-names]").forEach((place) => list(place, rows));
    document.querySelectorAll("[data-only-for]").forEach((part) => { part.hidden = !concerns(part.dataset.onlyFor, rows); });
    if (all) {
      all.checked = rows.length > 0 && rows.length === boxes().length;
      all.indeterminate = rows.length > 0 && !all.checked;
    }
  };
  let last = null;
  document.addEventListener("click", (event) => {
    const asking = event.target.closest?.("[data-ask]");
    if (asking && bar.contains(asking) && concerns(asking.dataset.askFor, chosen())) {
      event.preventDefault();
      openDialog(document.getElementById(asking.dataset.ask), asking);
    }
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
