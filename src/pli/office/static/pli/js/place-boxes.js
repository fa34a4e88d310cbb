// data-places: boxes drawn on the pages of a viewer (data-viewer="#id") for the people of the form's picker, each in
// that person's hidden field [data-part="places"] as JSON: kind, label, required, document, page, x, y, width, height;
// points from the upper left corner of the page as displayed.
//   data-origins             the document and page behind each running page, as JSON
//   [data-places-who]        whose the next box is;  [data-put="MARK|…"] with data-width, -height in points: what it is
//   [data-places-list]       a line per box: what it is called, whether it must be filled, a way to it, a way out
// After a button the next tap on a page puts the box; from the keyboard it is put at once, and has the focus.
import "./page-viewer.js";
import { announce, whenever } from "./start.js";

const STEP = 4;
const LEAP = 24;
const MM = 25.4 / 72;
const INKS = 6;
const LEAST = { MARK: [60, 24], INITIALS: [16, 10], TEXT: [30, 10], DATE: [40, 10], CHECKBOX: [8, 8] };
const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));
const round = (value) => Math.round(value * 10) / 10;

class Board {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.form = root.closest("form");
    this.viewer = root.querySelector(root.dataset.viewer);
    this.pages = [...this.viewer.querySelectorAll("[data-page]")];
    this.origins = JSON.parse(root.dataset.origins);
    this.who = root.querySelector("[data-places-who]");
    this.lines = root.querySelector("[data-places-list]");
    this.people = this.form.querySelector("[data-people] [data-list]");
    this.boxes = [];
    root.querySelectorAll("[data-put]").forEach((button) => {
      button.addEventListener("click", (event) => this.start(button, event.detail === 0));
    });
    this.pages.forEach((page) => {
      page.querySelector("[data-sheet]").addEventListener("click", (event) => this.tap(page, event));
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.stop(); });
    new MutationObserver(() => this.meet()).observe(this.people, { childList: true });
    this.restore();
    this.meet();
  }

  get rows() { return [...this.people.children]; }

  /** The people may have come, gone or changed places. */
  meet() {
    const rows = this.rows;
    this.boxes.filter((box) => !rows.includes(box.row)).forEach((box) => { box.face.remove(); box.line.remove(); });
    this.boxes = this.boxes.filter((box) => rows.includes(box.row));
    const chosen = this.met?.[this.who.selectedIndex];
    this.met = rows;
    this.who.replaceChildren(...rows.map((row, index) => new Option(`${index + 1}. ${row.dataset.name}`, index)));
    this.who.selectedIndex = Math.max(0, rows.indexOf(chosen));
    this.root.querySelectorAll("[data-put]").forEach((button) => { button.disabled = rows.length === 0; });
    this.boxes.forEach((box) => this.show(box));
    this.lines.hidden = this.boxes.length === 0;
  }

  restore() {
    for (const row of this.rows) {
      let kept = [];
      try { kept = JSON.parse(row.querySelector('[data-part="places"]').value || "[]"); } catch { kept = []; }
      for (const one of kept) {
        const at = this.origins.findIndex(([document, page]) => document === one.document && page === one.page);
        const button = this.root.querySelector(`[data-put="${one.kind}"]`);
        if (at >= 0 && button) this.add({ ...one, row, page: this.pages[at], word: button.dataset.word });
      }
    }
  }

  start(button, isKeyboard) {
    const row = this.rows[this.who.selectedIndex];
    if (!row) { announce(this.words.wordNobody); return; }
    const { put, width, height, word } = button.dataset;
    this.next = { row, kind: put, word, label: "", required: true, width: Number(width), height: Number(height) };
    if (isKeyboard) {
      const page = this.pages[(this.viewer.viewer?.current ?? 1) - 1];
      const [across, up] = this.size(page);
      this.put(page, (across - this.next.width) / 2, up * 0.6);
      return;
    }
    this.pages.forEach((page) => page.classList.add("is-placing"));
    announce(this.words.wordTap);
  }

  stop() {
    this.next = null;
    this.pages.forEach((page) => page.classList.remove("is-placing"));
  }

  tap(page, event) {
    if (!this.next) return;
    const sheet = event.currentTarget.getBoundingClientRect();
    const [across, up] = this.size(page);
    const [x, y] = [((event.clientX - sheet.left) / sheet.width) * across, ((event.clientY - sheet.top) / sheet.height) * up];
    this.put(page, x - this.next.width / 2, y - this.next.height / 2);
  }

  put(page, x, y) {
    const wanted = this.next;
    this.stop();
    // A person signs once a document: a second mark on it takes the place of the first.
    const document = this.origin(page)[0];
    const former = this.boxes.find((box) => wanted.kind === "MARK" && box.kind === "MARK" && box.row === wanted.row && this.origin(box.page)[0] === document);
    if (former) this.forget(former);
    const box = this.add({ ...wanted, page, x, y });
    this.save(box.row);
    box.face.focus({ preventScroll: true });
    box.face.scrollIntoView({ block: "nearest" });
    announce(this.describe(box));
  }

  size(page) { return [Number(page.dataset.width), Number(page.dataset.height)]; }
  origin(page) { return this.origins[this.pages.indexOf(page)]; }

  add(box) {
    box.face = this.makeFace(box);
    box.line = this.makeLine(box);
    this.boxes.push(box);
    this.lines.append(box.line);
    this.lines.hidden = false;
    this.show(box);
    return box;
  }

  makeFace(box) {
    const face = document.createElement("div");
    face.className = "place-box";
    face.tabIndex = 0;
    face.setAttribute("role", "group");
    face.setAttribute("aria-roledescription", this.words.wordRole);
    face.appendChild(document.createElement("span")).className = "place-name";
    const handle = face.appendChild(document.createElement("span"));
    handle.className = "place-handle";
    handle.setAttribute("aria-hidden", "true");
    face.addEventListener("pointerdown", (event) => this.hold(box, event, event.target === handle));
    face.addEventListener("keydown", (event) => this.key(box, event));
    face.addEventListener("click", (event) => event.stopPropagation());
    return face;
  }

  makeLine(box) {
    const line = document.createElement("li");
    line.appendChild(document.createElement("span")).className = "place-said";
    if (["TEXT", "DATE", "CHECKBOX"].includes(box.kind)) {
      const label = line.appendChild(document.createElement("input"));
      label.className = "form-control";
      label.maxLength = 100;
      label.value = box.label;
      label.placeholder = this.words.wordLabel;
      label.setAttribute("aria-label", this.words.wordLabel);
      label.addEventListener("input", () => { box.label = label.value; this.show(box); this.save(box.row); });
      const must = line.appendChild(document.createElement("label"));
      const tick = must.appendChild(document.createElement("input"));
      tick.type = "checkbox";
      tick.className = "form-check-input";
      tick.checked = box.required;
      must.append(this.words.wordRequired);
      tick.addEventListener("change", () => { box.required = tick.checked; this.save(box.row); });
    }
    this.button(line, this.words.wordSee, () => { box.face.focus({ preventScroll: true }); box.face.scrollIntoView({ block: "center" }); });
    this.button(line, this.words.wordRemove, () => this.remove(box));
    return line;
  }

  button(line, word, act) {
    const button = line.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "btn btn-quiet btn-small";
    button.textContent = word;
    button.addEventListener("click", act);
  }

  /** Kept inside its page, drawn there, and said in its line. */
  show(box) {
    const [across, up] = this.size(box.page);
    box.width = Math.min(box.width, across);
    box.height = Math.min(box.height, up);
    box.x = clamp(box.x, 0, across - box.width);
    box.y = clamp(box.y, 0, up - box.height);
    const sheet = box.page.querySelector("[data-sheet]");
    if (box.face.parentElement !== sheet) sheet.append(box.face);
    box.face.style.left = `${(box.x / across) * 100}%`;
    box.face.style.top = `${(box.y / up) * 100}%`;
    box.face.style.width = `${(box.width / across) * 100}%`;
    box.face.style.height = `${(box.height / up) * 100}%`;
    box.face.dataset.ink = this.rows.indexOf(box.row) % INKS;
    const name = this.name(box);
    box.face.firstElementChild.textContent = name;
    box.face.setAttribute("aria-label", this.describe(box));
    box.line.firstElementChild.textContent = `${name}, ${this.words.wordPage.replace("{page}", box.page.dataset.page)}`;
    box.line.dataset.ink = box.face.dataset.ink;
    box.line.querySelectorAll("button").forEach((button) => button.setAttribute("aria-label", `${button.textContent} : ${box.line.firstElementChild.textContent}`));
  }

  name(box) { return `${box.row.dataset.name} : ${box.label || box.word}`; }

  describe(box) {
    const millimetres = (points) => Math.round(points * MM);
    return this.words.wordWhere.replace("{label}", this.name(box)).replace("{page}", box.page.dataset.page)
      .replace("{left}", millimetres(box.x)).replace("{top}", millimetres(box.y))
      .replace("{width}", millimetres(box.width)).replace("{height}", millimetres(box.height));
  }

  save(row) {
    const mine = this.boxes.filter((box) => box.row === row);
    const told = mine.map((box) => {
      const [document, page] = this.origin(box.page);
      const { kind, label, required } = box;
      return { kind, label, required, document, page, x: round(box.x), y: round(box.y), width: round(box.width), height: round(box.height) };
    });
    row.querySelector('[data-part="places"]').value = told.length ? JSON.stringify(told) : "";
    const place = row.querySelector('[data-part="place"]');
    if (mine.some((box) => box.kind === "MARK")) place.value = "drawn";
    else if (place.value === "drawn") place.value = place.dataset.plain;
    place.dispatchEvent(new Event("change", { bubbles: true }));
  }

  forget(box) {
    box.face.remove();
    box.line.remove();
    this.boxes = this.boxes.filter((one) => one !== box);
  }

  remove(box) {
    this.forget(box);
    this.save(box.row);
    this.lines.hidden = this.boxes.length === 0;
    announce(this.words.wordRemoved);
    this.root.querySelector(`[data-put="${box.kind}"]`).focus();
  }

  resize(box, width, height) {
    const [across, up] = this.size(box.page);
    const [least, low] = LEAST[box.kind];
    box.width = clamp(width, least, across - box.x);
    box.height = clamp(height, low, up - box.y);
    this.show(box);
  }

  hold(box, event, isResizing) {
    if (this.next) return;
    event.preventDefault();
    box.face.focus({ preventScroll: true });
    const from = { x: event.clientX, y: event.clientY, left: box.x, top: box.y, width: box.width, height: box.height };
    box.face.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const scale = this.size(box.page)[0] / box.page.querySelector("[data-sheet]").clientWidth;
      const [dx, dy] = [(moved.clientX - from.x) * scale, (moved.clientY - from.y) * scale];
      if (isResizing) { this.resize(box, from.width + dx, from.height + dy); return; }
      const over = this.under(box, moved.clientY);
      if (over) {
        const sheet = over.querySelector("[data-sheet]").getBoundingClientRect();
        const ratio = this.size(over)[0] / sheet.width;
        box.page = over;
        Object.assign(from, { x: moved.clientX, y: moved.clientY, left: (moved.clientX - sheet.left) * ratio - box.width / 2, top: (moved.clientY - sheet.top) * ratio - box.height / 2 });
        [box.x, box.y] = [from.left, from.top];
      } else [box.x, box.y] = [from.left + dx, from.top + dy];
      this.show(box);
    };
    const release = () => {
      box.face.removeEventListener("pointermove", move);
      box.face.removeEventListener("pointerup", release);
      box.face.removeEventListener("pointercancel", release);
      this.save(box.row);
      announce(this.describe(box));
    };
    box.face.addEventListener("pointermove", move);
    box.face.addEventListener("pointerup", release);
    box.face.addEventListener("pointercancel", release);
  }

  /** Another page of the same document under the pointer. */
  under(box, y) {
    const [document] = this.origin(box.page);
    return this.pages.find((page) => {
      const sheet = page.querySelector("[data-sheet]").getBoundingClientRect();
      return page !== box.page && this.origin(page)[0] === document && y > sheet.top && y < sheet.bottom;
    });
  }

  key(box, event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const by = moves[event.key];
    const step = event.ctrlKey ? LEAP : STEP;
    if (by && event.shiftKey) this.resize(box, box.width + by[0] * step, box.height + by[1] * step);
    else if (by) { box.x += by[0] * step; box.y += by[1] * step; }
    else if (event.key === "PageDown" || event.key === "PageUp") this.turn(box, event.key === "PageDown" ? 1 : -1);
    else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); this.remove(box); return; }
    else return;
    event.preventDefault();
    this.show(box);
    this.save(box.row);
    box.face.focus({ preventScroll: true });
    box.face.scrollIntoView({ block: "nearest" });
    clearTimeout(this.saying);
    this.saying = setTimeout(() => announce(this.describe(box)), 500);
  }

  turn(box, step) {
    const page = this.pages[this.pages.indexOf(box.page) + step];
    if (page && this.origin(page)[0] === this.origin(box.page)[0]) box.page = page;
  }
}

whenever(".places[data-places]", (root) => { root.board = new Board(root); });
