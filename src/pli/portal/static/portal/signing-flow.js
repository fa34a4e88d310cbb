// data-signing-flow: the one next step of the signing page. Reading → signature made → mark placed → confirmed.
// The button [data-flow-next] always does the next thing; [data-flow-hint] says it; [data-flow-secondary] appears once
// there is a signature to change.
import { announce, whenever } from "../pli/js/start.js";

class Flow {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.next = document.querySelector("[data-flow-next]");
    this.hint = document.querySelector("[data-flow-hint]");
    this.secondary = document.querySelector("[data-flow-secondary]");
    this.start = form.querySelector("[data-place-start]");
    if (this.start) this.start.hidden = true;
    // An approver has no mark; a mark whose place the sender chose is placed already.
    this.isApproval = "isApproval" in form.dataset;
    this.isMade = this.isApproval;
    this.isPlaced = this.isApproval || "isPlaced" in form.dataset;
    document.querySelectorAll("[data-phrase]").forEach((field) => field.addEventListener("input", () => this.compare(field)));
    this.next.addEventListener("click", (event) => this.go(event));
    document.addEventListener("pli:signature-ready", () => this.made());
    form.addEventListener("pli:mark-placed", () => this.placed(true));
    form.addEventListener("pli:mark-removed", () => this.placed(false));
    form.addEventListener("submit", (event) => this.send(event));
    this.show();
  }

  go(event) {
    if (this.isMade && this.isPlaced && !this.isFilled()) { event.preventDefault(); return; }
    if (!this.isMade) document.getElementById("signature").showModal();
    else if (!this.isPlaced) this.putHere();
    else document.getElementById("finish-dialog").showModal();
    event.preventDefault();
  }

  made() {
    this.isMade = true;
    // A tap on a page now puts the mark; the button puts it without a pointer.
    if (!this.isPlaced) this.start?.dispatchEvent(new MouseEvent("click", { detail: 1 }));
    this.show();
    this.next.focus();
  }

  putHere() { this.start.dispatchEvent(new MouseEvent("click", { detail: 0 })); }

  placed(isPlaced) {
    this.isPlaced = isPlaced;
    this.show();
  }

  compare(field) {
    const tidy = (text) => text.trim().split(/\s+/u).join(" ");
    field.setCustomValidity(tidy(field.value) === tidy(field.dataset.phrase) ? "" : field.dataset.wordPhrase);
  }

  /** What is to be filled in or joined is: otherwise the first thing missing is shown. */
  isFilled() {
    document.querySelectorAll("[data-phrase]").forEach((field) => field.value && this.compare(field));
    const missing = [...document.querySelectorAll("[data-missing-file]"), ...document.querySelectorAll("[data-fill]")]
      .find((field) => "missingFile" in field.dataset || !field.checkValidity());
    if (!missing) return true;
    this.hint.textContent = this.words.wordHintFill;
    announce(this.words.wordHintFill);
    missing.scrollIntoView({ block: "center" });
    missing.focus();
    missing.reportValidity();
    return false;
  }

  show() {
    if (this.isApproval) { this.hint.textContent = this.words.wordHintApprove; return; }
    const [word, hint] = !this.isMade
      ? [this.words.wordSign, this.words.wordHintRead]
      : !this.isPlaced
        ? [this.words.wordPlace, this.words.wordHintPlace]
        : [this.words.wordFinish, this.words.wordHintMove];
    this.next.querySelector("span")?.replaceChildren(word);
    if (!this.next.querySelector("span")) this.next.textContent = word;
    this.hint.textContent = hint;
    if (this.secondary) this.secondary.hidden = !this.isMade;
  }

  /** One answer: a second tap while the first is on its way does nothing. */
  send(event) {
    if (this.isSent) { event.preventDefault(); return; }
    this.isSent = true;
    announce(this.words.wordFinish);
  }
}

whenever("[data-signing-flow]", (form) => new Flow(form));
