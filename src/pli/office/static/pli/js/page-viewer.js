// data-viewer: pages as images, space kept by their proportions, loaded when near; says the current page; zooms.
// Each page is [data-page="n"][data-width][data-height] (points). Events: "pli:page-current" {page}, and once a page
// has been in sight for SEEN ms, "pli:page-seen" {page}. data-seen-url: told of each seen page by POST page=n.
import { csrfToken, whenever } from "./start.js";

const ZOOMS = [1, 1.25, 1.5, 2, 3];
const SEEN = 600;

class Viewer {
  constructor(root) {
    this.root = root;
    this.pages = [...root.querySelectorAll("[data-page]")];
    this.output = root.querySelector("[data-current]");
    this.scroller = root.querySelector("[data-scroll]");
    this.zoom = 0;
    this.current = 1;
    this.shares = new Map();
    this.timers = new Map();
    this.seen = new Set();
    root.querySelectorAll("[data-zoom]").forEach((button) => {
      button.addEventListener("click", () => this.zoomBy(Number(button.dataset.zoom)));
    });
    const thresholds = [0, 0.1, 0.25, 0.5, 0.75, 1];
    this.observer = new IntersectionObserver((entries) => this.notice(entries), { threshold: thresholds });
    this.pages.forEach((page) => this.observer.observe(page));
    this.zoomBy(0);
  }

  notice(entries) {
    for (const entry of entries) {
      const number = Number(entry.target.dataset.page);
      this.shares.set(number, entry.isIntersecting ? entry.intersectionRect.height : 0);
      const inSight = entry.intersectionRatio >= 0.5 || entry.intersectionRect.height > innerHeight * 0.5;
      if (inSight && !this.seen.has(number) && !this.timers.has(number)) {
        this.timers.set(number, setTimeout(() => this.markSeen(number), SEEN));
      } else if (!inSight && this.timers.has(number)) {
        clearTimeout(this.timers.get(number));
        this.timers.delete(number);
      }
    }
    const [best] = [...this.shares].reduce((a, b) => (b[1] > a[1] ? b : a), [this.current, 0]);
    if (best !== this.current) {
      this.current = best;
      this.tell("pli:page-current", { page: best });
    }
    this.show();
  }

  show() {
    if (this.output) this.output.textContent = this.output.dataset.word.replace("{n}", this.current).replace("{of}", this.pages.length);
  }

  markSeen(page) {
    this.timers.delete(page);
    this.seen.add(page);
    this.tell("pli:page-seen", { page });
    const url = this.root.dataset.seenUrl;
    if (!url) return;
    fetch(url, { method: "POST", headers: { "X-CSRFToken": csrfToken() }, body: new URLSearchParams({ page }), keepalive: true })
      .catch(() => this.seen.delete(page));
  }

  zoomBy(step) {
    const anchor = this.pages[this.current - 1];
    const before = anchor?.getBoundingClientRect().top;
    this.zoom = Math.min(Math.max(this.zoom + step, 0), ZOOMS.length - 1);
    this.pages.forEach((page) => { page.style.width = this.zoom ? `${ZOOMS[this.zoom] * 100}%` : ""; });
    this.root.toggleAttribute("data-zoomed", this.zoom > 0);
    this.root.querySelectorAll("[data-zoom]").forEach((button) => {
      button.disabled = Number(button.dataset.zoom) < 0 ? this.zoom === 0 : this.zoom === ZOOMS.length - 1;
    });
    if (step && anchor) scrollBy(0, anchor.getBoundingClientRect().top - before);
  }

  tell(name, detail) { this.root.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })); }
}

whenever("[data-viewer]", (root) => { root.viewer = new Viewer(root); });
