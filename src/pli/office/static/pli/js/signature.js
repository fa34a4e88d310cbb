// data-signature: a signature drawn (finger, mouse, pen), typed, or brought as an image. [data-signature-done] fills the
// fields signature_kind (drawn | typed | image), signature_text and signature_png (a data: URL, black on white), closes
// the dialog around and tells the document "pli:signature-ready" {kind, text, image, ratio}.
import { announce, whenever } from "./start.js";

const EXPORT_WIDTH = 1200;
// Characters of the picture as a data: address; the server takes 2.5 MB of form.
const HEAVIEST = 1_500_000;
const INK = "#14213d";
const PADDING = 0.06;

function whiteCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  return [canvas, pen];
}

/** The part of a drawing that holds ink, on white, with a small margin. */
function trimmed(source) {
  const { width, height } = source;
  const pixels = source.getContext("2d").getImageData(0, 0, width, height).data;
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      if (pixels[at + 3] < 8 || pixels[at] + pixels[at + 1] + pixels[at + 2] > 740) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  if (right < left) return null;
  const [w, h] = [right - left + 1, bottom - top + 1];
  const margin = Math.ceil(Math.max(w, h) * PADDING);
  const scale = Math.min(1, EXPORT_WIDTH / (w + 2 * margin));
  const [canvas, pen] = whiteCanvas((w + 2 * margin) * scale, (h + 2 * margin) * scale);
  pen.drawImage(source, left, top, w, h, margin * scale, margin * scale, w * scale, h * scale);
  return canvas;
}

/** A picture as a canvas that travels in a form: a photograph as PNG is heavy, so it shrinks until it is light. */
function light(picture) {
  let scale = Math.min(1, EXPORT_WIDTH / Math.max(picture.width, picture.height));
  for (;;) {
    const [canvas, pen] = whiteCanvas(picture.width * scale, picture.height * scale);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    if (scale < 0.05 || canvas.toDataURL("image/png").length < HEAVIEST) return canvas;
    scale *= 0.75;
  }
}

class Signature {
  constructor(root) {
    this.root = root;
    this.tabs = [...root.querySelectorAll("[role=tab]")];
    this.done = root.querySelector("[data-signature-done]");
    this.canvas = root.querySelector("canvas");
    this.text = root.querySelector("[data-signature-text]");
    this.preview = root.querySelector("[data-signature-preview]");
    this.file = root.querySelector("[data-signature-file]");
    this.figure = root.querySelector("[data-signature-image]");
    this.tabs.forEach((tab) => {
      tab.addEventListener("click", () => this.choose(tab));
      tab.addEventListener("keydown", (event) => this.turn(event, tab));
    });
    root.querySelector("[data-signature-undo]").addEventListener("click", () => this.undo());
    root.querySelector("[data-signature-clear]").addEventListener("click", () => this.clear());
    this.text.addEventListener("input", () => this.type());
    this.file.addEventListener("change", () => this.bring());
    this.done.addEventListener("click", () => this.finish());
    new ResizeObserver(() => this.fit()).observe(this.canvas);
    this.type();
    this.choose(this.tabs[0]);
    this.load();
  }

  async load() {
    const { default: SignaturePad } = await import("../../vendor/signature_pad/signature_pad.min.js");
    this.pad = new SignaturePad(this.canvas, { penColor: INK, minWidth: 0.8, maxWidth: 2.8 });
    this.pad.addEventListener("beginStroke", () => this.ghost(false));
    this.pad.addEventListener("endStroke", () => this.weigh());
    this.fit();
  }

  /** Canvas pixels follow the element's size; strokes already drawn are kept, scaled. */
  fit() {
    const { offsetWidth: width, offsetHeight: height } = this.canvas;
    if (!this.pad || !width || (width === this.width && height === this.height)) return;
    const strokes = this.pad.toData();
    const scale = this.width ? Math.min(width / this.width, height / this.height) : 1;
    const density = Math.max(devicePixelRatio || 1, 1);
    this.canvas.width = width * density;
    this.canvas.height = height * density;
    this.canvas.getContext("2d").scale(density, density);
    this.pad.clear();
    this.pad.fromData(strokes.map((stroke) => ({ ...stroke, points: stroke.points.map((p) => ({ ...p, x: p.x * scale, y: p.y * scale })) })));
    [this.width, this.height] = [width, height];
    this.weigh();
  }

  choose(chosen) {
    this.kind = chosen.dataset.kind;
    for (const tab of this.tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !isChosen;
    }
    this.weigh();
  }

  turn(event, tab) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = this.tabs[(this.tabs.indexOf(tab) + step + this.tabs.length) % this.tabs.length];
    this.choose(next);
    next.focus();
  }

  ghost(isShown) { this.root.querySelector("[data-signature-ghost]").hidden = !isShown; }

  undo() {
    this.pad?.fromData(this.pad.toData().slice(0, -1));
    this.weigh();
  }

  clear() {
    this.pad?.clear();
    this.weigh();
  }

  type() {
    this.preview.textContent = this.text.value.trim();
    this.weigh();
  }

  async bring() {
    const [file] = this.file.files;
    this.image = null;
    this.figure.replaceChildren();
    if (file) {
      try {
        const picture = await createImageBitmap(file);
        this.image = light(picture);
        const shown = this.figure.appendChild(document.createElement("img"));
        shown.src = this.image.toDataURL("image/png");
        shown.alt = this.root.dataset.wordImage;
      } catch {
        this.figure.textContent = this.root.dataset.wordUnreadable;
        announce(this.root.dataset.wordUnreadable);
      }
    }
    this.weigh();
  }

  /** The button waits for something to take. */
  weigh() {
    const isDrawn = this.pad && !this.pad.isEmpty();
    this.ghost(!isDrawn);
    this.done.disabled = !{ drawn: isDrawn, typed: this.text.value.trim() !== "", image: Boolean(this.image) }[this.kind];
  }

  typedCanvas() {
    const style = getComputedStyle(this.preview);
    const [probe, ruler] = whiteCanvas(10, 10);
    const font = `${style.fontStyle} ${style.fontWeight} 96px ${style.fontFamily}`;
    ruler.font = font;
    const width = Math.min(ruler.measureText(this.text.value).width + 48, EXPORT_WIDTH * 2);
    const [canvas, pen] = whiteCanvas(width, 160);
    probe.remove();
    pen.font = font;
    pen.fillStyle = INK;
    pen.textBaseline = "middle";
    pen.fillText(this.text.value, 24, 80);
    return canvas;
  }

  finish() {
    const canvas = { drawn: () => trimmed(this.canvas), typed: () => this.typedCanvas(), image: () => this.image }[this.kind]();
    if (!canvas) return;
    const image = canvas.toDataURL("image/png");
    const text = this.kind === "typed" ? this.text.value.trim() : "";
    const values = { signature_kind: this.kind, signature_text: text, signature_png: this.kind === "typed" ? "" : image };
    for (const [name, value] of Object.entries(values)) {
      document.querySelectorAll(`[data-signature-field="${name}"]`).forEach((field) => { field.value = value; });
    }
    this.root.closest("dialog")?.close();
    const detail = { kind: this.kind, text, image, ratio: canvas.width / canvas.height };
    document.dispatchEvent(new CustomEvent("pli:signature-ready", { detail }));
  }
}

whenever("[data-signature]", (root) => new Signature(root));
