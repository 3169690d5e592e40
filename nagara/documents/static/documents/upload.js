// A file is checked before it travels: its size, its ending, its first bytes. Its size and SHA-256 are announced with it, so
// that the server knows whether it arrived whole. A lost connection is tried again; what was typed stays on the page.
// Works on any <input type="file" data-upload>; without this script the form sends as forms do.
(() => {
  "use strict";

  const STARTS = {
    ".pdf": [0x25, 0x50, 0x44, 0x46, 0x2d], ".png": [0x89, 0x50, 0x4e, 0x47], ".jpg": [0xff, 0xd8, 0xff], ".jpeg": [0xff, 0xd8, 0xff],
    ".xlsx": [0x50, 0x4b, 3, 4], ".docx": [0x50, 0x4b, 3, 4], ".zip": [0x50, 0x4b, 3, 4],
  };
  const WAITS = [2, 4, 8, 15, 30, 30, 60, 60];

  const suffix = (name) => (name.match(/\.[^.]+$/) || [""])[0].toLowerCase();
  const size = (bytes) => bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;
  const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  const part = (input, name) => input.closest(".ng-upload").querySelector(name);
  const hidden = (input, what) => input.form.elements.namedItem(`${input.name}-${what}`);

  function say(input, code, values = {}, fault = false) {
    const said = part(input, ".ng-upload__said");
    const words = code ? fill(input.getAttribute(`data-${code}`) || "", values) : "";
    said.textContent = words;
    said.classList.toggle("ng-error", fault);
    input.setCustomValidity(fault ? words : "");
    input.toggleAttribute("aria-invalid", fault);
    if (fault) input.setAttribute("aria-invalid", "true");
  }

  async function startsRight(file) {
    const head = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
    const start = STARTS[suffix(file.name)];
    if (start) return start.every((byte, at) => head[at] === byte);
    const marked = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
    return marked || !head.includes(0);
  }

  async function check(input) {
    const file = input.files[0];
    hidden(input, "digest").value = hidden(input, "size").value = "";
    if (!file) return say(input, "");
    const most = Number(input.dataset.most);
    const taken = input.accept.split(",");
    if (!file.size) return say(input, "empty", {}, true);
    if (file.size > most) return say(input, "too-large", { size: size(file.size), most: size(most) }, true);
    if (!taken.includes(suffix(file.name))) return say(input, "wrong-kind", { suffix: suffix(file.name) || file.name }, true);
    say(input, "checking", { name: file.name });
    try {
      if (!(await startsRight(file))) return say(input, "not-that-kind", { suffix: suffix(file.name) }, true);
      hidden(input, "size").value = String(file.size);
      if (window.crypto && window.crypto.subtle) {  // browsers offer it on https and localhost only
        const digest = await window.crypto.subtle.digest("SHA-256", await file.arrayBuffer());
        if (input.files[0] !== file) return undefined;  // another file was chosen meanwhile
        hidden(input, "digest").value = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      }
    } catch (error) {  // the file was moved or changed after it was chosen
      return say(input, "empty", {}, true);
    }
    return say(input, "ready", { name: file.name, size: size(file.size) });
  }

  function send(form, button, input, tries) {
    const file = input.files[0];
    const bar = part(input, ".ng-upload__bar");
    const request = new XMLHttpRequest();
    const again = () => {
      bar.hidden = true;
      if (tries >= WAITS.length) {
        say(input, "gave-up");
        delete form.dataset.sending;
        return;
      }
      let left = WAITS[tries];
      const now = () => { clearInterval(clock); window.removeEventListener("online", now); send(form, button, input, tries + 1); };
      const clock = setInterval(() => { left -= 1; if (left <= 0) now(); else say(input, "lost", { seconds: left }); }, 1000);
      say(input, "lost", { seconds: left });
      window.addEventListener("online", now);
    };
    request.open("POST", form.action);
    request.setRequestHeader("Nagara-Upload", "1");
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.hidden = false;
      bar.value = Math.round((100 * event.loaded) / event.total);
      say(input, event.loaded < event.total ? "sending" : "sent", { done: size(event.loaded), size: size(event.total) });
    });
    request.addEventListener("error", again);
    request.addEventListener("timeout", again);
    request.addEventListener("load", () => {
      if (request.status === 502 || request.status === 503 || request.status === 504) return again();
      delete form.dataset.sending;
      if ((request.getResponseHeader("Content-Type") || "").startsWith("application/json")) {
        window.location.assign(JSON.parse(request.responseText).location);
        return undefined;
      }
      document.open();
      document.write(request.responseText);
      document.close();
      return undefined;
    });
    bar.hidden = false;
    bar.value = 0;
    say(input, "sending", { done: size(0), size: size(file.size) });
    request.send(new FormData(form, button));
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches && event.target.matches("input[data-upload]")) {
      event.target.checking = check(event.target);
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const inputs = [...form.querySelectorAll("input[data-upload]")].filter((input) => input.files.length);
    if (event.defaultPrevented || !inputs.length || form.method !== "post") return;
    event.preventDefault();
    if (form.dataset.sending) return;  // pressed twice
    form.dataset.sending = "1";
    await Promise.all(inputs.map((input) => input.checking || (input.checking = check(input))));
    if (!inputs.every((input) => input.checkValidity())) {
      delete form.dataset.sending;
      inputs.find((input) => !input.checkValidity()).focus();
      return;
    }
    const button = event.submitter && event.submitter.name ? event.submitter : undefined;
    send(form, button, inputs[0], 0);
  });
})();
