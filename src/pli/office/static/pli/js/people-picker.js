// data-people: choose people from the address book (data-url?q=, answers pli/people_options.html) or type them in; order
// them by dragging or with the buttons. Sends {name}-contact, -name, -email, -mobile for each, in order.
import { announce, whenever } from "./start.js";

const PAUSE = 180;

class Picker {
  constructor(root) {
    this.root = root;
    this.words = root.dataset;
    this.list = root.querySelector("[data-list]");
    this.combo = root.querySelector("[data-combo]");
    this.search = this.combo.querySelector("input");
    this.options = this.combo.querySelector("[role=listbox]");
    this.plain = root.querySelector("[data-plain]");
    this.icons = [...root.querySelector("[data-icons]").content.querySelectorAll("svg")];
    root.querySelector("[data-other]").open = false;
    this.combo.hidden = false;
    this.preparePlain();
    for (const row of [...this.list.children]) row.replaceWith(this.row({ ...row.dataset }));
    this.renumber();
    this.search.addEventListener("input", () => this.look());
    this.search.addEventListener("keydown", (event) => this.key(event));
    this.search.addEventListener("blur", () => setTimeout(() => this.shut(), 150));
    this.options.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("[role=option]");
      if (option) this.choose(option);
    });
  }

  /** With script the plain fields add a person to the list instead of being sent themselves. */
  preparePlain() {
    const fields = [...this.plain.querySelectorAll("input")];
    fields.forEach((field) => field.removeAttribute("name"));
    const [name, email, mobile] = fields;
    const add = this.plain.querySelector("[data-add]");
    add.hidden = false;
    add.addEventListener("click", () => {
      if (!name.value.trim()) { name.focus(); return; }
      if (!email.checkValidity()) { email.reportValidity(); return; }
      this.add({ contact: "", name: name.value.trim(), email: email.value.trim(), mobile: mobile.value.trim() });
      [name, email, mobile].forEach((field) => { field.value = ""; });
      name.focus();
    });
    this.plain.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); add.click(); }
    });
  }

  look() {
    clearTimeout(this.timer);
    const words = this.search.value.trim();
    if (words.length < 2) { this.shut(); return; }
    this.timer = setTimeout(() => this.ask(words), PAUSE);
  }

  async ask(words) {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(`${this.words.url}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" }, signal: this.asking.signal });
      if (!answer.ok) return;
      this.options.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") this.shut();
      return;
    }
    const found = this.options.children.length;
    if (!found) {
      const none = this.options.appendChild(document.createElement("li"));
      none.className = "option soft";
      none.setAttribute("role", "option");
      none.setAttribute("aria-disabled", "true");
      none.textContent = this.words.wordNone;
    }
    announce(found ? `${found} ${this.words.wordFound}` : this.words.wordNone);
    this.options.hidden = false;
    this.search.setAttribute("aria-expanded", "true");
    this.mark(0);
  }

  get choices() { return [...this.options.querySelectorAll("[role=option]:not([aria-disabled])")]; }

  mark(index) {
    this.at = index;
    this.choices.forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
    const option = this.choices[index];
    if (option) { this.search.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else this.search.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const isOpen = !this.options.hidden;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && isOpen) {
      event.preventDefault();
      this.mark((this.at + step + this.choices.length) % (this.choices.length || 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (isOpen && this.choices[this.at]) this.choose(this.choices[this.at]);
    } else if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      this.shut();
    }
  }

  shut() {
    this.options.hidden = true;
    this.search.setAttribute("aria-expanded", "false");
    this.search.removeAttribute("aria-activedescendant");
  }

  choose(option) {
    this.add({ ...option.dataset });
    this.search.value = "";
    this.shut();
    this.search.focus();
  }

  add(person) {
    const same = [...this.list.children].some((row) => row.dataset.email && row.dataset.email === person.email && row.dataset.name === person.name);
    if (same || this.list.children.length >= Number(this.words.max)) return;
    this.list.append(this.row(person));
    this.renumber();
    this.tell();
  }

  row(person) {
    const row = document.createElement("li");
    row.className = "person";
    Object.assign(row.dataset, person);
    for (const part of ["contact", "name", "email", "mobile"]) {
      const field = row.appendChild(document.createElement("input"));
      field.type = "hidden";
      field.name = `${this.words.name}-${part}`;
      field.value = person[part] ?? "";
    }
    const rank = row.appendChild(document.createElement("span"));
    rank.className = "person-rank";
    const words = row.appendChild(document.createElement("span"));
    words.className = "person-words";
    words.appendChild(document.createElement("strong")).textContent = person.name;
    const reach = words.appendChild(document.createElement("span"));
    reach.className = "soft small";
    reach.textContent = [person.email, person.mobile].filter(Boolean).join(" · ");
    const tools = row.appendChild(document.createElement("span"));
    tools.className = "person-tools";
    if ("ordered" in this.words) {
      this.tool(tools, this.icons[0], this.words.wordUp, person.name, () => this.shift(row, -1));
      this.tool(tools, this.icons[1], this.words.wordDown, person.name, () => this.shift(row, 1));
      this.makeDraggable(row);
    }
    this.tool(tools, this.icons[2], this.words.wordRemove, person.name, () => { row.remove(); this.renumber(); this.tell(); this.search.focus(); });
    this.addOptions(row, person);
    return row;
  }

  /** The further fields of a person, folded; what differs from the usual is said on the fold. */
  addOptions(row, person) {
    const template = this.root.querySelector("[data-options]");
    if (!template) return;
    row.append(template.content.cloneNode(true));
    const fold = row.querySelector("details");
    const said = row.querySelector("[data-options-said]");
    const fields = [...row.querySelectorAll("[data-part]")];
    fields.forEach((field) => { if (person[field.dataset.part]) field.value = person[field.dataset.part]; });
    const say = () => {
      const unusual = fields.filter((field) => field.type !== "hidden" && field.value !== field.dataset.plain);
      const words = unusual.map((field) => (field.selectedOptions ? field.selectedOptions[0].textContent : field.value));
      said.textContent = words.length ? ` : ${words.join(" · ")}` : "";
    };
    row.addEventListener("change", () => { say(); this.tell(); });
    // A row is dragged by its words; inside the fold one selects text.
    fold.addEventListener("toggle", () => { row.draggable = "ordered" in this.words && !fold.open; });
    say();
  }

  tool(place, icon, word, name, act) {
    const button = place.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "btn btn-quiet btn-icon";
    button.title = word;
    button.append(icon.cloneNode(true));
    button.setAttribute("aria-label", `${word} : ${name}`);
    button.addEventListener("click", act);
  }

  makeDraggable(row) {
    row.draggable = true;
    row.addEventListener("dragstart", (event) => { this.held = row; event.dataTransfer.effectAllowed = "move"; });
    row.addEventListener("dragover", (event) => {
      if (!this.held || this.held === row) return;
      event.preventDefault();
      const box = row.getBoundingClientRect();
      row[event.clientY > box.top + box.height / 2 ? "after" : "before"](this.held);
    });
    row.addEventListener("drop", (event) => event.preventDefault());
    row.addEventListener("dragend", () => { this.held = null; this.renumber(); this.tell(); });
  }

  shift(row, step) {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    other[step < 0 ? "before" : "after"](row);
    focused.focus();
    this.renumber();
    announce(`${row.dataset.name} ${this.words.wordMoved} ${[...this.list.children].indexOf(row) + 1}`);
    this.tell();
  }

  renumber() {
    const rows = [...this.list.children];
    rows.forEach((row, index) => {
      row.querySelector(".person-rank").textContent = "ordered" in this.words ? `${index + 1}.` : "";
      if (!("ordered" in this.words)) return;
      const [up, down] = row.querySelectorAll(".person-tools button");
      up.hidden = index === 0;
      down.hidden = index === rows.length - 1;
    });
  }

  tell() {
    const people = [...this.list.children].map((row) => ({ ...row.dataset }));
    this.root.dispatchEvent(new CustomEvent("pli:people", { detail: { people }, bubbles: true }));
  }
}

whenever("[data-people]", (root) => { root.picker = new Picker(root); });
