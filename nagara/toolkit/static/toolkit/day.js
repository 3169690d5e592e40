// Shows how a typed day is read, in the calendar of the page and as an ISO day, before it is sent: 9/11/2565 and 9 Nov 2022 are
// the same day. The server reads it again by the same rules (toolkit/days.py) and has the last word; what cannot be read shows nothing.
(() => {
  "use strict";
  const lang = (document.documentElement.lang || "th").split("-")[0];
  const plain = (text) => text.toLowerCase().replace(/\./g, "").trim();
  const months = new Map();
  for (const code of ["th", "en"]) {
    for (const month of ["long", "short"]) {
      const names = new Intl.DateTimeFormat(`${code}-u-ca-gregory`, { month, timeZone: "UTC" });
      for (let number = 1; number <= 12; number += 1) months.set(plain(names.format(Date.UTC(2023, number - 1, 15))), number);
    }
  }
  const wide = new Intl.DateTimeFormat(`${lang}-u-ca-gregory`, { month: "long", timeZone: "UTC" });

  function read(text) {
    const clean = text.replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit)).trim().toLowerCase();
    let parts = clean.match(/^(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})$/);
    let year; let month; let day;
    if (parts) {
      [year, month, day] = parts[1].length === 4 ? [parts[1], parts[2], parts[3]] : [parts[3], parts[2], parts[1]];
    } else {
      parts = clean.match(/^(?:วันที่\s*)?(\d{1,2})\s*([^\d\s][^\d]*?)\s*(?:พ\.?ศ\.?|ค\.?ศ\.?|be|ce|ad)?\s*(\d{4})$/);
      if (!parts) return null;
      [day, month, year] = [parts[1], months.get(plain(parts[2])), parts[3]];
    }
    if (!month || String(year).length !== 4) return null;
    const common = Number(year) >= 2400 ? Number(year) - 543 : Number(year);
    const found = new Date(Date.UTC(common, Number(month) - 1, Number(day)));
    return found.getUTCMonth() === Number(month) - 1 && found.getUTCDate() === Number(day) ? found : null;
  }

  function say(input) {
    let said = input.parentElement.querySelector(".ng-read");
    const found = read(input.value);
    if (!said) {
      if (!found) return;
      said = document.createElement("span");
      said.className = "ng-read ng-small";
      said.setAttribute("role", "status");
      input.after(said);
    }
    const year = found && found.getUTCFullYear() + (lang === "th" ? 543 : 0);
    said.textContent = found ? `= ${found.getUTCDate()} ${wide.format(found)} ${year} · ${found.toISOString().slice(0, 10)}` : "";
  }
  document.addEventListener("input", (event) => {
    if (event.target.matches && event.target.matches("input[data-day]")) say(event.target);
  });
})();
