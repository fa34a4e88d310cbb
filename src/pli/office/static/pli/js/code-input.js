// data-code-input: keeps the digits of whatever is typed or pasted; data-submit sends the form at the last digit, once.
// Whoever presses the button just after does not send the same code twice: it would count as a second try.
import { whenever } from "./start.js";

whenever("[data-code-input]", (input) => {
  const length = Number(input.dataset.length);
  let sent = false;
  let leaving = "";
  input.addEventListener("paste", (event) => {
    event.preventDefault();
    input.value = event.clipboardData.getData("text").replace(/\D/g, "").slice(0, length);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  input.form?.addEventListener("submit", (event) => {
    if (leaving && leaving === input.value) event.preventDefault();
    leaving = input.value;
    setTimeout(() => { leaving = ""; }, 5000); // no answer came: let them try again
  });
  addEventListener("pageshow", () => { leaving = ""; });
  input.addEventListener("input", () => {
    const digits = input.value.replace(/\D/g, "").slice(0, length);
    if (digits !== input.value) input.value = digits;
    input.removeAttribute("aria-invalid");
    if (digits.length < length) sent = false;
    else if (!sent && "submit" in input.dataset) { sent = true; input.form?.requestSubmit(); }
  });
});
