// Renews the projector's page every few seconds, without a flicker.
(() => {
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("screen");
      const screen = document.getElementById("screen");
      if (fresh && fresh.innerHTML !== screen.innerHTML) screen.innerHTML = fresh.innerHTML;
    } catch {
      // The line is gone: the page stays as it is and tries again.
    }
  };
  setInterval(renew, 4000);
})();
