// One more row in a list of rows: the template of an empty row, numbered on. Without this script a page is saved to get one more.
for (const list of document.querySelectorAll("[data-rows]")) {
  const prefix = list.dataset.rows;
  const total = list.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const empty = list.querySelector("template[data-empty]");
  const button = list.querySelector("[data-add]");
  if (!total || !empty || !button) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = Number(total.value);
    const holder = document.createElement("div");
    holder.innerHTML = empty.innerHTML.replaceAll("__prefix__", String(number));
    const row = holder.firstElementChild;
    for (const place of row.querySelectorAll("[data-number]")) place.textContent = String(number + 1);
    empty.before(row);
    total.value = String(number + 1);
    row.querySelector("input:not([type=hidden]),select,textarea")?.focus();
  });
}
