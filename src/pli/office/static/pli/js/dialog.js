// data-dialog="id" opens <dialog id>; data-close-dialog closes the one around; a form with data-type-name waits for the name.
import { whenever } from "./start.js";

export function openDialog(dialog, opener) {
  if (!dialog || dialog.open) return;
  opener.closest("details[data-menu]")?.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("close", () => opener.isConnected && opener.focus(), { once: true });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) { openDialog(document.getElementById(opener.dataset.dialog), opener); return; }
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog")?.close();
  else if (event.target.matches("dialog[open]")) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

whenever("form[data-type-name]", (form) => {
  const typed = form.elements.typed_name;
  const confirm = form.querySelector("[type=submit]");
  const compare = () => { confirm.disabled = typed.value.trim() !== form.dataset.typeName.trim(); };
  typed.addEventListener("input", compare);
  compare();
});
