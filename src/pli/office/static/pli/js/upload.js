// data-upload-form: the files of its drop zone are sent with the client, kind and recipe chosen above; once all have arrived,
// goes to the page that follows them (data-arrivals).
import { whenever } from "./start.js";

// As many as the page follows; an address with thousands of them would be refused by the server.
const MOST_FOLLOWED = 200;

whenever("[data-upload-form]", (form) => {
  const zone = form.querySelector("[data-dropzone]");
  const address = zone.dataset.url;
  const captures = [];
  const aim = () => {
    const wishes = new URLSearchParams();
    for (const name of ["party", "kind", "recipe"]) {
      const value = form.elements[name]?.value.trim();
      if (value) wishes.set(name, value);
    }
    zone.dataset.url = `${address}?${wishes}`;
  };
  form.addEventListener("input", aim);
  form.addEventListener("change", aim);
  aim();
  form.addEventListener("submit", (event) => event.preventDefault());
  zone.addEventListener("pli:sent", (event) => captures.push(...(event.detail.answer.captures ?? [])));
  const onward = form.querySelector("[data-go-on]");
  zone.addEventListener("pli:all-sent", () => {
    if (!captures.length) return;
    const followed = new URLSearchParams(captures.slice(0, MOST_FOLLOWED).map((id) => ["capture", id]));
    if (captures.length > MOST_FOLLOWED) followed.set("more", captures.length - MOST_FOLLOWED);
    const next = `${form.dataset.arrivals}?${followed}`;
    if (!zone.querySelector(".is-failed") || !onward) { location.assign(next); return; }
    // What was refused stays in sight, with its reason; what was received has somewhere to go.
    onward.querySelector("a").href = next;
    onward.hidden = false;
  });
});
