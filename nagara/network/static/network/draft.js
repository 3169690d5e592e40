// The draft saves itself, field by field, a moment after typing stops, over the revision that this page knows. What another wrote
// meanwhile is never overwritten: the page says so, and saving it shows both texts.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const words = form.dataset;
  const token = form.elements.csrfmiddlewaretoken.value;
  for (const area of form.querySelectorAll("textarea[data-field]")) {
    const base = form.elements[`base:${area.name}`];
    const said = area.closest(".ng-field").querySelector("[data-said]");
    let sent = area.value, timer = 0, running = false;
    const say = (text, lost) => { said.hidden = false; said.textContent = text; said.classList.toggle("nw-said-lost", Boolean(lost)); };
    const save = async () => {
      clearTimeout(timer);
      if (running || area.value === sent) return;
      running = true;
      const value = area.value;
      say(words.saving);
      const body = new URLSearchParams({ csrfmiddlewaretoken: token, code: area.name, value, base: base.value });
      try {
        const answer = await fetch(words.draft, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
        if (answer.status === 409) { say(words.clash, true); running = false; return; }
        if (!answer.ok) { say(words.lost, true); running = false; return; }
        const told = await answer.json();
        base.value = told.revision;
        sent = value;
        say(`${words.saved} ${told.saved}`);
      } catch { say(words.lost, true); }
      running = false;
      if (area.value !== sent) timer = setTimeout(save, 800);
    };
    area.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 800); });
    area.addEventListener("blur", save);
  }
})();
