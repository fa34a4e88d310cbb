// data-when="name" data-when-values="a b": shown only while the field of that name (a select, a checkbox as "on") has
// one of these values (with "*": any). The server says so first; this follows what is chosen since.
import { whenever } from "./start.js";

whenever("[data-when]", (part) => {
  const field = part.closest("form")?.elements[part.dataset.when];
  if (!field) return;
  const wanted = part.dataset.whenValues.split(" ");
  const look = () => {
    const value = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value;
    part.hidden = !(wanted[0] === "*" ? value.trim() : wanted.includes(value));
  };
  field.addEventListener("change", look);
  field.addEventListener("input", look);
});
