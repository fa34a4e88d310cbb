// data-place-mark: puts one mark on the pages of a viewer (data-viewer="#id") with a tap, a drag or the keyboard.
//   data-mark-width, -height      size in points at first;  data-min-width, data-max-width  limits of the width
//   data-mark-label               what it is called;  data-mark-locked  shown, never moved
//   [data-place-start]            a button: the next tap on a page puts the mark; from the keyboard it is put at once
//   [data-mark-field="page|x1|y1|x2|y2|left|top|width|height"]   inputs it fills: points from the page's lower left
//                                 corner as displayed (x1…y2), and fractions of the page from its upper left corner
// Events, bubbling: "pli:mark-placed" with all of these, "pli:mark-removed". Shows the image of "pli:signature-ready".
import { announce, whenever } from "./start.js";

const STEP = 4;
const LEAP = 24;
const MM = 25.4 / 72;
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

class Placer {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.viewer = document.querySelector(root.dataset.viewer);
    this.pages = [...this.viewer.querySelectorAll("[data-page]")];
    this.isLocked = "markLocked" in root.dataset;
    this.size = { width: Number(root.dataset.markWidth ?? 160), height: Number(root.dataset.markHeight ?? 64) };
    this.limits = { low: Number(root.dataset.minWidth ?? 80), high: Number(root.dataset.maxWidth ?? 320) };
    this.box = this.makeBox();
    this.pages.forEach((page) => this.listen(page));
    root.querySelectorAll("[data-place-start]").forEach((button) => {
      button.addEventListener("click", (event) => this.start(event.detail === 0));
    });
    document.addEventListener("pli:signature-ready", (event) => this.dress(event.detail));
    this.restore();
  }

  makeBox() {
    const box = document.createElement("div");
    box.className = "mark-box";
    box.tabIndex = this.isLocked ? -1 : 0;
    box.setAttribute("role", "group");
    box.setAttribute("aria-roledescription", this.words.wordRole);
    const face = box.appendChild(document.createElement("span"));
    face.className = "mark-free";
    face.textContent = this.words.markLabel;
    if (this.isLocked) return box;
    const handle = box.appendChild(document.createElement("span"));
    handle.className = "mark-handle";
    handle.setAttribute("aria-hidden", "true");
    box.addEventListener("pointerdown", (event) => this.hold(event, event.target === handle));
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("click", (event) => event.stopPropagation());
    return box;
  }

  listen(page) {
    page.querySelector("[data-sheet]").addEventListener("click", (event) => {
      if (!this.isPlacing) return;
      const sheet = event.currentTarget.getBoundingClientRect();
      const { width, height } = this.pageSize(page);
      this.stop();
      this.put(page, ((event.clientX - sheet.left) / sheet.width) * width - this.size.width / 2, ((event.clientY - sheet.top) / sheet.height) * height - this.size.height / 2);
      this.box.focus({ preventScroll: true });
    });
  }

  pageSize(page) { return { width: Number(page.dataset.width), height: Number(page.dataset.height) }; }

  start(isKeyboard) {
    if (this.isLocked) return;
    if (isKeyboard || this.words.placeAt === "now") {
      const page = this.page ?? this.pages[(this.viewer.viewer?.current ?? 1) - 1];
      const { width, height } = this.pageSize(page);
      if (!this.page) this.put(page, (width - this.size.width) / 2, height * 0.75);
      this.box.focus();
      this.box.scrollIntoView({ block: "center" });
      return;
    }
    this.isPlacing = true;
    this.pages.forEach((page) => page.classList.add("is-placing"));
    announce(this.words.wordTap);
    this.root.dispatchEvent(new CustomEvent("pli:mark-placing", { bubbles: true }));
  }

  stop() {
    this.isPlacing = false;
    this.pages.forEach((page) => page.classList.remove("is-placing"));
  }

  /** Puts the mark's upper left corner at (left, top), in points, kept inside the page. */
  put(page, left, top, { silent = false } = {}) {
    const { width, height } = this.pageSize(page);
    const scale = Math.min(1, width / this.size.width, height / this.size.height);
    this.size = { width: this.size.width * scale, height: this.size.height * scale };
    this.page = page;
    this.left = clamp(left, 0, width - this.size.width);
    this.top = clamp(top, 0, height - this.size.height);
    const sheet = page.querySelector("[data-sheet]");
    if (this.box.parentElement !== sheet) sheet.append(this.box);
    this.box.style.left = `${(this.left / width) * 100}%`;
    this.box.style.top = `${(this.top / height) * 100}%`;
    this.box.style.width = `${(this.size.width / width) * 100}%`;
    this.box.style.height = `${(this.size.height / height) * 100}%`;
    this.box.setAttribute("aria-label", this.describe());
    if (!silent) this.report();
  }

  describe() {
    const millimetres = (points) => Math.round(points * MM);
    return this.words.wordWhere
      .replace("{label}", this.words.markLabel)
      .replace("{page}", this.page.dataset.page)
      .replace("{left}", millimetres(this.left))
      .replace("{top}", millimetres(this.top));
  }

  values() {
    const { width, height } = this.pageSize(this.page);
    const round = (value) => Math.round(value * 100) / 100;
    const fraction = (value) => Math.round(value * 1e5) / 1e5;
    return {
      page: Number(this.page.dataset.page),
      x1: round(this.left), y1: round(height - this.top - this.size.height),
      x2: round(this.left + this.size.width), y2: round(height - this.top),
      left: fraction(this.left / width), top: fraction(this.top / height),
      width: fraction(this.size.width / width), height: fraction(this.size.height / height),
    };
  }

  report() {
    const values = this.values();
    this.fill(values);
    this.root.dispatchEvent(new CustomEvent("pli:mark-placed", { detail: values, bubbles: true }));
  }

  fill(values) {
    this.root.querySelectorAll("[data-mark-field]").forEach((field) => { field.value = values[field.dataset.markField] ?? ""; });
  }

  field(name) { return this.root.querySelector(`[data-mark-field="${name}"]`)?.value ?? ""; }

  /** A mark placed before (the form came back, or the sender chose the place) is shown where it was. */
  restore() {
    const page = this.pages.find((one) => one.dataset.page === this.field("page"));
    const [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map((name) => Number.parseFloat(this.field(name)));
    if (!page || [x1, y1, x2, y2].some(Number.isNaN)) return;
    this.size = { width: x2 - x1, height: y2 - y1 };
    this.put(page, x1, this.pageSize(page).height - y2, { silent: true });
  }

  remove() {
    this.box.remove();
    this.page = null;
    this.fill({});
    announce(this.words.wordRemoved);
    this.root.dispatchEvent(new CustomEvent("pli:mark-removed", { bubbles: true }));
    this.root.querySelector("[data-place-start]")?.focus();
  }

  resize(width) {
    const { width: pageWidth, height: pageHeight } = this.pageSize(this.page);
    const ratio = this.size.width / this.size.height;
    const high = Math.min(this.limits.high, pageWidth - this.left, (pageHeight - this.top) * ratio);
    const next = clamp(width, Math.min(this.limits.low, high), high);
    this.size = { width: next, height: next / ratio };
    this.put(this.page, this.left, this.top);
  }

  hold(event, isResizing) {
    event.preventDefault();
    this.box.focus({ preventScroll: true });
    const from = { x: event.clientX, y: event.clientY, left: this.left, top: this.top, width: this.size.width };
    this.box.setPointerCapture(event.pointerId);
    this.box.classList.add("is-held");
    const move = (moved) => {
      const scale = this.pageSize(this.page).width / this.page.querySelector("[data-sheet]").clientWidth;
      if (isResizing) { this.resize(from.width + (moved.clientX - from.x) * scale); return; }
      const over = this.pages.find((page) => {
        const sheet = page.querySelector("[data-sheet]").getBoundingClientRect();
        return page !== this.page && moved.clientY > sheet.top && moved.clientY < sheet.bottom;
      });
      if (over) {
        const sheet = over.querySelector("[data-sheet]").getBoundingClientRect();
        const ratio = this.pageSize(over).width / sheet.width;
        Object.assign(from, { x: moved.clientX, y: moved.clientY, left: (moved.clientX - sheet.left) * ratio - this.size.width / 2, top: (moved.clientY - sheet.top) * ratio - this.size.height / 2 });
        this.put(over, from.left, from.top);
        return;
      }
      this.put(this.page, from.left + (moved.clientX - from.x) * scale, from.top + (moved.clientY - from.y) * scale);
    };
    const release = () => {
      this.box.classList.remove("is-held");
      this.box.removeEventListener("pointermove", move);
      this.box.removeEventListener("pointerup", release);
      this.box.removeEventListener("pointercancel", release);
      announce(this.describe());
    };
    this.box.addEventListener("pointermove", move);
    this.box.addEventListener("pointerup", release);
    this.box.addEventListener("pointercancel", release);
  }

  key(event) {
    const step = event.shiftKey ? LEAP : STEP;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const index = this.pages.indexOf(this.page);
    const acts = {
      "+": () => this.resize(this.size.width + 8),
      "-": () => this.resize(this.size.width - 8),
      PageDown: () => this.turn(this.pages[index + 1]),
      PageUp: () => this.turn(this.pages[index - 1]),
      Delete: () => this.remove(),
      Backspace: () => this.remove(),
    };
    if (moves[event.key]) this.put(this.page, this.left + moves[event.key][0], this.top + moves[event.key][1]);
    else if (acts[event.key]) acts[event.key]();
    else return;
    event.preventDefault();
    if (this.page) {
      this.box.scrollIntoView({ block: "nearest" });
      clearTimeout(this.saying);
      this.saying = setTimeout(() => this.page && announce(this.describe()), 500);
    }
  }

  turn(page) {
    if (!page) return;
    this.put(page, this.left, this.top);
    this.box.focus({ preventScroll: true });
    this.box.scrollIntoView({ block: "center" });
  }

  /** Wears the signature just made: same width, its own proportions. */
  dress({ image, ratio }) {
    const face = this.box.firstElementChild;
    face.replaceChildren();
    const picture = face.appendChild(document.createElement("img"));
    picture.src = image;
    picture.alt = "";
    if (this.isLocked) return;
    const height = clamp(this.size.width / ratio, 24, this.size.width);
    this.size = { width: this.size.width, height };
    if (this.page) this.put(this.page, this.left, this.top);
  }
}

whenever("[data-place-mark]", (root) => { root.placer = new Placer(root); });
