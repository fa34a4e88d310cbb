// data-next-steps: always one next thing to do. Of its [data-step] children the first not done is shown; a step is done
// when the document hears data-until, and to be done again after data-undone. The last needs neither.
import { whenever } from "./start.js";

whenever("[data-next-steps]", (bar) => {
  const steps = [...bar.querySelectorAll("[data-step]")];
  const done = new Set();
  const show = () => {
    const next = steps.find((step) => !done.has(step));
    const hadFocus = bar.contains(document.activeElement);
    steps.forEach((step) => { step.hidden = step !== next; });
    if (hadFocus) next?.querySelector("button, a")?.focus();
  };
  for (const step of steps) {
    if (step.dataset.until) document.addEventListener(step.dataset.until, () => { done.add(step); show(); });
    if (step.dataset.undone) document.addEventListener(step.dataset.undone, () => { done.delete(step); show(); });
  }
  show();
});
