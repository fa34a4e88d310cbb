// data-code-input: keeps the digits of whatever is typed or pasted; data-submit sends the form at the last digit, once.
import { whenever } from "./start.js";

whenever("[data-code-input]", (input) => {
  const length = Number(input.dataset.length);
  let sent = false;
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    input.value = event.clipboardData.getData("text").replace(/\D/g, "").slice(0, length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, length);
    if (digits !== input.value) input.value = digits;
    input.removeAttribute("aria-invalid");
    if (digits.length < length) sent = false;
    else if (!sent && "submit" in input.dataset) { sent = true; input.form?.requestSubmit(); }
  });
});
