// Draws the chosen pose in the pocket. 3Dmol reads the SDF and PDB text.
(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("viewer-data").textContent);
  const box = document.getElementById("view");
  const on = id => { const e = document.getElementById(id); return e !== null && e.checked; };
  let view = null;
  try { view = $3Dmol.createViewer(box, { backgroundColor: "white", antialias: true }); } catch (e) { console.error(e); }
  if (!view) {
    box.innerHTML = '<p class="noview">This browser offers no WebGL, which the 3D view needs. The files below open in any molecule viewer.</p>';
    return;
  }
  $3Dmol.setSyncSurface(true); // the part near the ligand is small, and workers do not start from every kind of file address
  document.getElementById("controls").hidden = false;

  const near = 5, polar = 3.4; // Å
  const ligandColour = "#0d9488", referenceColour = "#e0702f", pocketColour = "#b9c3cf";
  const carbons = colour => ({ prop: "elem", map: Object.assign({}, $3Dmol.elementColors.rasmol, { C: colour, H: "#ffffff" }) });
  const pocket = data.pocket ? view.addModel(data.pocket, "pdb") : null;
  const reference = data.reference ? view.addModel(data.reference, "sdf") : null;
  let pose = null, shapes = [];

  const distance2 = (a, b) => (a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2;
  const residueOf = a => a.chain + ":" + a.resi + (a.icode || "");
  const isPolar = a => a.elem === "N" || a.elem === "O";
  const isMetal = a => a.hetflag && !["C", "N", "O", "S", "P", "H", "SE"].includes(a.elem.toUpperCase());

  // The ligand that the pocket is shown around: the pose, else the reference.
  const centre = () => pose || reference;

  function neighbours() {
    const ligand = centre().selectedAtoms({}), found = new Set();
    for (const atom of pocket.selectedAtoms({})) {
      if (ligand.some(l => distance2(l, atom) < near * near)) found.add(residueOf(atom));
    }
    return found;
  }

  function drawPocket() {
    if (!pocket) return;
    const close = neighbours();
    pocket.setStyle({}, on("show-cartoon") ? { cartoon: { color: pocketColour, opacity: 0.75, thickness: 0.25 } } : {});
    if (on("show-sticks")) pocket.setStyle({ predicate: a => close.has(residueOf(a)) }, { stick: { radius: 0.09, colorscheme: carbons(pocketColour) } }, true);
    pocket.setStyle({ predicate: isMetal }, { sphere: { scale: 0.4 } }, true);
    if (on("show-labels")) labelResidues(close);
  }

  function labelResidues(close) {
    const done = new Set();
    for (const a of pocket.selectedAtoms({ atom: "CA" })) {
      const key = residueOf(a);
      if (!close.has(key) || done.has(key)) continue;
      done.add(key);
      view.addLabel(a.resn + " " + a.resi + (a.chain.trim() ? " " + a.chain : ""), { position: a, fontSize: 11, fontColor: "#16202c", backgroundColor: "white", backgroundOpacity: 0.75, inFront: true });
    }
  }

  function drawContacts() {
    if (!pocket || !on("show-contacts")) return;
    const partners = pocket.selectedAtoms({ predicate: isPolar });
    for (const l of centre().selectedAtoms({ predicate: isPolar })) {
      for (const p of partners) {
        if (distance2(l, p) > polar * polar) continue;
        shapes.push(view.addCylinder({ start: l, end: p, radius: 0.04, color: "#b58900", dashed: true, dashLength: 0.18, gapLength: 0.14, fromCap: 1, toCap: 1 }));
      }
    }
  }

  function drawSurface() {
    if (!pocket || !on("show-surface")) return;
    const close = neighbours();
    const part = { model: pocket, predicate: a => close.has(residueOf(a)) };
    view.addSurface($3Dmol.SurfaceType.SES, { opacity: 0.6, colorscheme: carbons("#dbe2ea") }, part, { model: pocket });
  }

  function draw() {
    view.removeAllLabels();
    view.removeAllSurfaces();
    shapes.forEach(s => view.removeShape(s));
    shapes = [];
    if (reference) reference.setStyle({}, on("show-reference") ? { stick: { radius: 0.13, colorscheme: carbons(referenceColour) } } : {});
    if (pose) pose.setStyle({}, { stick: { radius: 0.17, colorscheme: carbons(ligandColour) } });
    drawPocket();
    drawContacts();
    drawSurface();
    view.render();
  }

  function choose(index) {
    if (pose) view.removeModel(pose);
    pose = data.poses.length ? view.addModel(data.poses[index], "sdf") : null;
    hover(pose);
    draw();
  }

  function hover(model) {
    if (!model) return;
    model.setHoverable({}, true, atom => {
      const text = atom.resn ? atom.resn + " " + atom.resi + " " + atom.atom : atom.elem;
      atom.hoverLabel = view.addLabel(text, { position: atom, fontSize: 11, fontColor: "white", backgroundColor: "#16202c", backgroundOpacity: 0.85 });
    }, atom => { if (atom.hoverLabel) view.removeLabel(atom.hoverLabel); delete atom.hoverLabel; });
  }

  function lookAt() { view.zoomTo({ model: centre() }); view.zoom(0.82); view.render(); }

  [pocket, reference].forEach(hover);
  choose(0);
  lookAt();
  document.querySelectorAll("#controls input").forEach(e => e.addEventListener("change", draw));
  document.querySelectorAll('input[name="pose"]').forEach(e => e.addEventListener("change", () => choose(Number(e.value))));
  document.getElementById("centre").addEventListener("click", lookAt);
})();
