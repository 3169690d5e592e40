// A return saves itself: each cell is sent a moment after typing stops, over the revision that this page knows, one request at a
// time for each cell. Where somebody else saved the cell meanwhile, both answers are shown and the reader chooses; the server keeps
// the second one aside. Without this script the buttons of the form save the whole page.
(() => {
  const form = document.querySelector("form[data-return]");
  if (!form) return;
  const words = form.dataset;
  const token = form.elements.csrfmiddlewaretoken.value;
  const status = form.querySelector("[data-status]");
  const sayAll = (text) => { status.textContent = text; };

  class Cell {
    constructor(node) {
      this.node = node;
      this.key = node.dataset.cell;
      this.base = node.querySelector("[data-base]");
      this.sent = this.text();
      this.timer = 0;
      this.running = false;
      this.clash = null;
      const clash = node.querySelector("[data-clash]");
      if (clash) this.show(clash, Number(this.base.value), null);
    }
    parts() { return [...this.node.querySelectorAll("[data-part]")]; }
    values() { return Object.fromEntries(this.parts().map((part) => [part.dataset.part, part.value])); }
    text() { return JSON.stringify(this.values()); }
    say(text) {
      const line = this.node.querySelector("[data-said]");
      line.hidden = false;
      line.textContent = text;
    }
    later() { clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), 900); }
    async save() {
      clearTimeout(this.timer);
      const content = this.text();
      if (this.running || this.clash || content === this.sent || form.dataset.sending) return;
      this.running = true;
      this.say(words.saving);
      const body = new FormData();
      body.set("csrfmiddlewaretoken", token);
      body.set("cell", this.key);
      body.set(`${this.key}:base`, this.base.value);
      for (const [name, value] of Object.entries(this.values())) body.set(`${this.key}:${name}`, value);
      try {
        const answer = await fetch(words.cellUrl, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" });
        if (answer.type === "opaqueredirect" || answer.status === 403) { this.say(words.gone); sayAll(words.gone); return; }
        const told = await answer.json();
        if (answer.status === 409 && told.clash) { this.clashed(told.clash); return; }
        if (!answer.ok) { this.say([told.title, told.who].filter(Boolean).join(" ")); return; }
        this.base.value = told.revision;
        this.sent = content;
        this.say(`${words.saved} ${told.saved}`);
        sayAll(`${words.saved} ${told.saved}`);
        this.read(told, this.text() === content);
      } catch {
        this.say(words.lost);
        sayAll(words.lost);
        this.timer = setTimeout(() => this.save(), 5000);
      } finally {
        this.running = false;
        if (form.dataset.sending) send(); else if (this.text() !== content) this.later();
      }
    }
    read(told, nothingNew) {
      const typed = this.node.querySelector('[data-part="typed"]');
      if (told.fault) typed.setAttribute("aria-invalid", "true"); else typed.removeAttribute("aria-invalid");
      this.node.querySelector("[data-change]").textContent = told.change;
      const reading = this.node.querySelector("[data-reading]");
      reading.textContent = told.reading && told.reading !== typed.value && typed.tagName === "INPUT" ? `= ${told.reading}` : "";
      const box = this.node.querySelector("[data-findings]");
      if (box.contains(document.activeElement)) return;
      box.innerHTML = told.findings;
      // The answer may bring fields for reasons. What was typed while it was on its way is not sent yet.
      if (nothingNew) this.sent = this.text();
    }
    clashed(clash) {
      const holder = document.createElement("div");
      holder.innerHTML = clash.html;
      const node = holder.firstElementChild;
      this.node.prepend(node);
      this.say("");
      this.show(node, clash.revision, clash.theirs);
    }
    show(node, revision, theirs) {
      this.clash = node;
      for (const plain of node.querySelectorAll("[data-plain]")) plain.remove();
      const settle = (mine) => {
        node.remove();
        this.clash = null;
        this.base.value = revision;
        if (mine) { this.sent = ""; this.save(); return; }
        if (!theirs) { location.reload(); return; }
        for (const part of this.parts()) part.value = theirs[part.dataset.part] ?? "";
        this.sent = this.text();
        this.say(words.saved);
      };
      for (const button of node.querySelectorAll("[data-take]")) {
        button.hidden = false;
        button.addEventListener("click", () => settle(button.dataset.take === "mine"));
      }
    }
  }

  const cells = new Map();
  for (const node of form.querySelectorAll("[data-cell]")) if (node.querySelector("[data-base]")) cells.set(node, new Cell(node));
  const cellOf = (target) => cells.get(target.closest("[data-cell]"));
  form.addEventListener("input", (event) => cellOf(event.target)?.later());
  form.addEventListener("change", (event) => cellOf(event.target)?.save());
  addEventListener("online", () => { for (const cell of cells.values()) cell.save(); });
  addEventListener("beforeunload", (event) => { if ([...cells.values()].some((cell) => cell.running || cell.text() !== cell.sent) && !form.dataset.sending) event.preventDefault(); });
  // A button saves the whole page over the revisions that it knows: it waits for what is on its way, or it would meet itself.
  let pressed = null;
  const send = () => {
    if ([...cells.values()].some((cell) => cell.running)) return;
    form.dataset.sending = "all";
    setTimeout(() => form.requestSubmit(pressed));  // a form ignores this while its first submit event is still on its way
  };
  form.addEventListener("submit", (event) => {
    if (form.dataset.sending === "all") return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "waits";
    pressed = event.submitter;
    send();
  });
  addEventListener("pageshow", () => { delete form.dataset.sending; });
})();
