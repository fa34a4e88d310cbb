// data-copy="#id": copies that field's value (or data-copy-value), and says so on the button for a moment.
import { announce } from "./start.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy) : null;
  const value = source ? source.value ?? source.textContent : button.dataset.copyValue;
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Plain HTTP on a local network has no clipboard API: leave the value selected, ready for Ctrl-C.
    if (!source?.select) return;
    source.select();
    if (!document.execCommand("copy")) return;
  }
  const word = button.querySelector("span") ?? button;
  const before = word.textContent;
  word.textContent = button.dataset.wordCopied;
  announce(button.dataset.wordCopied);
  setTimeout(() => { word.textContent = before; }, 2000);
});
