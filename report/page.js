"use strict";
// The page's molecules: a table to sort and filter, the chosen one in detail, a selection, files to take home. Names come from the run and are only ever put in as text.
const keel = (function () {
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const all = data.molecules;
  const listeners = { choose: [], show: [], select: [] };
  const state = { chosen: -1, selected: new Set(), shown: [], sort: "rank", down: false, cluster: 0, scaffold: 0, front: null };
  const tell = what => listeners[what].forEach(f => f());
  const byId = id => document.getElementById(id);

  function make(tag, props, ...children) {
    const e = Object.assign(document.createElement(tag), props);
    e.append(...children.filter(c => c !== null));
    return e;
  }

  // As in the rest of the page: a true minus sign, a dash for nothing.
  function format(v, digits) {
    if (v === undefined || !isFinite(v)) return "–";
    const text = Math.abs(v).toFixed(digits);
    return (v < 0 && Number(text) !== 0 ? "−" : "") + text;
  }
  const picture = m => m.picture ? "data:image/svg+xml," + encodeURIComponent(m.picture) : "";
  const image = (m, className) => m.picture ? make("img", { src: picture(m), alt: m.smiles, className, decoding: "async" }) : make("span", { className: "smiles", textContent: m.smiles });
  const setWord = m => ({ before: "untuned model", after: "tuned model", tuning: "iteration " + m.step, reference: "reference ligand" })[m.set] || m.set;
  const columns = data.columns;
  const column = key => columns.find(c => c.key === key);
  const valueOf = (m, key) => key === "rank" ? m.rank : key === "cluster" || key === "scaffold" ? m[key] || undefined : m.values[key];

  // ---- filter and order
  const visible = new Set(["merit", "reward", "vina_score", "vina_min", "vina_dock", "qed", "sa", "strain", "pb_valid", "alerts", "atoms", "logp"]);
  if (data.rank === "merit") visible.delete("reward");
  const ranges = {}; // key -> [least, most], NaN for none

  function passes(m) {
    const set = byId("filter-set").value, text = byId("filter-text").value.trim().toLowerCase(), contact = byId("filter-contact").value;
    if (set === "tuned" ? m.set === "before" : set !== "" && m.set !== set) return false;
    if (text && !m.name.toLowerCase().includes(text) && !m.smiles.toLowerCase().includes(text)) return false;
    if (contact && !m.contacts.some(c => c.kind + " " + c.residue === contact)) return false;
    if (byId("filter-pb").checked && m.values.pb_valid !== 1) return false;
    if (byId("filter-alerts").checked && m.values.alerts !== 0) return false;
    if (state.cluster && m.cluster !== state.cluster || state.scaffold && m.scaffold !== state.scaffold) return false;
    for (const key in ranges) {
      const v = valueOf(m, key), [least, most] = ranges[key];
      if (!isNaN(least) && !(v >= least) || !isNaN(most) && !(v <= most)) return false;
    }
    return true;
  }

  function filter() {
    let list = all.map((m, i) => i).filter(i => passes(all[i]));
    const one = byId("filter-one").value;
    if (one) {
      const seen = new Set();
      list = list.filter(i => { const k = all[i][one]; if (!k) return true; if (seen.has(k)) return false; seen.add(k); return true; }); // the list is best first
    }
    const key = state.sort, sign = state.down ? -1 : 1;
    const place = i => { const v = key === "name" ? all[i].name : valueOf(all[i], key); return v === undefined ? null : v; };
    list.sort((a, b) => {
      const x = place(a), y = place(b);
      if (x === null || y === null) return (x === null) - (y === null) || a - b; // what has no figure comes last either way
      return sign * (typeof x === "string" ? x.localeCompare(y) : x - y) || a - b;
    });
    state.shown = list;
    drawRows();
    tell("show");
  }

  // ---- table
  function headings() {
    const head = byId("table-head");
    const cell = (key, text, title, numeric) => {
      const button = make("button", { type: "button", className: "sort", textContent: text + (state.sort === key ? (state.down ? " ▾" : " ▴") : ""), title });
      button.addEventListener("click", () => {
        const c = column(key);
        if (state.sort === key) state.down = !state.down;
        else { state.sort = key; state.down = !!c && c.better >= 0; }
        headings();
        filter();
      });
      const th = make("th", { className: numeric ? "num" : "" }, button);
      if (state.sort === key) th.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      if (numeric && byId("show-ranges").checked) th.append(rangeInputs(key));
      return th;
    };
    const row = make("tr", {}, make("th", { textContent: "" }), cell("rank", "#", "rank by " + (column(data.rank) || { label: data.rank }).label, true), make("th", { textContent: "" }), cell("name", "Name", "", false));
    for (const c of columns) if (visible.has(c.key)) row.append(cell(c.key, c.short, c.label + (c.unit ? ", " + c.unit : "") + (c.help ? ": " + c.help : ""), true));
    if (data.clusters.length) row.append(cell("cluster", "Cluster", "clusters are numbered by their size", true));
    if (data.scaffolds.length) row.append(cell("scaffold", "Scaffold", "Murcko scaffolds are numbered by how many structures have them", true));
    head.replaceChildren(row);
  }

  function rangeInputs(key) {
    const values = all.map(m => valueOf(m, key)).filter(v => v !== undefined);
    const input = k => {
      const e = make("input", { type: "number", step: "any", placeholder: ["min", "max"][k], title: values.length ? "from " + format(Math.min(...values), 2) + " to " + format(Math.max(...values), 2) : "" });
      e.setAttribute("aria-label", ["least ", "most "][k] + key);
      if (ranges[key] && !isNaN(ranges[key][k])) e.value = ranges[key][k];
      e.addEventListener("input", () => {
        ranges[key] = ranges[key] || [NaN, NaN];
        ranges[key][k] = e.value === "" ? NaN : Number(e.value);
        filter();
      });
      return e;
    };
    return make("span", { className: "range" }, input(0), input(1));
  }

  const made = new Map(); // rows as they were last drawn: pictures are slow to make

  function drawRows() {
    byId("table-body").replaceChildren(...state.shown.map(i => {
      if (!made.has(i)) made.set(i, row(i));
      return made.get(i);
    }));
    count();
  }

  function row(i) {
    const m = all[i];
    const box = make("input", { type: "checkbox", checked: state.selected.has(i) });
    box.setAttribute("aria-label", "select " + m.name);
    box.addEventListener("change", () => select([i], box.checked));
    box.addEventListener("click", e => e.stopPropagation());
    const tr = make("tr", { className: i === state.chosen ? "chosen" : "" }, make("td", {}, box), make("td", { className: "num", textContent: m.rank }),
      make("td", {}, image(m, "thumb")), make("td", { className: "name" }, make("strong", { textContent: m.name }), make("span", { className: "unit", textContent: setWord(m) })));
    for (const c of columns) if (visible.has(c.key)) tr.append(make("td", { className: "num" + (odd(m, c.key) ? " odd" : ""), textContent: c.key === "pb_valid" ? passWord(m) : format(m.values[c.key], c.digits) }));
    if (data.clusters.length) tr.append(make("td", { className: "num", textContent: m.cluster || "–" }));
    if (data.scaffolds.length) tr.append(make("td", { className: "num", textContent: m.scaffold || "–" }));
    tr.dataset.index = i;
    tr.addEventListener("click", () => choose(i));
    return tr;
  }

  // What a chemist would stop at.
  const odd = (m, key) => key === "pb_valid" && m.values[key] === 0 || (key === "alerts" || key === "clashes") && m.values[key] > 0;
  const passWord = m => m.values.pb_valid === 1 ? "pass" : m.values.pb_valid === 0 ? "fail" : "–";

  function count() {
    byId("table-count").textContent = state.shown.length + " of " + all.length + " shown, " + state.selected.size + " selected";
    for (const b of document.querySelectorAll("[data-of=selected]")) b.disabled = state.selected.size === 0;
    const parts = [];
    if (state.cluster) parts.push("cluster " + state.cluster);
    if (state.scaffold) parts.push("scaffold " + state.scaffold);
    byId("filter-group").hidden = parts.length === 0;
    byId("filter-group").textContent = "only " + parts.join(", ") + " ✕";
  }

  function select(indices, on) {
    for (const i of indices) on ? state.selected.add(i) : state.selected.delete(i);
    for (const [i, tr] of made) tr.querySelector("input").checked = state.selected.has(i);
    const box = byId("detail-select");
    if (box) box.checked = state.selected.has(state.chosen);
    count();
    tell("select");
  }

  // ---- the chosen molecule
  function choose(i, scroll) {
    if (i < 0 || i >= all.length) return;
    state.chosen = i;
    for (const [k, tr] of made) tr.className = k === i ? "chosen" : "";
    if (scroll && made.has(i) && made.get(i).isConnected) { // within the table alone: the page stays where it is
      const box = byId("table"), outer = box.getBoundingClientRect(), inner = made.get(i).getBoundingClientRect(), head = byId("table-head").offsetHeight;
      if (inner.top < outer.top + head) box.scrollTop += inner.top - outer.top - head;
      if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom;
    }
    detail();
    tell("choose");
  }

  function step(by) {
    const at = state.shown.indexOf(state.chosen);
    const to = state.shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), state.shown.length - 1)];
    if (to !== undefined) choose(to, true);
  }

  const kinds = { hbond: "Hydrogen bonds", saltbridge: "Salt bridges", pistacking: "π stacking", hydrophobic: "Hydrophobic" };

  function detail() {
    const m = all[state.chosen];
    const box = make("input", { type: "checkbox", id: "detail-select", checked: state.selected.has(state.chosen) });
    box.addEventListener("change", () => select([state.chosen], box.checked));
    const copy = make("button", { type: "button", textContent: "Copy" });
    copy.addEventListener("click", () => copyText(m.smiles, copy));
    const parts = [
      make("div", { className: "detail-head" }, make("strong", { textContent: m.rank + ". " + m.name }), make("span", { className: "unit", textContent: setWord(m) + (m.copies > 1 ? ", " + m.copies + " times" : "") }),
        make("label", {}, box, " select")),
      image(m, "large"),
      m.smiles ? make("p", { className: "smiles" }, m.smiles + " ", copy) : null,
      ...contactLines(m),
      make("dl", { className: "facts" }, ...(data.reference ? [make("dt"), make("dd"), make("dd", { className: "unit", textContent: "reference" })] : []), ...columns.filter(c => m.values[c.key] !== undefined).flatMap(c => {
        const ref = data.reference && data.reference.values[c.key];
        return [make("dt", { textContent: c.label, title: c.help }), make("dd", { className: odd(m, c.key) ? "odd" : "", textContent: c.key === "pb_valid" ? passWord(m) : format(m.values[c.key], c.digits) + (c.unit ? " " + c.unit : "") }),
          make("dd", { className: "unit", textContent: ref === undefined || ref === null ? "" : format(ref, c.digits), title: "reference ligand" })];
      })),
    ];
    if (m.texts.alert_names) parts.push(make("p", { className: "note", textContent: "Alerts: " + m.texts.alert_names.split(";").join(", ") }));
    if (m.texts.pb_failed && m.texts.pb_failed !== "none") parts.push(make("p", { className: "note", textContent: "PoseBusters: fails " + m.texts.pb_failed.split(";").join(", ").replaceAll("_", " ") }));
    byId("detail").replaceChildren(...parts.filter(p => p !== null));
  }

  function contactLines(m) {
    const lines = [];
    for (const kind in kinds) {
      const list = m.contacts.filter(c => c.kind === kind);
      if (list.length) lines.push(make("p", { className: "contacts" }, make("span", { className: "key " + kind }), kinds[kind] + ": " + [...new Set(list.map(c => c.residue))].map(residue => residue + (kind === "hydrophobic" ? "" : " " + list.filter(c => c.residue === residue).map(c => format(c.length, 1)).join(", ") + " Å")).join("; ")));
    }
    if (!m.contacts.length && data.pocket && m.sdf) lines.push(make("p", { className: "contacts", textContent: "No contacts found with the pocket." }));
    return lines;
  }

  function copyText(text, button) {
    const done = () => { button.textContent = "Copied"; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
    const old = () => { // pages opened from a file may have no clipboard
      const area = document.body.appendChild(make("textarea", { value: text }));
      area.select();
      document.execCommand("copy");
      area.remove();
      done();
    };
    navigator.clipboard ? navigator.clipboard.writeText(text).then(done, old) : old();
  }

  // ---- files
  function sdfOf(m) {
    const end = m.sdf.lastIndexOf("$$$$");
    let text = end < 0 ? m.sdf : m.sdf.slice(0, end);
    const have = new Set([...text.matchAll(/^>.*<([^>]+)>/gm)].map(x => x[1]));
    const item = (key, value) => {
      if (value !== undefined && value !== "" && !have.has(key)) text += ">  <" + key + ">\n" + String(value).replace(/[\r\n]+/g, " ") + "\n\n";
    };
    for (const [key, value] of plain(m)) if (key !== "name") item(key, value);
    return text + "$$$$\n";
  }

  // What is known of a molecule, in the order of the columns; figures in full.
  function plain(m) {
    const texts = [...new Set(all.flatMap(x => Object.keys(x.texts)))].filter(key => key !== "interactions").sort();
    return [["name", m.name], ["smiles", m.smiles], ["set", m.set], ["iteration", m.step || ""], ["rank", m.rank], ...columns.map(c => [c.key, m.values[c.key]]),
      ...texts.map(key => [key, m.texts[key]]), ["interactions", [...new Set(m.contacts.map(c => c.kind + " " + c.residue))].join(";")], ["cluster", m.cluster || ""], ["scaffold", m.scaffold || ""], ["times", m.copies || ""]];
  }
  const quoted = v => v === undefined ? "" : /[",\r\n]/.test(String(v)) ? '"' + String(v).replaceAll('"', '""') + '"' : String(v);
  const csvOf = list => [plain(list[0]).map(x => x[0]), ...list.map(m => plain(m).map(x => x[1]))].map(r => r.map(quoted).join(",")).join("\n") + "\n";

  function download(of, kind) {
    const indices = of === "all" ? all.map((m, i) => i) : of === "shown" ? state.shown : [...state.selected].sort((a, b) => a - b);
    let list = indices.map(i => all[i]);
    if (kind === "sdf") list = list.filter(m => m.sdf);
    if (!list.length) return;
    save(data.run + "-" + of + "." + kind, kind === "sdf" ? list.map(sdfOf).join("") : csvOf(list), kind === "sdf" ? "chemical/x-mdl-sdfile" : "text/csv");
  }

  function save(name, content, type) {
    const href = content instanceof Blob ? URL.createObjectURL(content) : URL.createObjectURL(new Blob([content], { type }));
    const a = document.body.appendChild(make("a", { href, download: name.replace(/[^\w.-]+/g, "_") }));
    a.click();
    a.remove();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }

  // ---- clusters and scaffolds
  function groups(id, key, list) {
    const place = byId(id);
    if (!place) return;
    const figures = columns.filter(c => [data.rank, "vina_min", "vina_dock", "qed", "sa"].includes(c.key));
    list.forEach((g, k) => {
      const m = all[g.best];
      const only = make("button", { type: "button", textContent: "Only these", title: "in the table and the trade-offs" });
      only.addEventListener("click", e => {
        e.stopPropagation();
        state.cluster = state.scaffold = 0;
        state[key] = k + 1;
        filter();
        choose(g.best);
        byId("molecules").scrollIntoView();
      });
      const card = make("figure", { className: "card" }, image(m, ""), make("figcaption", {}, make("strong", { textContent: "Nº " + (k + 1) + ": " + g.count + (g.count === 1 ? " structure" : " structures") }),
        key === "scaffold" ? make("span", { className: "smiles", textContent: g.smiles || "no rings" }) : null,
        make("span", { textContent: "best: " + m.rank + ". " + m.name }),
        make("span", {}, ...figures.filter(c => m.values[c.key] !== undefined).map(c => make("span", { className: "fact" }, make("span", { textContent: c.short + " " }), format(m.values[c.key], Math.min(c.digits, 2)) + " "))), only));
      card.addEventListener("click", () => { choose(g.best); byId("molecules").scrollIntoView(); });
      place.append(card);
    });
  }

  // ---- start
  function start() {
    const sets = new Set(all.map(m => m.set)), options = [["tuned", "tuned model and iterations"], ["after", "tuned model"], ["tuning", "iterations"], ["before", "untuned model"], ["", "all"]];
    if (!sets.has("tuning") || !sets.has("after")) options.shift();
    for (const [value, text] of options.filter(([v]) => v === "" || v === "tuned" || sets.has(v))) byId("filter-set").append(new Option(text, value));
    if (!sets.has("tuning") && !sets.has("after")) byId("filter-set").value = "";
    const counts = {};
    for (const m of all) for (const c of new Set(m.contacts.map(c => c.kind + " " + c.residue))) counts[c] = (counts[c] || 0) + 1;
    byId("filter-contact").append(new Option("any contacts", ""));
    for (const kind in kinds) {
      const group = make("optgroup", { label: kinds[kind] });
      Object.keys(counts).filter(c => c.startsWith(kind + " ")).sort((a, b) => counts[b] - counts[a]).forEach(c => group.append(new Option(c.slice(kind.length + 1) + " (" + counts[c] + ")", c)));
      if (group.children.length) byId("filter-contact").append(group);
    }
    for (const c of columns) {
      const box = make("input", { type: "checkbox", checked: visible.has(c.key) });
      box.addEventListener("change", () => { box.checked ? visible.add(c.key) : visible.delete(c.key); made.clear(); headings(); drawRows(); });
      byId("columns").append(make("label", { title: c.help }, box, " " + c.label));
    }
    for (const id of ["filter-text", "filter-set", "filter-contact", "filter-one", "filter-pb", "filter-alerts"]) byId(id).addEventListener("input", filter);
    byId("show-ranges").addEventListener("change", headings);
    byId("filter-group").addEventListener("click", () => { state.cluster = state.scaffold = 0; filter(); });
    byId("filter-clear").addEventListener("click", () => {
      for (const id of ["filter-text", "filter-contact", "filter-one"]) byId(id).value = "";
      for (const id of ["filter-pb", "filter-alerts"]) byId(id).checked = false;
      byId("filter-set").selectedIndex = 0;
      for (const key in ranges) delete ranges[key];
      state.cluster = state.scaffold = 0;
      headings();
      filter();
    });
    byId("select-shown").addEventListener("click", () => select(state.shown, true));
    byId("select-none").addEventListener("click", () => select([...state.selected], false));
    for (const b of document.querySelectorAll("[data-of]")) b.addEventListener("click", () => download(b.dataset.of, b.dataset.kind));
    byId("previous").addEventListener("click", () => step(-1));
    byId("next").addEventListener("click", () => step(1));
    byId("table").addEventListener("keydown", e => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
      if (by && e.target.type !== "number") { e.preventDefault(); step(by); }
      if (e.key === " " && e.target === byId("table")) { e.preventDefault(); select([state.chosen], !state.selected.has(state.chosen)); }
    });
    groups("clusters", "cluster", data.clusters.filter(g => g.count > 1).slice(0, 24));
    groups("scaffolds", "scaffold", data.scaffolds);
    headings();
    filter();
    if (all.length) choose(state.shown[0] === undefined ? 0 : state.shown[0]);
  }

  return { data, all, state, columns, column, valueOf, format, image, make, byId, setWord, choose, select, save, start, on: (what, f) => listeners[what].push(f) };
})();
