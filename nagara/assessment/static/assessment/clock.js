// The server's clock, kept going from the instant at which the page was made, and what is left until a deadline.
// Nothing here decides: the server's own clock does when a form arrives.
(() => {
  const fill = (pattern, numbers) => pattern.replace(/%\((\w+)\)s/g, (_all, name) => numbers[name]);
  const thai = document.documentElement.lang === "th";
  for (const node of document.querySelectorAll("[data-clock]")) {
    const started = performance.now();
    const made = Date.parse(node.dataset.now);
    const until = node.dataset.until ? Date.parse(node.dataset.until) : null;
    const left = node.querySelector("[data-left]");
    const server = node.querySelector("[data-server]");
    const face = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: node.dataset.zone });
    const tick = () => {
      const now = made + performance.now() - started;
      const text = face.format(now);
      server.textContent = thai ? `${text.replaceAll(":", ".")} น.` : text;
      if (until === null) return;
      const seconds = Math.floor((until - now) / 1000);
      node.toggleAttribute("data-soon", seconds > 0 && seconds < 86400);
      if (seconds <= 0) {
        left.textContent = node.dataset.over;
        node.setAttribute("data-passed", "");
        return;
      }
      const numbers = { days: Math.floor(seconds / 86400), hours: Math.floor((seconds % 86400) / 3600), minutes: Math.floor((seconds % 3600) / 60), seconds: seconds % 60 };
      left.textContent = fill(seconds >= 86400 ? node.dataset.days : seconds >= 3600 ? node.dataset.hours : node.dataset.minutes, numbers);
    };
    tick();
    setInterval(tick, 1000);
  }
})();
