// Keeps the draft of a resolution as it is typed. Without this file the button “Save the draft” does the same. What cannot be sent is
// kept in this browser.
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const saved = form.querySelector("[data-saved]");
  const conflict = form.querySelector("[data-conflict]");
  const effects = form.querySelector("[data-effects]");
  const words = { th: form.querySelector("textarea[lang=th]"), en: form.querySelector("textarea[lang=en]") };
  let timer = 0;
  let running = null;
  let lost = false;

  const now = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
  const text = () => JSON.stringify({ ...now(), revision: "" });
  let sent = text();
  const keep = () => { try { localStorage.setItem(form.dataset.keep, JSON.stringify(now())); } catch { /* a browser without storage keeps nothing */ } };
  const forget = () => { try { localStorage.removeItem(form.dataset.keep); } catch { /* as above */ } };

  // Standard words follow the verb as long as nobody has written their own.
  const standard = (box, lang) => box && (box.dataset[lang] || "");
  const untouched = (lang) => {
    const typed = words[lang].value.trim();
    return !typed || [...form.querySelectorAll("input[name=verb]")].some((box) => standard(box, lang) === typed);
  };

  const save = () => {
    clearTimeout(timer);
    if (running) return running.then(save);
    if (text() === sent) { lost = false; return null; }
    return (running = send());
  };
  const send = async () => {
    const content = text();
    keep();
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "error" });
      const body = await answer.json();
      lost = false;
      sent = content;
      forget();
      delete saved.dataset.state;
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
      lost = true;
      saved.textContent = form.dataset.lost;
      saved.dataset.state = "lost";
      saved.hidden = false;
      timer = setTimeout(save, 5000);
    } finally {
      running = null;
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
  addEventListener("online", save);

  // A button leads on only once the server has the words: over a lost connection the page would be gone.
  form.addEventListener("submit", async (event) => {
    if ("leaving" in form.dataset) return;
    event.preventDefault();
    await save();
    if (lost) { saved.scrollIntoView({ block: "nearest" }); return; }
    form.dataset.leaving = "";
    setTimeout(() => form.requestSubmit(event.submitter));  // a form ignores this while its first submit event is still on its way
  });
  addEventListener("pageshow", () => { delete form.dataset.leaving; });

  try {
    const kept = JSON.parse(localStorage.getItem(form.dataset.keep) || "null");
    if (kept) {
      for (const control of form.querySelectorAll("[name]")) {
        if (control.name === "csrfmiddlewaretoken" || !(control.name in kept)) continue;
        if (control.type === "radio" || control.type === "checkbox") control.checked = control.value === kept[control.name];
        else control.value = kept[control.name];
      }
      if (text() === sent) forget(); else save();
    }
  } catch { /* nothing was kept */ }
})();
