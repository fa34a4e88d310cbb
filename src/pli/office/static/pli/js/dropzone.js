// data-dropzone: files dropped or chosen. With data-url each is sent at once, two at a time, with progress and retry;
// without, they stay in the input and go with the form. Events on the element: "pli:sent" {file, answer},
// "pli:all-sent" {answers}. The answer of data-url is JSON; on refusal its `detail` (problem+json) is shown.
import { csrfToken, whenever } from "./start.js";

const AT_ONCE = 2;
const UNITS = document.documentElement.lang.startsWith("fr") ? ["o", "ko", "Mo", "Go"] : ["B", "kB", "MB", "GB"];

function readableSize(bytes) {
  let unit = 0;
  while (bytes >= 1000 && unit < UNITS.length - 1) { bytes /= 1000; unit += 1; }
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes)} ${UNITS[unit]}`;
}

class Item {
  constructor(zone, file) {
    this.zone = zone;
    this.file = file;
    this.row = document.createElement("li");
    this.row.className = "drop-file";
    this.name = this.row.appendChild(document.createElement("span"));
    this.name.className = "drop-file-name";
    this.name.textContent = file.name;
    this.tools = this.row.appendChild(document.createElement("span"));
    this.said = this.row.appendChild(document.createElement("span"));
    this.said.className = "drop-file-said";
    this.say(readableSize(file.size));
  }

  say(words) { this.said.textContent = words; }

  tool(word, act) {
    this.tools.replaceChildren();
    if (!word) return;
    const button = this.tools.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "btn btn-small";
    button.textContent = word;
    button.setAttribute("aria-label", `${word} : ${this.file.name}`);
    button.addEventListener("click", act);
  }

  fail(words, canRetry) {
    this.row.classList.add("is-failed");
    this.bar?.remove();
    this.bar = null;
    this.say(`${this.zone.words.wordFailed} : ${words}`);
    if (canRetry) this.tool(this.zone.words.wordRetry, () => { this.row.classList.remove("is-failed"); this.zone.queue(this); });
    else this.tool(this.zone.words.wordRemove, () => this.zone.remove(this));
  }

  send() {
    return new Promise((resolve) => {
      this.tool("");
      this.bar ??= this.row.appendChild(document.createElement("progress"));
      this.bar.max = 1;
      this.bar.value = 0;
      this.bar.setAttribute("aria-label", this.file.name);
      const body = new FormData();
      body.append(this.zone.element.dataset.name, this.file);
      const request = new XMLHttpRequest();
      request.open("POST", this.zone.element.dataset.url);
      request.setRequestHeader("X-CSRFToken", csrfToken());
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        this.bar.value = event.loaded / event.total;
        this.say(`${readableSize(event.loaded)} / ${readableSize(event.total)}`);
      });
      request.addEventListener("load", () => { this.finish(request); resolve(); });
      request.addEventListener("error", () => { this.fail(this.zone.words.wordNetwork, true); resolve(); });
      request.send(body);
    });
  }

  finish(request) {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* an error page instead of JSON */ }
    if (request.status >= 200 && request.status < 300) {
      this.answer = answer;
      this.bar.remove();
      this.bar = null;
      this.row.classList.add("is-done");
      this.say(`${this.zone.words.wordDone} · ${readableSize(this.file.size)}`);
      this.zone.tell("pli:sent", { file: this.file, answer });
    } else {
      this.fail(answer.detail ?? answer.title ?? String(request.status), request.status >= 500 || request.status === 429);
    }
  }
}

class Zone {
  constructor(element) {
    this.element = element;
    this.words = element.dataset;
    this.input = element.querySelector("input[type=file]");
    this.list = element.querySelector("[data-files]");
    this.items = [];
    this.waiting = [];
    this.running = 0;
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    this.watch(element);
    if ("wholePage" in element.dataset) this.watch(document.documentElement);
  }

  watch(target) {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    target.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.element.classList.add("is-over");
    });
    target.addEventListener("dragleave", (event) => {
      if (!target.contains(event.relatedTarget)) this.element.classList.remove("is-over");
    });
    target.addEventListener("drop", (event) => {
      if (!hasFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      this.element.classList.remove("is-over");
      let files = [...event.dataTransfer.files];
      if (!this.input.multiple) files = files.slice(0, 1);
      if (this.words.url) { this.take(files); return; }
      this.give(files);
      this.input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  /** Without an address the files must be the input's own, so that the form sends them. */
  give(files) {
    const carrier = new DataTransfer();
    files.forEach((file) => carrier.items.add(file));
    this.input.files = carrier.files;
  }

  refusal(file) {
    const accepted = this.input.accept.split(",").map((one) => one.trim().toLowerCase()).filter(Boolean);
    const name = file.name.toLowerCase();
    const fits = !accepted.length || accepted.some((one) => (one.startsWith(".") ? name.endsWith(one) : file.type === one));
    if (!fits) return this.words.wordWrongType;
    return file.size > Number(this.words.maxMb) * 1e6 ? this.words.wordTooLarge : "";
  }

  take(files) {
    if (!this.words.url) { this.list.replaceChildren(); this.items = []; }
    for (const file of files) {
      const item = new Item(this, file);
      this.items.push(item);
      this.list.append(item.row);
      const refusal = this.refusal(file);
      if (refusal) item.fail(refusal, false);
      else if (this.words.url) this.queue(item);
      else item.tool(this.words.wordRemove, () => this.remove(item));
    }
    if (this.words.url) this.input.value = "";
  }

  remove(item) {
    item.row.remove();
    this.items = this.items.filter((one) => one !== item);
    if (!this.words.url) this.give(this.items.map((one) => one.file));
    this.input.focus();
  }

  queue(item) {
    item.say(this.words.wordWaiting);
    this.waiting.push(item);
    this.run();
  }

  async run() {
    if (this.running >= AT_ONCE || !this.waiting.length) return;
    this.running += 1;
    await this.waiting.shift().send();
    this.running -= 1;
    this.run();
    if (!this.running && !this.waiting.length && this.items.some((item) => item.answer)) {
      this.tell("pli:all-sent", { answers: this.items.map((item) => item.answer).filter(Boolean) });
    }
  }

  tell(name, detail) { this.element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })); }
}

whenever("[data-dropzone]", (element) => new Zone(element));
