// Drawing the boundary of an area over the outline of its province. The list of coordinates is the truth: the map reads it
// and writes it, the server examines it. Mouse, touch and keyboard do the same things.
(() => {
  "use strict";
  const form = document.querySelector("[data-outline-editor]");
  if (!form) return;

  const ground = JSON.parse(document.getElementById("ground").textContent);
  const svg = form.querySelector(".pl-map");
  const list = form.querySelector("textarea");
  const said = form.querySelector(".pl-said");
  const scale = form.querySelector(".pl-scale");
  const NS = "http://www.w3.org/2000/svg";
  const DIGITS = 6;
  const MOST_HANDLES = 300;
  const MOST_CHECKED = 1200;

  // The state: rings of points, which ring and point is chosen, what can be undone.
  let parts = [];
  let at = { part: 0, ring: 0, point: -1 };
  let begin = "";  // "part" or "hole": what the next point begins
  let past = [];
  let view = null;  // centre in Mercator degrees, and pixels for one degree
  let cursor = null;  // the cross-hair, while the keyboard moves it
  let marks = ground.faults || [];

  // ── words ──
  const words = (name, values = {}) => (form.getAttribute(`data-words-${name}`) || "").replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole));
  const placeWords = ([lon, lat]) => words("place", { lon: lon.toFixed(5), lat: lat.toFixed(5) });
  const say = (text) => { said.textContent = text; };

  // ── the list of coordinates ──
  const thai = (text) => text.replace(/[๐-๙]/g, (digit) => "๐๑๒๓๔๕๖๗๘๙".indexOf(digit));
  const geojson = (text) => {
    const found = [];
    const walk = (thing) => {
      if (!thing) return;
      if (thing.type === "FeatureCollection") thing.features.forEach(walk);
      else if (thing.type === "Feature") walk(thing.geometry);
      else if (thing.type === "GeometryCollection") thing.geometries.forEach(walk);
      else if (thing.type === "Polygon") found.push(thing.coordinates);
      else if (thing.type === "MultiPolygon") found.push(...thing.coordinates);
    };
    try { walk(JSON.parse(text)); } catch (error) { return null; }
    return found.map((part) => part.map((ring) => open(ring.map(([x, y]) => [x, y]))));
  };
  const open = (ring) => (ring.length > 1 && ring[0][0] === ring[ring.length - 1][0] && ring[0][1] === ring[ring.length - 1][1] ? ring.slice(0, -1) : ring);

  function read(text) {
    if (text.trimStart().startsWith("{")) return geojson(text);
    const found = [];
    let fresh = true;
    for (const line of thai(text).split(/\r?\n/)) {
      const clean = line.split("#")[0].trim();
      if (!clean) { if (!line.trim()) fresh = true; continue; }
      if (clean === "-") { if (!found.length) return null; found[found.length - 1].push([]); fresh = false; continue; }
      const numbers = clean.replace(/°/g, " ").split(/[\s,;]+/).filter(Boolean).map(Number);
      if (numbers.length < 2 || numbers.some(Number.isNaN)) return null;
      if (fresh) { found.push([[]]); fresh = false; }
      const rings = found[found.length - 1];
      rings[rings.length - 1].push([numbers[0], numbers[1]]);
    }
    return found;
  }
  const write = () => parts.map((part) => part.map((ring) => ring.map(([x, y]) => `${x.toFixed(DIGITS)}, ${y.toFixed(DIGITS)}`).join("\n")).join("\n-\n")).join("\n\n");

  // ── the projection: Mercator, so that angles are true ──
  const up = (lat) => (Math.log(Math.tan(Math.PI / 4 + (Math.max(-85, Math.min(85, lat)) * Math.PI) / 360)) * 180) / Math.PI;
  const down = (y) => (Math.atan(Math.sinh((y * Math.PI) / 180)) * 180) / Math.PI;
  const width = () => svg.clientWidth || 800;
  const height = () => svg.clientHeight || 600;
  const toScreen = ([lon, lat]) => [(lon - view.x) * view.k + width() / 2, (view.y - up(lat)) * view.k + height() / 2];
  const toEarth = ([x, y]) => [(x - width() / 2) / view.k + view.x, down(view.y - (y - height() / 2) / view.k)];

  function fit(bounds, margin) {
    const [west, south, east, north] = bounds;
    const wide = Math.max(east - west, 1e-5);
    const tall = Math.max(up(north) - up(south), 1e-5);
    view = { x: (west + east) / 2, y: (up(south) + up(north)) / 2, k: Math.min(width() / wide, height() / tall) / (1 + 2 * margin) };
  }
  const all = () => parts.flat(2);
  function bounds(points) {
    const xs = points.map((p) => p[0]);
    const ys = points.map((p) => p[1]);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
  const sane = (points) => points.filter(([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 85);
  function fitOutline() {
    const points = sane(all());
    if (points.length) fit(bounds(points), 0.25); else fit(ground.bounds, 0.06);
  }
  function zoom(factor, centre) {
    const keep = centre || [width() / 2, height() / 2];
    const before = toEarth(keep);
    view.k = Math.max(8, Math.min(4e6, view.k * factor));
    const after = toEarth(keep);
    view.x += before[0] - after[0];
    view.y += up(before[1]) - up(after[1]);
  }

  // ── what is drawn ──
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(NS, name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    parent.append(node);
    return node;
  };
  const rings = (geometry) => (!geometry ? [] : geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat(1));
  const path = (ringList, closed = true) => ringList.filter((ring) => ring.length).map((ring) => `M${ring.map((p) => toScreen(p).map((n) => n.toFixed(1)).join(" ")).join("L")}${closed ? "Z" : ""}`).join("");

  svg.replaceChildren();
  svg.removeAttribute("viewBox");
  svg.setAttribute("role", "application");
  svg.setAttribute("aria-label", words("map"));
  svg.setAttribute("tabindex", "0");
  const layer = {
    around: make("path", { class: "p pl-around" }, svg), province: make("path", { class: "p" }, svg),
    lines: make("g", { class: "pl-graticule" }, svg), others: make("path", { class: "pl-other", "fill-rule": "evenodd" }, svg),
    present: make("path", { class: "pl-present", "fill-rule": "evenodd" }, svg), shape: make("path", { class: "pl-shape", "fill-rule": "evenodd" }, svg),
    faults: make("g", {}, svg), middles: make("g", {}, svg), handles: make("g", {}, svg), cross: make("path", { class: "pl-cross", visibility: "hidden" }, svg),
  };
  form.querySelectorAll(".pl-tools, .pl-zoom, .pl-scale").forEach((node) => { node.hidden = false; });

  function graticule() {
    layer.lines.replaceChildren();
    const step = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001].find((size) => size * view.k < 150) || 0.0001;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    const [west, north] = toEarth([0, 0]);
    const [east, south] = toEarth([width(), height()]);
    for (let lon = Math.ceil(west / step) * step; lon < east; lon += step) {
      const [x] = toScreen([lon, north]);
      make("path", { d: `M${x.toFixed(1)} 0V${height()}` }, layer.lines);
      make("text", { x: (x + 4).toFixed(1), y: height() - 6 }, layer.lines).textContent = `${lon.toFixed(digits)}°`;
    }
    for (let lat = Math.ceil(south / step) * step; lat < north; lat += step) {
      const [, y] = toScreen([west, lat]);
      make("path", { d: `M0 ${y.toFixed(1)}H${width()}` }, layer.lines);
      make("text", { x: 4, y: (y - 4).toFixed(1) }, layer.lines).textContent = `${lat.toFixed(digits)}°`;
    }
  }
  function bar() {
    const metre = (view.k / 111320) / Math.cos((down(view.y) * Math.PI) / 180);
    const round = [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5].map((e) => n * 10 ** e)).sort((a, b) => a - b).filter((m) => m * metre < 120).pop() || 1;
    scale.firstElementChild.textContent = round >= 1000 ? `${round / 1000} ${words("km")}` : `${round} ${words("m")}`;
    scale.style.setProperty("--bar", `${(round * metre).toFixed(0)}px`);
  }
  const visible = ([x, y]) => x > -20 && y > -20 && x < width() + 20 && y < height() + 20;

  function draw() {
    layer.around.setAttribute("d", path(ground.around.flatMap(rings)));
    layer.province.setAttribute("d", path(rings(ground.province)));
    layer.others.setAttribute("d", path(ground.others.flatMap(rings)));
    layer.present.setAttribute("d", path(rings(ground.present)));
    const points = sane(all()).length === all().length ? parts.flat(1) : [];
    layer.shape.setAttribute("d", path(points));
    layer.handles.replaceChildren();
    layer.middles.replaceChildren();
    const seen = [];
    parts.forEach((part, p) => part.forEach((ring, r) => ring.forEach((point, i) => {
      const where = toScreen(point);
      if (visible(where)) seen.push({ p, r, i, where });
    })));
    if (seen.length <= MOST_HANDLES) {
      seen.forEach(({ p, r, i, where }) => {
        const ring = parts[p][r];
        if (ring.length > 1 && (ring.length > 2 || i + 1 < ring.length)) {
          const next = toScreen(ring[(i + 1) % ring.length]);
          if (Math.hypot(next[0] - where[0], next[1] - where[1]) > 36) {
            make("circle", { class: "pl-middle", r: 5, cx: (where[0] + next[0]) / 2, cy: (where[1] + next[1]) / 2, "data-at": `${p} ${r} ${i}` }, layer.middles);
          }
        }
        const chosen = p === at.part && r === at.ring && i === at.point;
        make("circle", { class: `pl-point${chosen ? " pl-point--chosen" : ""}`, r: chosen ? 9 : 7, cx: where[0], cy: where[1], "data-at": `${p} ${r} ${i}` }, layer.handles);
      });
    }
    layer.faults.replaceChildren();
    marks.forEach((place) => {
      const [x, y] = toScreen(place);
      if (visible([x, y])) make("circle", { class: "pl-fault", r: 13, cx: x, cy: y }, layer.faults);
    });
    if (cursor) {
      const [x, y] = toScreen(cursor);
      layer.cross.setAttribute("d", `M${x - 14} ${y}H${x - 4}M${x + 4} ${y}H${x + 14}M${x} ${y - 14}V${y - 4}M${x} ${y + 4}V${y + 14}`);
    }
    layer.cross.setAttribute("visibility", cursor && document.activeElement === svg ? "visible" : "hidden");
    graticule();
    bar();
    return seen.length > MOST_HANDLES;
  }

  // ── what the outline comes to, told at once; the server's word counts ──
  function size() {
    let total = 0;
    const rad = Math.PI / 180;
    parts.forEach((part) => part.forEach((ring, r) => {
      let sum = 0;
      ring.forEach((p, i) => { const q = ring[(i + 1) % ring.length]; sum += (q[0] - p[0]) * rad * (2 + Math.sin(p[1] * rad) + Math.sin(q[1] * rad)); });
      const flat = 1 - 0.00669438 * Math.sin(((ring[0] || [0, 0])[1]) * rad) ** 2;  // the ellipsoid's own radii at this latitude
      total += (r ? -1 : 1) * Math.abs((sum * 6378.137 ** 2 * (1 - 0.00669438)) / flat ** 2 / 2);
    }));
    return total;
  }
  const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  function crossings() {
    const found = [];
    parts.flat(1).forEach((ring) => {
      const n = ring.length;
      if (n < 4 || n > MOST_CHECKED) return;
      for (let i = 0; i < n; i += 1) for (let j = i + 2; j < n; j += 1) {
        if (i === 0 && j === n - 1) continue;
        const [a, b, c, d] = [ring[i], ring[i + 1], ring[j], ring[(j + 1) % n]];
        if (turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0) {
          const share = turn(c, d, a) / (turn(c, d, a) - turn(c, d, b));
          found.push([a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
        }
      }
    });
    return found;
  }
  function tell(lead) {
    const count = all().length;
    marks = crossings();
    const many = draw();
    const km = size();
    const state = marks.length ? words("crossing", { place: placeWords(marks[0]) })
      : count ? words("size", { size: km.toLocaleString(document.documentElement.lang, { maximumSignificantDigits: km < 10 ? 3 : 5 }), count })
        : words("empty");
    say([lead, state, many ? words("closer") : ""].filter(Boolean).join(" "));
    said.classList.toggle("ng-error", marks.length > 0);
  }

  // ── changing ──
  const ring = () => (parts[at.part] || [])[at.ring];
  const clone = () => JSON.stringify({ parts, at });
  function remember() { past.push(clone()); if (past.length > 200) past.shift(); }
  function changed(lead) { list.value = write(); tell(lead); }
  const rounded = ([x, y]) => [Number(x.toFixed(DIGITS)), Number(y.toFixed(DIGITS))];

  function add(place) {
    remember();
    if (!parts.length || begin === "part") { parts.push([[]]); at = { part: parts.length - 1, ring: 0, point: -1 }; }
    else if (begin === "hole") { parts[at.part].push([]); at = { part: at.part, ring: parts[at.part].length - 1, point: -1 }; }
    begin = "";
    const here = ring();
    at.point = at.point < 0 ? here.length : at.point + 1;
    here.splice(at.point, 0, rounded(place));
    changed(words("added", { count: all().length }));
  }
  function remove() {
    const here = ring();
    if (!here || at.point < 0) { say(words("nothing")); return; }
    remember();
    here.splice(at.point, 1);
    if (here.length) at.point = Math.max(0, at.point - 1);
    else {
      parts[at.part].splice(at.ring, at.ring ? 1 : parts[at.part].length);
      if (!parts[at.part].length) parts.splice(at.part, 1);
      at = { part: Math.max(0, parts.length - 1), ring: 0, point: parts.length ? parts[parts.length - 1][0].length - 1 : -1 };
    }
    changed(words("removed", { count: all().length }));
  }
  function undo() {
    if (!past.length) return;
    ({ parts, at } = JSON.parse(past.pop()));
    changed(words("undone"));
  }
  function choose(p, r, i) {
    at = { part: p, ring: r, point: i };
    cursor = parts[p][r][i];
    keepInSight();
    draw();
    say(words("point", { number: i + 1, count: parts[p][r].length, place: placeWords(cursor) }));
  }
  function step(by) {
    const every = [];
    parts.forEach((part, p) => part.forEach((one, r) => one.forEach((_point, i) => every.push([p, r, i]))));
    if (!every.length) return;
    const now = every.findIndex(([p, r, i]) => p === at.part && r === at.ring && i === at.point);
    choose(...every[(now + by + every.length) % every.length]);
  }
  function keepInSight() {
    const [x, y] = toScreen(cursor);
    if (x < 30 || y < 30 || x > width() - 30 || y > height() - 30) { view.x = cursor[0]; view.y = up(cursor[1]); }
  }

  // ── pointer ──
  const pointers = new Map();
  let drag = null;
  const spot = (event) => { const box = svg.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  function nearest(place, touch) {
    let best = null;
    let least = touch ? 24 : 12;
    if (layer.handles.childElementCount === 0) return null;
    parts.forEach((part, p) => part.forEach((one, r) => one.forEach((point, i) => {
      const [x, y] = toScreen(point);
      const far = Math.hypot(x - place[0], y - place[1]);
      if (far < least) { least = far; best = [p, r, i]; }
    })));
    return best;
  }

  svg.addEventListener("pointerdown", (event) => {
    const place = spot(event);
    pointers.set(event.pointerId, place);
    svg.setPointerCapture(event.pointerId);
    if (pointers.size > 1) { drag = { what: "pinch" }; return; }
    const point = nearest(place, event.pointerType === "touch");
    const middle = !point && event.target.classList.contains("pl-middle") ? event.target.dataset.at.split(" ").map(Number) : null;
    cursor = null;
    if (point) { drag = { what: "point", from: place, before: clone() }; at = { part: point[0], ring: point[1], point: point[2] }; draw(); }
    else if (middle) {
      remember();
      at = { part: middle[0], ring: middle[1], point: middle[2] + 1 };
      ring().splice(at.point, 0, rounded(toEarth(place)));
      drag = { what: "point", from: place, moved: true };
      changed("");
    } else drag = { what: "map", from: place, last: place };
  });
  svg.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId) || !drag) return;
    const place = spot(event);
    if (drag.what === "pinch" && pointers.size === 2) {
      const [one, other] = [...pointers.keys()].map((id) => (id === event.pointerId ? place : pointers.get(id)));
      const [was, wasOther] = [...pointers.values()];
      const centre = [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
      const before = [(was[0] + wasOther[0]) / 2, (was[1] + wasOther[1]) / 2];
      zoom(Math.hypot(one[0] - other[0], one[1] - other[1]) / Math.max(1, Math.hypot(was[0] - wasOther[0], was[1] - wasOther[1])), centre);
      view.x -= (centre[0] - before[0]) / view.k;
      view.y += (centre[1] - before[1]) / view.k;
      pointers.set(event.pointerId, place);
      draw();
      return;
    }
    pointers.set(event.pointerId, place);
    if (Math.hypot(place[0] - drag.from[0], place[1] - drag.from[1]) > 4) drag.moved = true;
    if (!drag.moved) return;
    if (drag.what === "point") {
      if (drag.before) { past.push(drag.before); drag.before = null; }
      ring()[at.point] = rounded(toEarth(place));
      draw();
    } else if (drag.what === "map") {
      view.x -= (place[0] - drag.last[0]) / view.k;
      view.y += (place[1] - drag.last[1]) / view.k;
      drag.last = place;
      draw();
    }
  });
  function release(event) {
    const place = pointers.get(event.pointerId);
    pointers.delete(event.pointerId);
    if (!drag || !place) return;
    const done = drag;
    if (pointers.size) return;
    drag = null;
    if (event.type === "pointercancel") return;
    if (done.what === "point" && done.moved) changed(words("moved", { place: placeWords(ring()[at.point]) }));
    else if (done.what === "point") say(words("point", { number: at.point + 1, count: ring().length, place: placeWords(ring()[at.point]) }));
    else if (done.what === "map" && !done.moved) add(toEarth(place));
  }
  svg.addEventListener("pointerup", release);
  svg.addEventListener("pointercancel", release);
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== svg) return;  // the page scrolls until the map is chosen
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.25 : 0.8, spot(event));
    draw();
  }, { passive: false });

  // ── keyboard ──
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  svg.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!cursor && (arrow || event.key === "Enter" || event.key === " ")) cursor = toEarth([width() / 2, height() / 2]);
    if (arrow) {
      const far = event.shiftKey ? 1 : 12;
      const moving = event.altKey && ring() && at.point >= 0;
      const from = toScreen(moving ? ring()[at.point] : cursor);
      cursor = toEarth([from[0] + arrow[0] * far, from[1] + arrow[1] * far]);
      if (moving) { remember(); ring()[at.point] = rounded(cursor); list.value = write(); }
      keepInSight();
      if (moving) tell(words("moved", { place: placeWords(cursor) })); else { draw(); say(words("cursor", { place: placeWords(cursor) })); }
    } else if (event.key === "Enter" || event.key === " ") add(cursor);
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else if (event.key === "[" || event.key === "PageUp") step(-1);
    else if (event.key === "]" || event.key === "PageDown") step(1);
    else if (event.key === "+" || event.key === "=") { zoom(1.5, cursor ? toScreen(cursor) : null); draw(); }
    else if (event.key === "-") { zoom(1 / 1.5, cursor ? toScreen(cursor) : null); draw(); }
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
    else return;
    event.preventDefault();
  });
  svg.addEventListener("focus", draw);
  svg.addEventListener("blur", draw);

  // ── buttons, list, window ──
  const acts = {
    in: () => { zoom(1.6); draw(); }, out: () => { zoom(1 / 1.6); draw(); }, fit: () => { fitOutline(); draw(); },
    province: () => { fit(ground.bounds, 0.06); draw(); }, undo, remove,
    part: () => { begin = "part"; say(words("part")); }, hole: () => { if (parts.length) { begin = "hole"; say(words("hole")); } },
    here: () => navigator.geolocation.getCurrentPosition((found) => {
      const place = [found.coords.longitude, found.coords.latitude];
      view.x = place[0];
      view.y = up(place[1]);
      add(place);
    }, () => say(words("where")), { enableHighAccuracy: true, timeout: 15000 }),
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) acts[button.dataset.do]();
  });
  if ("geolocation" in navigator && window.isSecureContext) form.querySelector("[data-do=here]").hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    const [x, y] = button.dataset.show.split(" ").map(Number);
    fit([x - 0.004, y - 0.004, x + 0.004, y + 0.004], 0);
    cursor = [x, y];
    svg.scrollIntoView({ block: "center" });
    svg.focus({ preventScroll: true });
    draw();
  });
  let typing = 0;
  list.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      const found = read(list.value);
      if (!found) return;  // the line is still being written; the server names what it cannot read
      remember();
      parts = found.map((part) => part.filter((one) => one.length)).filter((part) => part.length);
      at = { part: 0, ring: 0, point: parts.length ? parts[0][0].length - 1 : -1 };
      tell("");
    }, 300);
  });
  new ResizeObserver(draw).observe(svg);

  parts = (read(list.value) || []).map((part) => part.filter((one) => one.length)).filter((part) => part.length);
  at = { part: 0, ring: 0, point: parts.length ? parts[0][0].length - 1 : -1 };
  fitOutline();
  const fromServer = marks;
  tell("");
  if (fromServer.length) { marks = fromServer; draw(); }
})();
