// The score sheet: saves as it is filled in, by the keyboard alone where wanted. What cannot be sent is kept in this browser.
(() => {
  const form = document.querySelector("form[data-score]");
  if (!form) return;
  const status = form.querySelector("[data-status]");
  const open = !("shut" in form.dataset);
  const reason = form.elements.reason;
  const note = form.elements.note;
  const radios = [...form.querySelectorAll("input[name=value]")];
  const say = (words, state) => { status.textContent = words; if (state) status.dataset.state = state; else delete status.dataset.state; };
  const now = () => ({ value: radios.find((radio) => radio.checked)?.value ?? "", reason: reason.value, note: note ? note.value : "" });
  let sent = JSON.stringify(now());
  let timer = 0;
  let running = null;
  let lost = false;

  const keep = (content) => { try { localStorage.setItem(form.dataset.key, content); } catch { /* a browser without storage keeps nothing */ } };
  const forget = () => { try { localStorage.removeItem(form.dataset.key); } catch { /* as above */ } };

  const save = () => {
    clearTimeout(timer);
    const content = JSON.stringify(now());
    if (running) return running;
    if (content === sent) lost = false;
    if (!open || content === sent) return null;
    // A change after handing in needs its note: until that is written, nothing is sent.
    if (note && !note.value.trim()) { keep(content); return null; }
    return (running = send(content));
  };
  const send = async (content) => {
    keep(content);
    say(form.dataset.saving, "busy");
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, redirect: "manual" });
      lost = answer.type === "opaqueredirect" || answer.status === 403;
      if (lost) { say(form.dataset.gone, "lost"); return; }
      const told = await answer.json();
      if (!answer.ok) { say(told.title, "lost"); return; }
      sent = content;
      forget();
      say(`${form.dataset.saved} ${told.saved}`);
      const done = form.querySelector("[data-done]");
      done.textContent = told.done;
      form.querySelector("[data-progress]").value = told.done;
      const jump = document.querySelector("[data-jump-value]");
      if (jump && told.value !== null) jump.textContent = told.value;
    } catch {
      lost = true;
      say(form.dataset.lost, "lost");
      timer = setTimeout(save, 5000);
    } finally {
      running = null;
      if (JSON.stringify(now()) !== content) later();
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(save, 900); };

  if (open) {
    try {
      const kept = JSON.parse(localStorage.getItem(form.dataset.key) || "null");
      if (kept && JSON.stringify(kept) !== sent) {
        for (const radio of radios) radio.checked = radio.value === kept.value;
        reason.value = kept.reason;
        if (note) note.value = kept.note;
        later();
      }
    } catch { /* nothing was kept */ }
    form.addEventListener("input", later);
    form.addEventListener("change", save);
    addEventListener("online", save);
    // The button leads on only once the server has the score: over a lost connection the page would be gone.
    form.addEventListener("submit", async (event) => {
      if ("leaving" in form.dataset) return;
      event.preventDefault();
      await running;
      await save();
      if (lost) { status.scrollIntoView({ block: "nearest" }); return; }
      form.dataset.leaving = "";
      forget();
      setTimeout(() => form.requestSubmit(event.submitter));  // a form ignores this while its first submit event is still on its way
    });
    addEventListener("pageshow", () => { delete form.dataset.leaving; });
  }

  const follow = (selector) => { const link = document.querySelector(selector); if (link) { save(); link.click(); } };
  const documents = [...document.querySelectorAll("[data-doc]")];
  const show = (link) => {
    for (const other of documents) { other.removeAttribute("aria-current"); other.closest("li").classList.remove("on"); }
    link.setAttribute("aria-current", "true");
    link.closest("li").classList.add("on");
    const frame = document.querySelector(".as-doc iframe");
    if (!link.dataset.doc) return;
    frame.hidden = false;
    document.querySelector(".as-doc .as-empty")?.remove();
    // A page of the same document: the frame has to be told twice, since only what follows # differs.
    frame.src = "about:blank";
    frame.src = link.href;
    frame.title = link.dataset.title;
    document.querySelector("[data-doc-title]").textContent = link.dataset.title;
    document.querySelector(".as-doc").dataset.kind = link.dataset.doc;
    for (const full of document.querySelectorAll("[data-doc-full]")) full.href = link.href;
    const save = document.querySelector("[data-doc-save]");
    if (save) save.href = `${link.href.split("#")[0]}?save=1`;
  };
  for (const link of documents) {
    link.addEventListener("click", (event) => {
      if (!link.dataset.doc || event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      show(link);
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const writing = event.target.closest("textarea, input:not([type=radio]), select");
    if (event.key === "Escape" && writing) { writing.blur(); return; }
    if (writing) return;
    const key = event.key.toLowerCase();
    const radio = radios.find((other) => other.value === event.key);
    if (radio && open) { event.preventDefault(); radio.checked = true; radio.focus(); save(); }
    else if (key === "n") follow("[data-after]");
    else if (key === "p") follow("[data-before]");
    else if (key === "r") { event.preventDefault(); reason.focus(); }
    else if (key === "d" && documents.length) {
      const here = documents.findIndex((link) => link.getAttribute("aria-current") === "true");
      const next = documents[(here + 1) % documents.length];
      next.focus();
      show(next);
    }
  });
})();
