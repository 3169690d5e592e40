// The index and its map point at each other: a name in the index lights its place, a place on the map opens what its name opens.
document.querySelectorAll("[data-map]").forEach((index) => {
  const map = document.querySelector(index.dataset.map);
  if (!map) return;
  const place = (code) => map.querySelector(`path[data-code="${code}"]`);
  index.querySelectorAll("[data-code]").forEach((name) => {
    const shape = place(name.dataset.code);
    if (!shape) return;
    const light = (on) => { shape.classList.toggle("lit", on); name.classList.toggle("lit", on); };
    for (const [come, go] of [["mouseenter", "mouseleave"], ["focus", "blur"]]) {
      name.addEventListener(come, () => light(true));
      name.addEventListener(go, () => light(false));
    }
    shape.addEventListener("mouseenter", () => light(true));
    shape.addEventListener("mouseleave", () => light(false));
    if (name.href) {
      shape.classList.add("open");
      shape.addEventListener("click", () => { location.href = name.href; });
    }
  });
});
