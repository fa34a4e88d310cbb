// Messages close by hand; good news (data-fades) also by itself, never while it is read (hover, focus).
import { whenever } from "./start.js";

const LASTS = 8000;

document.addEventListener("click", (event) => {
  event.target.closest("[data-close-toast]")?.closest("[data-toast]")?.remove();
});

whenever("[data-toast][data-fades]", (toast) => {
  let timer = setTimeout(() => toast.remove(), LASTS);
  const hold = () => clearTimeout(timer);
  const release = () => { clearTimeout(timer); timer = setTimeout(() => toast.remove(), LASTS); };
  toast.addEventListener("mouseenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("mouseleave", release);
  toast.addEventListener("focusout", release);
});
