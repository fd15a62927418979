// Draws the chosen pose in the pocket, with its contacts. 3Dmol reads the SDF and PDB text.
(function () {
  const { data, byId } = keel;
  const box = byId("view");
  if (!box) return;
  const on = id => { const e = byId(id); return e !== null && e.checked; };
  let view = null;
  try { view = $3Dmol.createViewer(box, { backgroundColor: "white", antialias: true }); } catch (e) { console.warn("no 3D view: " + e); }
  if (!view) {
    box.innerHTML = '<p class="noview">This browser offers no WebGL, which the 3D view needs. The files of this page open in any molecule viewer.</p>';
    return;
  }
  $3Dmol.setSyncSurface(true); // the part near the ligand is small, and workers do not start from every kind of file address
  byId("controls").hidden = false;

  const near = 5; // Å
  const colours = { ligand: "#0d9488", reference: "#e0702f", others: "#8f9dc7", pocket: "#b9c3cf" };
  const contactColours = { hbond: "#b58900", saltbridge: "#c026d3", pistacking: "#15803d", hydrophobic: "#8b98a8" };
  const carbons = colour => ({ prop: "elem", map: Object.assign({}, $3Dmol.elementColors.rasmol, { C: colour, H: "#ffffff" }) });
  const pocket = data.pocket ? view.addModel(data.pocket, "pdb") : null;
  const reference = data.reference && data.reference.sdf ? view.addModel(data.reference.sdf, "sdf") : null;
  let pose = null, others = [], shapes = [], looked = false;

  const distance2 = (a, b) => (a.x - b.x) ** 2 + (a.y - b.y) ** 2 + (a.z - b.z) ** 2;
  const residueOf = a => a.chain + ":" + a.resi + (a.icode || "");
  // As the contacts name residues: ASP25:A, or ASP25 without a chain.
  const labelOf = a => a.resn.trim() + a.resi + (a.icode || "").trim() + (a.chain.trim() ? ":" + a.chain.trim() : "");
  const isMetal = a => a.hetflag && !["C", "N", "O", "S", "P", "H", "SE"].includes(a.elem.toUpperCase());
  const point = v => ({ x: v[0], y: v[1], z: v[2] });
  const chosen = () => keel.all[keel.state.chosen];
  // Whose contacts and surroundings are shown: the pose's, else the reference's.
  const centre = () => pose || reference;
  const contacts = () => (pose ? chosen() : data.reference || { contacts: [] }).contacts;

  function neighbours() {
    const found = new Set();
    if (!centre()) return found;
    const ligand = centre().selectedAtoms({});
    for (const atom of pocket.selectedAtoms({})) {
      if (ligand.some(l => distance2(l, atom) < near * near)) found.add(residueOf(atom));
    }
    return found;
  }

  function drawPocket() {
    if (!pocket) return;
    const close = neighbours();
    pocket.setStyle({}, on("show-cartoon") ? { cartoon: { color: colours.pocket, opacity: 0.6, thickness: 0.25 } } : {});
    if (on("show-sticks")) pocket.setStyle({ predicate: a => close.has(residueOf(a)) }, { stick: { radius: 0.09, colorscheme: carbons(colours.pocket) } }, true);
    pocket.setStyle({ predicate: isMetal }, { sphere: { scale: 0.4 } }, true);
    if (on("show-labels")) labelResidues();
    if (on("show-surface")) {
      const part = { model: pocket, predicate: a => close.has(residueOf(a)) };
      view.addSurface($3Dmol.SurfaceType.SES, { opacity: 0.6, colorscheme: carbons("#dbe2ea") }, part, { model: pocket });
    }
  }

  // Only residues in contact are labelled: all that are near would hide the ligand.
  function labelResidues() {
    const touched = new Set(contacts().map(c => c.residue)), done = new Set();
    for (const a of pocket.selectedAtoms({})) {
      if (a.atom !== "CB" && !(a.atom === "CA" && a.resn === "GLY")) continue;
      const name = labelOf(a);
      if (!touched.has(name) || done.has(name)) continue;
      done.add(name);
      view.addLabel(name, { position: a, fontSize: 11, fontColor: "#16202c", backgroundColor: "white", backgroundOpacity: 0.7, inFront: true });
    }
  }

  function drawContacts() {
    for (const c of contacts()) {
      if (!on(c.kind === "hydrophobic" ? "show-hydrophobic" : "show-contacts")) continue;
      shapes.push(view.addCylinder({ start: point(c.ligand), end: point(c.protein), radius: 0.045, color: contactColours[c.kind], dashed: true, dashLength: 0.18, gapLength: 0.14, fromCap: 1, toCap: 1 }));
      if (on("show-lengths") && c.kind !== "hydrophobic") {
        const middle = point(c.ligand.map((x, k) => (x + c.protein[k]) / 2));
        view.addLabel(c.length.toFixed(1), { position: middle, fontSize: 10, fontColor: contactColours[c.kind], backgroundColor: "white", backgroundOpacity: 0.7, inFront: true });
      }
    }
  }

  function draw() {
    view.removeAllLabels();
    view.removeAllSurfaces();
    shapes.forEach(s => view.removeShape(s));
    shapes = [];
    if (reference) reference.setStyle({}, on("show-reference") ? { stick: { radius: 0.13, colorscheme: carbons(colours.reference) } } : {});
    if (pose) pose.setStyle({}, { stick: { radius: 0.17, colorscheme: carbons(colours.ligand) } });
    drawOthers();
    drawPocket();
    drawContacts();
    if (data.centre.length) shapes.push(view.addSphere({ center: point(data.centre), radius: 0.5, color: colours.reference, opacity: 0.7 }));
    view.render();
  }

  // The other selected molecules, thin.
  function drawOthers() {
    others.forEach(m => view.removeModel(m));
    others = [];
    if (!on("show-selected")) return;
    for (const i of keel.state.selected) {
      if (i === keel.state.chosen || !keel.all[i].sdf) continue;
      const model = view.addModel(keel.all[i].sdf, "sdf");
      model.setStyle({}, { stick: { radius: 0.07, colorscheme: carbons(colours.others) } });
      others.push(model);
    }
  }

  function choose() {
    if (pose) view.removeModel(pose);
    pose = chosen() && chosen().sdf ? view.addModel(chosen().sdf, "sdf") : null;
    hover(pose);
    byId("view-title").textContent = chosen() ? chosen().rank + ". " + chosen().name + (pose ? "" : " (no pose)") : "";
    draw();
    if (!looked) lookAt(); // later the view stays where it is, so that poses can be compared
  }

  function hover(model) {
    if (!model) return;
    model.setHoverable({}, true, atom => {
      const text = atom.resn ? labelOf(atom) + " " + atom.atom : atom.elem;
      atom.hoverLabel = view.addLabel(text, { position: atom, fontSize: 11, fontColor: "white", backgroundColor: "#16202c", backgroundOpacity: 0.85 });
    }, atom => { if (atom.hoverLabel) view.removeLabel(atom.hoverLabel); delete atom.hoverLabel; });
  }

  // From where the pocket is open: the protein's atoms within 12 Å lie, on the whole, behind the ligand.
  function lookAt() {
    if (centre()) {
      const mean = list => ["x", "y", "z"].map(k => list.reduce((sum, a) => sum + a[k], 0) / list.length);
      const ligand = centre().selectedAtoms({}), middle = mean(ligand);
      const around = pocket ? pocket.selectedAtoms({}).filter(a => distance2(a, point(middle)) < 144) : [];
      const v = view.getView();
      view.setView([v[0], v[1], v[2], v[3], ...(around.length ? turn(middle.map((x, k) => x - mean(around)[k])) : v.slice(4))]);
      view.zoomTo({ model: centre() });
      view.zoom(0.82);
      // What lies between the eye and the residues about the ligand is cut off: a flap would hide the pose.
      const reach = Math.sqrt(Math.max(...ligand.map(a => distance2(a, point(middle)))));
      view.setSlab(-reach - near, 60);
    } else view.zoomTo();
    looked = true;
    view.render();
  }

  // The quaternion that turns a direction towards the eye.
  function turn([x, y, z]) {
    const length = Math.hypot(x, y, z) || 1, q = [y / length, -x / length, 0, 1 + z / length], norm = Math.hypot(...q);
    return norm < 1e-6 ? [1, 0, 0, 0] : q.map(a => a / norm);
  }

  [pocket, reference].forEach(hover);
  document.querySelectorAll("#controls input").forEach(e => e.addEventListener("change", draw));
  byId("centre").addEventListener("click", lookAt);
  byId("image").addEventListener("click", () => {
    const [head, body] = view.pngURI().split(",");
    const bytes = Uint8Array.from(atob(body), c => c.charCodeAt(0));
    keel.save(data.run + "-" + (chosen() ? chosen().name : "pocket") + ".png", new Blob([bytes], { type: head.slice(5, head.indexOf(";")) }));
  });
  byId("larger").addEventListener("click", () => {
    byId("stage").classList.toggle("large");
    byId("larger").textContent = byId("stage").classList.contains("large") ? "Smaller" : "Larger";
    view.resize();
    view.render();
  });
  keel.on("choose", choose);
  keel.on("select", () => { if (on("show-selected")) draw(); });
  if (keel.all.length === 0) { draw(); lookAt(); }
})();
