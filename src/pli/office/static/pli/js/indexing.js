// data-index-desk: the page beside the form. The field in focus lights its zone on the page; a word clicked, or several
// surrounded, go into the field last in focus. Esc: later; PageDown, PageUp: pages; Alt + and Alt -: zoom.
import { announce, whenever } from "./start.js";

const DRAWN = 0.008;
const percent = (share) => `${share * 100}%`;

function place(mark, [left, top, right, bottom]) {
  Object.assign(mark.style, { left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) });
}

class Desk {
  constructor(root) {
    this.root = root;
    this.form = root.querySelector("form");
    this.pages = [...root.querySelectorAll("[data-page][data-width]")];
    this.scroller = root.querySelector("[data-scroll]");
    this.words = new Map();
    this.form.addEventListener("focusin", (event) => this.enter(event.target));
    this.pages.forEach((page) => this.watch(page.querySelector("[data-sheet]"), Number(page.dataset.page)));
    root.querySelectorAll("[data-plain]").forEach((button) => button.addEventListener("click", (event) => this.sendPlainly(event, button)));
    announce(root.dataset.announce);
    if (!matchMedia("(pointer: coarse)").matches) this.begin();
  }

  /** The first field that needs somebody, else the first of all. */
  begin() {
    const all = [...this.form.querySelectorAll("[data-fact]:enabled")];
    const first = this.form.querySelector("[aria-invalid=true]:enabled") ?? this.form.querySelector("[data-awaited]:enabled") ?? all.find((field) => "needs" in field.dataset) ?? all[0];
    first?.focus({ preventScroll: true });
    first?.select();
  }

  enter(field) {
    if (!field.matches("[data-fact], [name=title], [name=party]")) return;
    if (this.field !== field) this.isFresh = true;
    this.field = field;
    this.show(field);
  }

  show(field) {
    this.zone?.remove();
    this.clearPicked();
    if (!field.dataset.box) return;
    const page = this.pages[Number(field.dataset.page) - 1];
    if (!page) return;
    const box = field.dataset.box.split(",").map(Number);
    this.zone = page.querySelector("[data-sheet]").appendChild(document.createElement("div"));
    this.zone.className = "zone";
    place(this.zone, box);
    this.bring(page, box);
  }

  /** The zone in sight, by scrolling the pages only: the form does not move. */
  bring(page, box) {
    const sheet = page.querySelector("[data-sheet]").getBoundingClientRect();
    const frame = this.scroller.getBoundingClientRect();
    const top = sheet.top + box[1] * sheet.height;
    const bottom = sheet.top + box[3] * sheet.height;
    if (top < frame.top + 16 || bottom > frame.bottom - 16) this.scroller.scrollTop += (top + bottom) / 2 - (frame.top + frame.bottom) / 2;
    const left = sheet.left + box[0] * sheet.width;
    const right = sheet.left + box[2] * sheet.width;
    const across = this.scroller.querySelector(".viewer-pages") ?? this.scroller;
    if (left < frame.left || right > frame.right) across.scrollLeft += (left + right) / 2 - (frame.left + frame.right) / 2;
  }

  watch(sheet, number) {
    let start = null;
    let drawn = null;
    const at = (event) => {
      const frame = sheet.getBoundingClientRect();
      return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
    };
    const boxTo = (end) => [Math.min(start[0], end[0]), Math.min(start[1], end[1]), Math.max(start[0], end[0]), Math.max(start[1], end[1])];
    sheet.addEventListener("pointerenter", () => this.load(number));
    sheet.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    sheet.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType !== "mouse") return;
      start = at(event);
      sheet.setPointerCapture(event.pointerId);
    });
    sheet.addEventListener("pointermove", (event) => {
      if (!start) return;
      const box = boxTo(at(event));
      if (!drawn && box[2] - box[0] < DRAWN && box[3] - box[1] < DRAWN) return;
      drawn ??= Object.assign(sheet.appendChild(document.createElement("div")), { className: "zone-drawn" });
      place(drawn, box);
    });
    const end = () => { drawn?.remove(); start = drawn = null; };
    sheet.addEventListener("pointerup", async (event) => {
      if (!start || !drawn) { end(); return; }
      const box = boxTo(at(event));
      end();
      this.justDrawn = true;
      setTimeout(() => { this.justDrawn = false; }, 0);
      const inside = (await this.load(number)).filter(([, l, t, r, b]) => (l + r) / 2 > box[0] && (l + r) / 2 < box[2] && (t + b) / 2 > box[1] && (t + b) / 2 < box[3]);
      this.isFresh = true;
      if (inside.length) this.take(inside, sheet);
    });
    sheet.addEventListener("pointercancel", end);
    sheet.addEventListener("click", async (event) => {
      if (this.justDrawn) return;
      const [x, y] = at(event);
      const words = await this.load(number);
      const hit = words.find(([, l, t, r, b]) => x >= l - 0.002 && x <= r + 0.002 && y >= t - 0.003 && y <= b + 0.003);
      if (hit) this.take([hit], sheet);
    });
  }

  /** The words of a page, asked once. */
  load(number) {
    if (!this.words.has(number)) {
      const address = this.root.dataset.words.replace(/0$/, number);
      const asked = fetch(address, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : { words: [] }))
        .then((told) => told.words)
        .catch(() => { this.words.delete(number); return []; });
      this.words.set(number, asked);
    }
    return this.words.get(number);
  }

  take(words, sheet) {
    const field = this.field?.isConnected ? this.field : this.form.querySelector("[data-fact]:enabled");
    if (!field || field.disabled) return;
    const text = words.map(([word]) => word).join(" ");
    if (this.isFresh) this.clearPicked();
    field.value = this.isFresh || !field.value ? text : `${field.value} ${text}`;
    this.isFresh = false;
    for (const [, ...box] of words) {
      const mark = sheet.appendChild(document.createElement("div"));
      mark.className = "zone-picked";
      place(mark, box);
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    if (document.activeElement !== field && !matchMedia("(pointer: coarse)").matches) field.focus({ preventScroll: true });
    announce(`${this.root.dataset.wordPicked} ${text}`);
  }

  clearPicked() { this.root.querySelectorAll(".zone-picked").forEach((mark) => mark.remove()); }

  turn(step) {
    const viewer = this.root.querySelector("[data-viewer]").viewer;
    const next = this.pages[Math.min(Math.max((viewer?.current ?? 1) - 1 + step, 0), this.pages.length - 1)];
    this.scroller.scrollTop += next.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - 8;
  }

  zoom(step) { this.root.querySelector(`[data-zoom="${step}"]`)?.click(); }

  /** A button that leaves the desk another way than by saving. */
  sendPlainly(event, button) {
    event.preventDefault();
    const form = document.createElement("form");
    form.method = "post";
    form.action = button.formAction;
    form.append(this.form.elements.csrfmiddlewaretoken.cloneNode());
    const next = form.appendChild(document.createElement("input"));
    next.type = "hidden";
    next.name = button.name;
    next.value = button.value;
    document.body.append(form);
    form.submit();
  }
}

let desk = null;
whenever("[data-index-desk]", (root) => { desk = new Desk(root); });

document.addEventListener("keydown", (event) => {
  if (!desk?.root.isConnected || event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const acts = {
    Escape: () => desk.root.querySelector("[data-later]")?.click(),
    PageDown: () => desk.turn(1),
    PageUp: () => desk.turn(-1),
  };
  if (event.altKey) {
    if (event.key === "+" || event.key === "=") acts[event.key] = () => desk.zoom(1);
    if (event.key === "-") acts[event.key] = () => desk.zoom(-1);
  }
  if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  acts[event.key]();
});

// The record created in the dialog goes into the field it was created for.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-new-party]")) return;
  const typed = document.getElementById("desk-party")?.value ?? "";
  const name = document.querySelector("#new-party [name=name]");
  if (name && !name.value) name.value = typed;
});
document.body.addEventListener("pli:party-created", (event) => {
  const field = document.getElementById("desk-party");
  document.getElementById("new-party")?.close();
  if (!field) return;
  field.value = event.detail.word;
  field.focus();
});
