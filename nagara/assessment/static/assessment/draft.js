// The draft saves itself. Each field is sent a moment after typing stops, over the revision that this page knows; one request at a
// time for each field. While the connection is lost, what was typed waits in this browser and is sent later. Where somebody else
// wrote in the same field meanwhile, both texts are shown and the reader chooses: the server has kept both already.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const words = form.dataset;
  const token = form.elements.csrfmiddlewaretoken.value;
  const status = form.querySelector("[data-status]");
  const store = `nagara:draft:${words.application}`;
  const fields = new Map();

  const kept = () => { try { return JSON.parse(localStorage.getItem(store) || "{}"); } catch { return {}; } };
  const keep = (all) => { try { if (Object.keys(all).length) localStorage.setItem(store, JSON.stringify(all)); else localStorage.removeItem(store); } catch { /* a browser without storage keeps nothing */ } };
  const remember = (key, entry) => { const all = kept(); all[key] = entry; keep(all); };
  const forget = (key) => { const all = kept(); delete all[key]; keep(all); };

  const said = (key) => form.querySelector(`[data-said="${CSS.escape(key)}"]`);
  const say = (key, text, state) => {
    const line = said(key);
    if (!line) return;
    line.hidden = false;
    line.textContent = text;
    if (state) line.dataset.state = state; else delete line.dataset.state;
  };
  const sayAll = (text, state) => { status.textContent = text; if (state) status.dataset.state = state; else delete status.dataset.state; };

  class Field {
    constructor(key, controls) {
      this.key = key;
      this.controls = controls;
      this.base = Number(controls[0].dataset.base);
      this.sent = this.text();
      this.timer = 0;
      this.running = null;
      this.lost = false;
    }
    get many() { return this.controls[0].type === "checkbox"; }
    value() {
      if (this.many) return this.controls.filter((control) => control.checked).map((control) => control.value);
      if (this.controls[0].type === "radio") return this.controls.find((control) => control.checked)?.value ?? "";
      return this.controls[0].value;
    }
    text() { return JSON.stringify(this.value()); }
    put(value) {
      if (this.many) for (const control of this.controls) control.checked = control.disabled || value.includes(control.value);
      else if (this.controls[0].type === "radio") for (const control of this.controls) control.checked = control.value === value;
      else this.controls[0].value = value ?? "";
    }
    know(revision) {
      this.base = revision;
      form.querySelector(`[data-base-of="${CSS.escape(this.key)}"]`).value = revision;
    }
    later() { clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 800); }
    save() {
      clearTimeout(this.timer);
      if (this.running) return this.running;
      if (this.text() === this.sent) this.lost = false;
      else if (!this.clash) this.running = this.send();
      return this.running;
    }
    async send() {
      const content = this.text();
      remember(this.key, { value: this.value(), base: this.base });
      say(this.key, words.saving, "busy");
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token);
      body.set("key", this.key);
      body.set("base", this.base);
      body.set("writer", words.writer);
      for (const value of [this.value()].flat()) body.append("value", value);
      try {
        const answer = await fetch(words.draft, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
        this.lost = answer.type === "opaqueredirect" || answer.status === 403;
        if (this.lost) { say(this.key, words.gone, "lost"); sayAll(words.gone, "lost"); return; }
        const told = await answer.json();
        if (answer.status === 409 && told.clash) { forget(this.key); this.show(told.clash); return; }
        if (!answer.ok) { say(this.key, [told.title, told.who].filter(Boolean).join(" "), "lost"); return; }
        this.know(told.revision);
        this.sent = content;
        forget(this.key);
        say(this.key, `${words.saved} ${told.saved}`);
        sayAll(`${words.saved} ${told.saved}`);
        this.read(told);
      } catch {
        this.lost = true;
        say(this.key, words.lost, "lost");
        sayAll(words.lost, "lost");
        this.timer = setTimeout(() => this.save(), 5000);
      } finally {
        this.running = null;
        if (this.text() !== content) this.later();
      }
    }
    read(told) {
      const line = form.querySelector(`[data-reading="${CSS.escape(this.key)}"]`);
      if (!line) return;
      line.textContent = told.fault || told.reading;
      line.classList.toggle("as-bad", Boolean(told.fault));
      this.controls[0].toggleAttribute("aria-invalid", Boolean(told.fault));
      if (told.fault) this.controls[0].setAttribute("aria-invalid", "true");
    }
    show(clash) {
      this.clash = document.querySelector("[data-clash-template]").content.firstElementChild.cloneNode(true);
      const mine = this.value();
      this.clash.querySelector("[data-by]").textContent = `${clash.by} · ${clash.at}`;
      this.clash.querySelector("[data-theirs]").textContent = [clash.theirs].flat().join(", ");
      this.clash.querySelector("[data-mine]").textContent = [mine].flat().join(", ");
      const settle = (value) => {
        this.clash.remove();
        this.clash = null;
        this.know(clash.revision);
        this.sent = JSON.stringify(clash.theirs);
        this.put(value);
        this.controls[0].focus();
        this.save();
        if (this.text() === this.sent) say(this.key, words.saved);
      };
      this.clash.querySelector("[data-take-theirs]").addEventListener("click", () => settle(clash.theirs));
      this.clash.querySelector("[data-take-mine]").addEventListener("click", () => settle(this.value()));
      const row = this.controls[0].closest(".ng-field");
      row.insertBefore(this.clash, row.querySelector("label, fieldset").nextSibling ?? null);
      say(this.key, "");
    }
  }

  for (const control of form.querySelectorAll("[data-field]")) {
    const key = control.dataset.field;
    if (!fields.has(key)) fields.set(key, []);
    fields.get(key).push(control);
  }
  for (const [key, controls] of fields) fields.set(key, controls.every((control) => control.matches("fieldset[disabled] *")) ? null : new Field(key, controls));
  for (const [key, field] of fields) if (!field) fields.delete(key);

  // What a lost connection or a closed window left behind, on this page or on another one of the same form. The server keeps a text
  // that comes second beside the first.
  const send = async (key, entry) => {
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token);
    body.set("key", key);
    body.set("base", entry.base);
    for (const value of [entry.value].flat()) body.append("value", value);
    try {
      const answer = await fetch(words.draft, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
      if (answer.ok || (answer.status === 409 && (await answer.json()).clash)) forget(key);
    } catch { /* it stays here and is tried on the next page */ }
  };
  for (const [key, entry] of Object.entries(kept())) {
    const field = fields.get(key);
    if (!field) { send(key, entry); continue; }
    if (JSON.stringify(entry.value) === field.sent) { forget(key); continue; }
    field.put(entry.value);
    field.base = entry.base;
    field.save();
  }

  form.addEventListener("input", (event) => fields.get(event.target.dataset.field)?.later());
  form.addEventListener("change", (event) => fields.get(event.target.dataset.field)?.save());
  addEventListener("online", () => { for (const field of fields.values()) field.save(); });

  // A button leads on only once the server has everything: over a lost connection the page would be gone, and what stands on it.
  form.addEventListener("submit", async (event) => {
    if ("leaving" in words) return;
    event.preventDefault();
    for (const field of fields.values()) { await field.running; await field.save(); }
    if ([...fields.values()].some((field) => field.lost)) { status.scrollIntoView({ block: "nearest" }); return; }
    words.leaving = "";
    for (const key of fields.keys()) forget(key);
    setTimeout(() => form.requestSubmit(event.submitter));  // a form ignores this while its first submit event is still on its way
  });
  addEventListener("pageshow", () => { delete words.leaving; });

  // Who else is here, and what they changed.
  const others = document.querySelector("[data-others]");
  let focus = "";
  const sign = async () => {
    if (document.hidden) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token);
    body.set("field", focus);
    for (const field of fields.values()) body.append("known", `${field.key}=${field.base}`);
    try {
      const answer = await fetch(words.here, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
      if (!answer.ok) return;
      const told = await answer.json();
      others.replaceChildren(...told.others.map((other) => {
        const line = document.createElement("p");
        const name = document.createElement("b");
        name.textContent = other.name;
        line.append(name, ` ${words.isHere}${other.label ? `: ${other.label}` : ""}`);
        return line;
      }));
      for (const field of fields.values()) for (const control of field.controls) control.classList.toggle("as-elsewhere", told.others.some((other) => other.field === field.key));
      for (const change of told.changed) {
        const field = fields.get(change.key);
        // A field that is being written in is left alone: saving it will show both texts.
        if (!field || field.running || field.clash || focus === field.key || field.text() !== field.sent) continue;
        field.put(change.value);
        field.know(change.revision);
        field.sent = field.text();
        field.read(change);
        say(field.key, `${words.changed} ${change.by} · ${change.at}`);
      }
    } catch { /* the next sign of life tries again */ }
  };
  form.addEventListener("focusin", (event) => { const key = event.target.dataset.field || ""; if (key !== focus) { focus = key; sign(); } });
  form.addEventListener("focusout", () => { focus = ""; });
  setInterval(sign, 10000);
  sign();
})();
