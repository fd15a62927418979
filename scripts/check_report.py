"""Opens a report.html in headless Chromium, uses it as a reader would, and says what is wrong: errors on the console, parts that do nothing, downloads that differ from the page's data.

    python3 scripts/check_report.py runs/demo/report.html [--picture page.png --size 1280x2400]

Needs `chromium` on the PATH and no network. Ends with code 1 where anything is wrong.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

# Runs in the page, after its own scripts. Files are caught on their way to the disk.
DRIVER = """
<script>
(async function () {
  const said = { problems: [], files: {} }, problem = text => said.problems.push(text);
  const $ = s => document.querySelector(s), $$ = s => [...document.querySelectorAll(s)];
  const fire = (e, type) => e.dispatchEvent(new Event(type, { bubbles: true }));
  const set = (id, value) => { const e = document.getElementById(id); e.type === "checkbox" ? e.checked = value : e.value = value; fire(e, e.type === "checkbox" ? "change" : "input"); fire(e, "input"); };
  const blobs = new Map(), made = URL.createObjectURL;
  URL.createObjectURL = b => { const u = made.call(URL, b); blobs.set(u, b); return u; };
  HTMLAnchorElement.prototype.click = function () { said.files[this.download] = blobs.get(this.href); };
  try {
    const data = JSON.parse($("#page-data").textContent), rows = () => $$("#table-body tr");
    said.molecules = data.molecules.length;
    said.webgl = $("#view") !== null && $("#view canvas") !== null;
    if (data.molecules.length) {
      set("filter-set", "");
      if (rows().length !== data.molecules.length) problem("the table has " + rows().length + " rows of " + data.molecules.length + " molecules");
      // every figure of the table is the data's, as written by toFixed
      const heads = $$("#table-head th").map(th => th.textContent.replace(/ [▾▴]$/, ""));
      for (const row of rows()) {
        const m = data.molecules[row.dataset.index];
        for (const c of data.columns) {
          const at = heads.indexOf(c.short);
          if (at < 0 || c.key === "pb_valid") continue;
          const text = row.cells[at].textContent, v = m.values[c.key];
          if (v === undefined ? text !== "–" : Number(text.replace("−", "-")) !== Number(v.toFixed(c.digits))) problem(m.name + ": " + c.key + " is " + v + " and shows as " + text);
        }
      }
      for (const c of data.columns) { // sorting both ways
        const button = $$("#table-head .sort").find(b => b.textContent.replace(/ [▾▴]$/, "") === c.short);
        if (!button) continue;
        for (let k = 0; k < 2; k++) {
          $$("#table-head .sort").find(b => b.textContent.replace(/ [▾▴]$/, "") === c.short).click();
          const down = $$("#table-head th").find(th => th.textContent.startsWith(c.short) && th.hasAttribute("aria-sort")).getAttribute("aria-sort") === "descending";
          const values = rows().map(r => data.molecules[r.dataset.index].values[c.key]).filter(v => v !== undefined);
          if (values.some((v, i) => i && (down ? v > values[i - 1] : v < values[i - 1]))) problem("not sorted by " + c.key);
        }
      }
      const first = data.molecules[0];
      set("filter-text", first.name);
      if (rows().length < 1 || rows().some(r => !(data.molecules[r.dataset.index].name + data.molecules[r.dataset.index].smiles).toLowerCase().includes(first.name.toLowerCase()))) problem("the filter by text");
      $("#filter-clear").click();
      $$("#columns input").forEach(e => { e.click(); e.click(); });
      const contact = $$("#filter-contact option").find(o => o.value);
      if (contact) {
        set("filter-contact", contact.value);
        if (!rows().length || rows().some(r => !data.molecules[r.dataset.index].contacts.some(c => c.kind + " " + c.residue === contact.value))) problem("the filter by contact");
        $("#filter-clear").click();
      }
      set("show-ranges", true);
      const least = $("#table-head .range input"); // of the rank
      least.value = "2";
      fire(least, "input");
      if (rows().some(r => data.molecules[r.dataset.index].rank < 2)) problem("the filter by range");
      $("#filter-clear").click();
      set("show-ranges", false);
      set("filter-set", "");
      for (const row of rows().slice(0, 12)) row.click();
      $("#next").click();
      $("#previous").click();
      $$("#controls input").forEach(e => { e.checked = !e.checked; fire(e, "change"); e.checked = !e.checked; fire(e, "change"); });
      $$("#tradeoff-colour option").forEach(o => set("tradeoff-colour", o.value));
      set("tradeoff-colour", "");
      $$("#tradeoff-y option").forEach(o => set("tradeoff-y", o.value));
      $$("#tradeoff-y option").some(o => o.value === "qed") && set("tradeoff-y", "qed");
      $("#select-front").click();
      if (!$("#select-front").disabled && $$("#tradeoff .point.selected").length === 0) problem("the front is not selected");
      $("#tradeoff .point") && fire($("#tradeoff .point"), "click");
      $$("#clusters .card, #scaffolds .card").slice(0, 2).forEach(c => { c.querySelector("button").click(); if (!rows().length) problem("a group without molecules"); });
      $("#filter-clear").click();
      $$("[data-of]").filter(b => !b.disabled).forEach(b => b.click());
      said.rows = data.molecules.map(m => ({ name: m.name, smiles: m.smiles, values: m.values, pose: m.sdf !== "" }));
      if ($("#copy")) $("#copy").click();
    }
    if ($$("img").some(i => i.complete && i.naturalWidth === 0)) problem("a picture does not draw");
    if (document.documentElement.scrollWidth > innerWidth) problem("the page is " + document.documentElement.scrollWidth + " wide in a window of " + innerWidth);
  } catch (e) { problem("exception: " + e.stack); }
  for (const name in said.files) said.files[name] = await said.files[name].text();
  const out = document.createElement("pre");
  out.id = "said";
  out.textContent = encodeURIComponent(JSON.stringify(said));
  document.body.append(out);
})();
</script>
"""

BROWSER = ["chromium", "--headless=new", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars", "--enable-logging=stderr",
           "--virtual-time-budget=20000"]


def browse(page, width, *args):
    done = subprocess.run([*BROWSER, f"--window-size={width}", *(args or ["--dump-dom"]), page.resolve().as_uri()], capture_output=True, text=True, timeout=600)
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, console


def problems_of(page):
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        driven = pathlib.Path(folder) / "page.html"
        driven.write_text(text.replace("</body>", DRIVER + "</body>") if text.count("</body>") == 1 else text + DRIVER, encoding="utf-8")
        dom, console = browse(driven, "1280,1600")
    # What 3Dmol and swiftshader say of their drawing is no error of the page.
    problems = ["console: " + line for line in console if not re.search(r"GL Driver Message|GPU stall|software WebGL|deprecated", line)]
    found = re.search(r'<pre id="said">([^<]*)</pre>', dom)
    if not found:
        return {}, problems + ["the page's scripts did not come to their end"]
    from urllib.parse import unquote

    said = json.loads(unquote(found.group(1)))
    return said, problems + said["problems"] + wrong_files(said)


def wrong_files(said):
    """The files of all molecules hold each of them, with every figure in full."""
    import csv
    import io

    problems = []
    rows = said.get("rows", [])
    for name, text in said["files"].items():
        if name.endswith("-all.csv"):
            table = list(csv.DictReader(io.StringIO(text)))
            if [r["name"] for r in table] != [r["name"] for r in rows]:
                problems.append(f"{name} has other molecules than the page")
            for line, row in zip(table, rows):
                problems += [f"{name}: {row['name']}: {key} is {line[key]}, not {value}" for key, value in row["values"].items() if key in line and float(line[key]) != value]
        if name.endswith("-all.sdf"):
            poses = sum(r["pose"] for r in rows)
            if text.count("$$$$\n") != poses:
                problems.append(f"{name} has {text.count('$$$$')} records, the page {poses} poses")
            if rows and poses and "<smiles>" not in text:
                problems.append(f"{name} has no data items")
    if rows and not any(name.endswith("-all.csv") for name in said["files"]):
        problems.append("no file of all molecules")
    return problems


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("page", type=pathlib.Path)
    options.add_argument("--picture", help="PNG file to write of the page as it opens")
    options.add_argument("--size", default="1280x2400", help="of the picture")
    args = options.parse_args()
    said, problems = problems_of(args.page)
    if args.picture:
        browse(args.page, args.size.replace("x", ","), f"--screenshot={args.picture}")
    print(f"{said.get('molecules', 0)} molecules, 3D {'drawn' if said.get('webgl') else 'not drawn'}, {len(said.get('files', {}))} files taken, {len(problems)} problems")
    for line in problems[:40]:
        print(" ", line[:400])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
