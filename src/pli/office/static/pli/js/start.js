// Parts of pages come and go with htmx: each module says what it takes care of, and is told of every new part.
document.documentElement.classList.add("has-script");

/** Calls `care(element)` once for every element matching `selector`, now and whenever htmx brings new ones. */
export function whenever(selector, care) {
  const seen = new WeakSet();
  const look = (root) => {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      if (seen.has(element)) continue;
      seen.add(element);
      care(element);
    }
  };
  look(document);
  document.addEventListener("htmx:load", (event) => look(event.detail.elt ?? document));
}

/** The token a POST of ours must carry. */
export function csrfToken() {
  const headers = document.body.getAttribute("hx-headers");
  return headers ? JSON.parse(headers)["X-CSRFToken"] : "";
}

/** Says something to screen readers without moving the focus. */
export function announce(words) {
  let region = document.getElementById("announcer");
  if (!region) {
    region = document.createElement("div");
    region.id = "announcer";
    region.className = "visually-hidden";
    region.setAttribute("aria-live", "polite");
    document.body.append(region);
  }
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = words; });
}
