// data-photos: photographs are gathered, put in order, taken out, and sent as one document. Without a script the form
// sends what its input holds.
import { announce, csrfToken, whenever } from "./start.js";

whenever("[data-photos]", (form) => {
  const list = form.querySelector("[data-photo-pages]");
  const said = form.querySelector("[data-photo-said]");
  const most = Number(form.dataset.most);
  const words = form.dataset;
  let pages = [];

  const say = (text) => { said.textContent = text; said.hidden = !text; };

  const button = (word, number, act, isOff) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-small";
    made.textContent = word;
    made.disabled = isOff;
    made.setAttribute("aria-label", `${word} : ${words.wordPage} ${number}`);
    made.addEventListener("click", act);
    return made;
  };

  const move = (from, to, focused) => {
    const [page] = pages.splice(from, 1);
    if (to !== null) pages.splice(to, 0, page); else URL.revokeObjectURL(page.address);
    draw();
    announce(to === null ? words.wordRemove : `${words.wordPage} ${to + 1}`);
    const tools = list.children[Math.min(to ?? from, pages.length - 1)]?.querySelectorAll("button");
    ([...(tools ?? [])].find((one) => one.textContent === focused && !one.disabled) ?? tools?.[tools.length - 1])?.focus();
  };

  function draw() {
    list.replaceChildren(...pages.map((page, index) => {
      const row = document.createElement("li");
      row.className = "photo-page";
      const image = row.appendChild(document.createElement("img"));
      image.src = page.address;
      image.alt = `${words.wordPage} ${index + 1} : ${page.file.name}`;
      const tools = row.appendChild(document.createElement("div"));
      tools.className = "photo-tools";
      tools.append(
        button(words.wordUp, index + 1, () => move(index, index - 1, words.wordUp), index === 0),
        button(words.wordDown, index + 1, () => move(index, index + 1, words.wordDown), index === pages.length - 1),
        button(words.wordRemove, index + 1, () => move(index, null, words.wordRemove), false),
      );
      return row;
    }));
  }

  for (const input of form.querySelectorAll("[data-photo-input]")) {
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      say(pages.length + chosen.length > most ? words.wordMost : "");
      for (const file of chosen.slice(0, most - pages.length)) pages.push({ file, address: URL.createObjectURL(file) });
      // So that the same photograph can be chosen again, and the input sends nothing by itself.
      input.value = "";
      draw();
      list.lastElementChild?.scrollIntoView({ block: "nearest" });
    });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const data = new FormData(form);
    data.delete("photos");
    for (const page of pages) data.append("photos", page.file, page.file.name);
    const send = form.querySelector("[type=submit], .form-actions button");
    send.disabled = true;
    say("");
    announce(words.wordSending);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: data, headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      });
      const told = await answer.json();
      if (answer.ok) { location.assign(told.next); return; }
      say(told.detail);
    } catch {
      say(words.wordNetwork);
    }
    send.disabled = false;
  });
});
