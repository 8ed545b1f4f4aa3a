// The head of the report: the evaluation and its figures.

function showHead() {
  find("h1").textContent = DATA.title;
  find(".facts").replaceChildren(
    ...DATA.facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))),
  );
  setText(".seal", DATA.seal);
  find(".rule .iou").textContent = `IoU at least ${DATA.iou}`;
  for (const [name, colour] of Object.entries(DATA.colours)) {
    document.documentElement.style.setProperty(`--${name}`, colour);
  }
  find(".notes").hidden = !DATA.notes.length;
  find(".notes ul").replaceChildren(...DATA.notes.map((note) => make("li", {}, note)));
}

function showTiles() {
  const { tp, fp, fn, precision, recall, f1 } = countsOf(-1, state.step);
  const rates = [
    ["Precision", precision, counted(fp, "false positive"), "nothing was found at this score"],
    ["Recall", recall, `${count(fn)} missed`, "no object in these images"],
    ["F1", f1, `${count(tp)} found`, "neither objects nor detections"],
  ];
  find(".tiles").replaceChildren(
    ...DATA.figures.map(figureTile),
    ...rates.map(([title, value, below, why]) => tile(title, value, value === null ? why : below, "rate")),
  );
  find(".under").textContent =
    `${counted(DATA.images, "image")}, ${counted(DATA.objects, "object")}. AP and AR count all scores; precision, ` +
    `recall, F1 and all counts hold at score ${scoreNow()} and IoU ${DATA.iou}.`;
}

function figureTile(row) {
  if (row.value === null) return tile(row.title, null, row.why);
  const half = row.bar && row.bar.low !== null ? `± ${percent((row.bar.high - row.bar.low) / 2)}` : "";
  const masks = row.has_masks ? `masks ${percent(row.masks)}` : "";
  const built = tile(row.title, row.value, [half, masks].filter(Boolean).join(" · ") || row.help);
  built.title = half ? `${row.help}. 95 % interval: ${percent(row.bar.low)} to ${percent(row.bar.high)}` : row.help;
  return built;
}

function tile(title, value, below, className = "") {
  const parts = [make("span", { className: "name" }, title), make("b", {}, percent(value)), make("span", { className: "quiet" }, below)];
  return make("div", { className: `tile-figure ${className}`, data: { figure: title } }, ...parts);
}
