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
    this.start.hidden = true;
    this.isMade = false;
    this.isPlaced = false;
    this.next.addEventListener("click", (event) => this.go(event));
    document.addEventListener("pli:signature-ready", () => this.made());
    form.addEventListener("pli:mark-placed", () => this.placed(true));
    form.addEventListener("pli:mark-removed", () => this.placed(false));
    form.addEventListener("submit", (event) => this.send(event));
    this.show();
  }

  go(event) {
    if (!this.isMade) document.getElementById("signature").showModal();
    else if (!this.isPlaced) this.putHere();
    else document.getElementById("finish-dialog").showModal();
    event.preventDefault();
  }

  made() {
    this.isMade = true;
    // A tap on a page now puts the mark; the button puts it without a pointer.
    if (!this.isPlaced) this.start.dispatchEvent(new MouseEvent("click", { detail: 1 }));
    this.show();
    this.next.focus();
  }

  putHere() { this.start.dispatchEvent(new MouseEvent("click", { detail: 0 })); }

  placed(isPlaced) {
    this.isPlaced = isPlaced;
    this.show();
  }

  show() {
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
