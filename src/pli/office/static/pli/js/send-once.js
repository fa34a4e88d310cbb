// A form that is on its way is not sent again: a second click or Enter within some seconds counts for nothing. What htmx
// sends is its own affair, and the server answers a form sent twice as one all the same.
const WHILE = 6000;
const sent = new WeakMap();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  // Two buttons of one form ask two things.
  const asked = event.submitter ?? form;
  const before = sent.get(form);
  if (before && before.asked === asked && performance.now() - before.at < WHILE) { event.preventDefault(); return; }
  sent.set(form, { asked, at: performance.now() });
});

// Back on a page that was kept: it may be sent anew.
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));
