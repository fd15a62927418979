// Two figures of all molecules against each other, and the front: those that nothing beats in both.
(function () {
  const place = keel.byId("tradeoff");
  if (!place || keel.all.length === 0) return;
  const space = { width: 860, height: 480, left: 62, right: 16, top: 14, bottom: 46 };
  const svgOf = (tag, props, text) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const key in props) e.setAttribute(key, props[key]);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const boxes = { x: keel.byId("tradeoff-x"), y: keel.byId("tradeoff-y"), colour: keel.byId("tradeoff-colour") };
  const tip = keel.byId("tradeoff-tip");
  let front = [];

  const usable = keel.columns.filter(c => keel.all.filter(m => m.values[c.key] !== undefined).length > 1);
  for (const c of usable) for (const box of [boxes.x, boxes.y, boxes.colour]) box.append(new Option(c.label, c.key));
  const prefer = (box, keys) => { const found = keys.find(k => usable.some(c => c.key === k)); if (found) box.value = found; };
  prefer(boxes.x, ["vina_dock", "vina_min", "vina_score"]);
  prefer(boxes.y, ["qed", "sa", "strain"]);

  // least..most in about n steps of 1, 2 or 5 times a power of ten
  function ticks(least, most, n) {
    if (!(most - least > 1e-9 * Math.max(1, Math.abs(least), Math.abs(most)))) { const pad = Math.max(Math.abs(least) * 0.1, 0.05); least -= pad; most += pad; }
    const raw = (most - least) / n, power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].find(k => k * power >= raw * (1 - 1e-9)) * power;
    const first = Math.floor(least / step + 1e-9), last = Math.ceil(most / step - 1e-9), list = [];
    for (let k = first; k <= last; k++) list.push(k * step);
    return { list, digits: Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))), least: first * step, most: last * step };
  }

  // The molecules of the table that no other of them beats: at least as good in both and better in one; of equals the better ranked.
  function frontOf(list, x, y) {
    if (!x.better || !y.better) return [];
    const good = (i, c) => c.better * keel.all[i].values[c.key];
    const sorted = [...list].sort((a, b) => good(b, x) - good(a, x) || good(b, y) - good(a, y) || a - b), found = [];
    for (const i of sorted) if (!found.length || good(i, y) > good(found[found.length - 1], y)) found.push(i);
    return found;
  }

  function draw() {
    const x = keel.column(boxes.x.value), y = keel.column(boxes.y.value), colour = keel.column(boxes.colour.value);
    if (!x || !y) return;
    const has = m => m.values[x.key] !== undefined && m.values[y.key] !== undefined;
    const drawn = keel.all.map((m, i) => i).filter(i => has(keel.all[i]));
    const shown = new Set(keel.state.shown.filter(i => has(keel.all[i])));
    const reference = keel.data.reference && has(keel.data.reference) ? keel.data.reference : null;
    const values = c => drawn.map(i => keel.all[i].values[c.key]).concat(reference ? [reference.values[c.key]] : []);
    const tx = ticks(Math.min(...values(x)), Math.max(...values(x)), 7), ty = ticks(Math.min(...values(y)), Math.max(...values(y)), 6);
    const px = v => space.left + (v - tx.least) / (tx.most - tx.least) * (space.width - space.left - space.right);
    const py = v => space.height - space.bottom - (v - ty.least) / (ty.most - ty.least) * (space.height - space.top - space.bottom);
    const svg = svgOf("svg", { viewBox: "0 0 " + space.width + " " + space.height, role: "img", "aria-label": x.label + " against " + y.label });
    for (const v of ty.list) {
      svg.append(svgOf("line", { class: "grid", x1: space.left, x2: space.width - space.right, y1: py(v), y2: py(v) }), svgOf("text", { class: "tick y", x: space.left - 7, y: py(v) + 4 }, keel.format(v, ty.digits)));
    }
    for (const v of tx.list) {
      svg.append(svgOf("line", { class: "grid", y1: space.top, y2: space.height - space.bottom, x1: px(v), x2: px(v) }), svgOf("text", { class: "tick x", x: px(v), y: space.height - space.bottom + 17 }, keel.format(v, tx.digits)));
    }
    const name = (c, vertical) => c.label + (c.unit ? " (" + c.unit + ")" : "") + (c.better ? (c.better > 0 ? (vertical ? ", better ↑" : ", better →") : (vertical ? ", better ↓" : ", ← better")) : "");
    svg.append(svgOf("text", { class: "axis", x: (space.left + space.width - space.right) / 2, y: space.height - 8 }, name(x, false)),
      svgOf("text", { class: "axis", transform: "translate(15," + (space.top + space.height - space.bottom) / 2 + ") rotate(-90)" }, name(y, true)));

    front = frontOf(shown, x, y);
    if (front.length > 1) { // steps around what the front beats
      let path = "M" + px(keel.all[front[0]].values[x.key]) + " " + py(keel.all[front[0]].values[y.key]);
      for (const i of front.slice(1)) path += "H" + px(keel.all[i].values[x.key]) + "V" + py(keel.all[i].values[y.key]);
      svg.append(svgOf("path", { class: "front", d: path }));
    }
    const range = colour ? [Math.min(...values2(colour, drawn)), Math.max(...values2(colour, drawn))] : null;
    const onFront = new Set(front);
    // Unlike the table's order, the chosen and the front are drawn last, on top.
    for (const i of drawn.slice().sort((a, b) => weight(a) - weight(b))) {
      const m = keel.all[i];
      const dot = svgOf("circle", { cx: px(m.values[x.key]), cy: py(m.values[y.key]), r: i === keel.state.chosen ? 7 : onFront.has(i) ? 5.5 : 4.2,
        class: "point " + m.set + (shown.has(i) ? "" : " out") + (onFront.has(i) ? " on-front" : "") + (keel.state.selected.has(i) ? " selected" : "") + (i === keel.state.chosen ? " chosen" : "") });
      if (range) dot.style.fill = shade(m.values[colour.key], range, colour.better);
      dot.addEventListener("click", () => keel.choose(i, true));
      dot.addEventListener("mouseenter", () => hint(m, x, y, dot));
      dot.addEventListener("mouseleave", () => { tip.hidden = true; });
      svg.append(dot);
    }
    if (reference) {
      const cx = px(reference.values[x.key]), cy = py(reference.values[y.key]);
      const mark = svgOf("path", { class: "reference-mark", d: "M" + cx + " " + (cy - 8) + "l8 8l-8 8l-8 -8Z" });
      mark.addEventListener("mouseenter", () => hint(reference, x, y, mark));
      mark.addEventListener("mouseleave", () => { tip.hidden = true; });
      svg.append(mark);
    }
    place.replaceChildren(svg);
    keel.byId("tradeoff-note").textContent = x.better && y.better
      ? front.length + " of " + shown.size + " molecules in the table are on the front: none of the others is as good in both figures and better in one."
      : "There is no front where a figure has no better side.";
    keel.byId("select-front").disabled = front.length === 0;

    function weight(i) { return (shown.has(i) ? 1 : 0) + (keel.all[i].set !== "before" ? 1 : 0) + (onFront.has(i) ? 4 : 0) + (i === keel.state.chosen ? 8 : 0); }
  }

  const values2 = (c, list) => list.map(i => keel.all[i].values[c.key]).filter(v => v !== undefined);

  // From pale to dark towards the better side.
  function shade(v, [least, most], better) {
    if (v === undefined) return "#d7dde4";
    let t = most > least ? (v - least) / (most - least) : 0.5;
    if (better < 0) t = 1 - t;
    const mix = (a, b) => Math.round(a + (b - a) * t);
    return "rgb(" + mix(253, 8) + "," + mix(224, 81) + "," + mix(140, 96) + ")";
  }

  function hint(m, x, y, at) {
    tip.replaceChildren(keel.image(m, ""), keel.make("strong", { textContent: (m.rank ? m.rank + ". " : "") + m.name }), keel.make("span", { className: "unit", textContent: keel.setWord(m) }),
      ...[x, y].map(c => keel.make("span", { textContent: c.short + " " + keel.format(m.values[c.key], c.digits) })));
    tip.hidden = false;
    const box = at.getBoundingClientRect(), outer = place.parentElement.getBoundingClientRect();
    const left = box.left - outer.left + 16;
    tip.style.left = (left + 200 > outer.width ? left - 232 : left) + "px";
    tip.style.top = Math.max(0, Math.min(box.top - outer.top - 40, outer.height - 220)) + "px";
  }

  for (const box of Object.values(boxes)) box.addEventListener("input", draw);
  keel.byId("select-front").addEventListener("click", () => keel.select(front, true));
  for (const what of ["choose", "show", "select"]) keel.on(what, draw);
})();
keel.start();
