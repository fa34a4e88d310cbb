// data-request: says in one sentence what will happen, as it is filled in; adds the client's contacts with one tap.
import { whenever } from "./start.js";

whenever("[data-request]", (form) => {
  const words = form.dataset;
  const summary = form.querySelector("[data-summary]");
  const values = (name) => new FormData(form).getAll(name).filter(Boolean);
  const say = () => {
    const everybody = values("people-name");
    const roles = new FormData(form).getAll("people-role");
    const of = (role) => everybody.filter((_, index) => (roles[index] ?? "SIGNER") === role);
    const names = of("SIGNER");
    if (!names.length) { summary.textContent = words.wordNobody; return; }
    const isTogether = form.elements.order.value === "together";
    const glue = isTogether ? ", " : words.wordThen;
    const people = isTogether && names.length > 1 ? `${names.slice(0, -1).join(", ")}${words.wordAnd}${names.at(-1)}` : names.join(glue);
    const papers = [...form.querySelectorAll("[data-paper]")].map((paper) => `« ${paper.dataset.paper} »`).join(", ");
    const day = form.elements.deadline.valueAsDate;
    const deadline = day ? new Intl.DateTimeFormat(document.documentElement.lang, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(day) : "…";
    const channel = { SMS: words.wordSms, BOTH: words.wordBoth }[form.elements.code_channel.value] ?? words.wordEmail;
    const sentence = names.length > 1 ? words.wordMany : words.wordOne;
    const besides = [["APPROVER", words.wordApprove], ["COPY", words.wordCopy]]
      .filter(([role]) => of(role).length)
      .map(([role, word]) => ` ${word.replace("{people}", of(role).join(", "))}`).join("");
    summary.textContent = sentence.replace("{people}", people).replace("{papers}", papers).replace("{deadline}", deadline).replace("{channel}", channel) + besides;
  };
  form.addEventListener("input", say);
  form.addEventListener("change", say);
  form.addEventListener("pli:people", say);
  form.querySelectorAll("[data-add-person]").forEach((button) => {
    button.addEventListener("click", () => {
      const { contact, name, email, mobile } = button.dataset;
      form.querySelector("[data-people]").picker?.add({ contact, name, email, mobile });
      say();
    });
  });
  new MutationObserver(say).observe(form.querySelector("[data-people] [data-list]"), { childList: true });
  say();
});
