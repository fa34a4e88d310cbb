// data-draw: a page to draw boxes on; [data-box]: a group of four fields (data-side="left|top|right|bottom", in percent
// of the page) that one box fills. The box is drawn with mouse or finger after [data-box-draw], moved with the arrows,
// sized with Shift and the arrows, or typed as numbers. [data-box-clear] empties it.
//   [data-draw-sheet]             the picture's frame;  [data-draw-turn="-1|1"], [data-draw-number]  its pages
//   data-src                      address of page 0, whose number is replaced;  data-pages  how many there are
// In a [data-rule], the field whose name ends in ".page" is told on which page the stroke was.
// A change is told by "change" on the first field, once it is over.
import { announce, whenever } from "./start.js";

const SIDES = ["left", "top", "right", "bottom"];
const STEP = 0.5;
const LEAST = 0.8;
const FIRST = { left: 30, top: 10, right: 70, bottom: 16 };
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const round = (value) => Math.round(value * 10) / 10;

class Board {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.sheet = root.querySelector("[data-draw-sheet]");
    this.image = this.sheet.querySelector("img");
    this.page = 1;
    this.faces = new Map();
    root.querySelectorAll("[data-draw-turn]").forEach((button) => {
      button.addEventListener("click", () => this.turn(this.page + Number(button.dataset.drawTurn)));
    });
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    document.addEventListener("htmx:afterSettle", () => { if (this.root.isConnected) this.show(); });
    this.show();
  }

  turn(page) {
    this.page = clamp(page, 1, Number(this.words.pages));
    this.image.src = this.words.src.replace("/page/0", `/page/${this.page}`);
    this.root.querySelector("[data-draw-number]").textContent = this.page;
    this.show();
  }

  /** Every group's box on the page, as its fields say. */
  show() {
    const groups = [...document.querySelectorAll("[data-box]")];
    for (const [group, face] of this.faces) {
      if (!groups.includes(group)) { face.remove(); this.faces.delete(group); }
    }
    for (const group of groups) {
      const box = read(group);
      const seen = box && !group.closest("[hidden]");
      let face = this.faces.get(group);
      if (!seen) { face?.remove(); this.faces.delete(group); continue; }
      if (!face) {
        face = this.makeFace(group);
        this.faces.set(group, face);
        this.sheet.append(face);
      }
      this.place(face, group, box);
    }
  }

  makeFace(group) {
    const face = document.createElement("div");
    face.className = "draw-box";
    face.tabIndex = 0;
    face.setAttribute("role", "group");
    const label = face.appendChild(document.createElement("span"));
    label.className = "draw-label";
    const handle = face.appendChild(document.createElement("span"));
    handle.className = "draw-handle";
    handle.setAttribute("aria-hidden", "true");
    face.addEventListener("keydown", (event) => this.key(event, group));
    face.addEventListener("pointerdown", (event) => {
      if (this.drawing) return;
      event.stopPropagation();
      this.hold(event, group, event.target === handle);
    });
    face.addEventListener("focus", () => this.choose(group));
    return face;
  }

  place(face, group, box) {
    face.style.left = `${box.left}%`;
    face.style.top = `${box.top}%`;
    face.style.width = `${box.right - box.left}%`;
    face.style.height = `${box.bottom - box.top}%`;
    face.firstElementChild.textContent = group.dataset.boxName;
    face.setAttribute("aria-label", this.describe(group, box));
    face.classList.toggle("is-chosen", group === this.chosen);
  }

  describe(group, box) {
    return this.words.wordWhere.replace("{label}", group.dataset.boxName).replace("{left}", round(box.left))
      .replace("{top}", round(box.top)).replace("{width}", round(box.right - box.left)).replace("{height}", round(box.bottom - box.top));
  }

  choose(group) {
    this.chosen = group;
    for (const [other, face] of this.faces) face.classList.toggle("is-chosen", other === group);
  }

  /** The next stroke on the page is this group's box; from the keyboard the box is put at once, and has the focus. */
  draw(group, isKeyboard) {
    this.chosen = group;
    if (isKeyboard) {
      if (!read(group)) { write(group, FIRST); tell(group); }
      this.show();
      const face = this.faces.get(group);
      face.focus();
      face.scrollIntoView({ block: "center" });
      return;
    }
    this.drawing = group;
    this.root.classList.add("is-drawing");
    this.leave();
    this.root.scrollIntoView({ block: "nearest" });
    announce(this.words.wordDraw);
  }

  /** What stands beside the steps (a preview, above the page) is there again once the stroke is over. */
  leave() {
    const side = this.root.closest(".editor-side");
    this.from = side?.querySelector("#preview-panel") ? { side, top: side.scrollTop } : null;
  }

  comeBack() {
    this.from?.side.scrollTo({ top: this.from.top });
    this.from = null;
  }

  at(event) {
    const frame = this.sheet.getBoundingClientRect();
    return {
      x: clamp(((event.clientX - frame.left) / frame.width) * 100, 0, 100),
      y: clamp(((event.clientY - frame.top) / frame.height) * 100, 0, 100),
    };
  }

  begin(event) {
    const group = this.drawing;
    if (!group || event.button) return;
    event.preventDefault();
    const from = this.at(event);
    this.follow(event, this.sheet, (moved) => {
      const to = this.at(moved);
      write(group, { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), right: Math.max(from.x, to.x), bottom: Math.max(from.y, to.y) });
      this.show();
    }, () => {
      const box = read(group);
      // A tap is no stroke: the next one may be.
      if (!box || box.right - box.left < LEAST || box.bottom - box.top < LEAST) { clear(group); this.show(); return; }
      this.drawing = null;
      const page = group.closest("[data-rule]")?.querySelector('input[name$=".page"]');
      if (page) page.value = this.page;
      this.root.classList.remove("is-drawing");
      this.end(group);
      this.faces.get(group)?.focus({ preventScroll: true });
      this.comeBack();
    });
  }

  hold(event, group, isSizing) {
    event.preventDefault();
    const face = this.faces.get(group);
    face.focus({ preventScroll: true });
    const [from, box] = [this.at(event), read(group)];
    this.follow(event, face, (moved) => {
      const to = this.at(moved);
      this.move(group, box, to.x - from.x, to.y - from.y, isSizing);
    }, () => this.end(group));
  }

  follow(event, target, move, over) {
    target.setPointerCapture(event.pointerId);
    const stop = () => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", stop);
      target.removeEventListener("pointercancel", stop);
      over();
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", stop);
    target.addEventListener("pointercancel", stop);
  }

  move(group, box, dx, dy, isSizing) {
    const [width, height] = [box.right - box.left, box.bottom - box.top];
    if (isSizing) {
      write(group, { ...box, right: clamp(box.right + dx, box.left + LEAST, 100), bottom: clamp(box.bottom + dy, box.top + LEAST, 100) });
    } else {
      const [left, top] = [clamp(box.left + dx, 0, 100 - width), clamp(box.top + dy, 0, 100 - height)];
      write(group, { left, top, right: left + width, bottom: top + height });
    }
    this.show();
  }

  key(event, group) {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      clear(group);
      this.show();
      tell(group);
      group.querySelector("[data-box-draw]")?.focus();
      return;
    }
    const by = moves[event.key];
    if (!by) return;
    event.preventDefault();
    this.move(group, read(group), by[0], by[1], event.shiftKey);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => this.end(group), 400);
  }

  end(group) {
    const box = read(group);
    if (!box) return;
    announce(this.describe(group, box));
    tell(group);
  }
}

function fields(group) { return SIDES.map((side) => group.querySelector(`[data-side="${side}"]`)); }

function read(group) {
  const values = fields(group).map((field) => Number.parseFloat(field.value));
  if (values.some(Number.isNaN)) return null;
  const [left, top, right, bottom] = values;
  return right > left && bottom > top ? { left, top, right, bottom } : null;
}

function write(group, box) { fields(group).forEach((field, at) => { field.value = round(box[SIDES[at]]); }); }
function clear(group) { fields(group).forEach((field) => { field.value = ""; }); }
function tell(group) { fields(group)[0].dispatchEvent(new Event("change", { bubbles: true })); }
function board() { return document.querySelector("[data-draw]")?.board; }

whenever("[data-draw]", (root) => { root.board = new Board(root); });
whenever("[data-box]", (group) => {
  group.querySelector("[data-box-draw]").addEventListener("click", (event) => {
    if (board()) board().draw(group, event.detail === 0);
    else document.querySelector("#sample-file")?.focus();
  });
  group.querySelector("[data-box-clear]").addEventListener("click", () => { clear(group); board()?.show(); tell(group); });
  fields(group).forEach((field) => field.addEventListener("input", () => board()?.show()));
});
