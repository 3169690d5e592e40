// Keeps the draft of a resolution as it is typed. Without this file the button “Save the draft” does the same.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const saved = form.querySelector("[data-saved]");
  const conflict = form.querySelector("[data-conflict]");
  const effects = form.querySelector("[data-effects]");
  const words = { th: form.querySelector("textarea[lang=th]"), en: form.querySelector("textarea[lang=en]") };
  let timer = 0;
  let sending = false;
  let again = false;

  // Standard words follow the verb as long as nobody has written their own.
  const standard = (box, lang) => box && (box.dataset[lang] || "");
  const untouched = (lang) => {
    const typed = words[lang].value.trim();
    return !typed || [...form.querySelectorAll("input[name=verb]")].some((box) => standard(box, lang) === typed);
  };

  const save = async () => {
    clearTimeout(timer);
    if (sending) { again = true; return; }
    sending = true;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" });
      const body = await answer.json();
      if (answer.ok) {
        form.elements.revision.value = body.revision;
        saved.textContent = body.saved;
        saved.hidden = false;
        conflict.hidden = true;
        effects.innerHTML = body.effects;
      } else if (answer.status === 409 && body.newer) {
        conflict.querySelector("strong").textContent = body.message;
        conflict.querySelector("p").textContent = body.newer[document.documentElement.lang] || body.newer.th || "";
        conflict.querySelector("a").href = location.href;
        conflict.hidden = false;
      } else if (body.title) {
        conflict.querySelector("strong").textContent = body.title;
        conflict.querySelector("p").textContent = body.next_step || "";
        conflict.hidden = false;
      }
    } catch {
      // The line is gone: what was typed stays in the form, and the next change tries again.
      timer = setTimeout(save, 5000);
    } finally {
      sending = false;
      if (again) { again = false; save(); }
    }
  };

  form.addEventListener("input", (event) => {
    if (event.target.name === "verb") {
      for (const lang of ["th", "en"]) if (untouched(lang)) words[lang].value = standard(event.target, lang);
      save();
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(save, 900);
  });
})();
