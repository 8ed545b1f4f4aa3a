// The confusion matrix and the class table; every number in them is a button that shows its boxes.

const MOST_CLASSES_WITH_TEXT = 24;

let matrixSoon = 0;

// A matrix of 80 classes takes a fifth of a second to draw, so it waits until the slider rests.
function showMatrixInTime() {
  clearTimeout(matrixSoon);
  if (CLASSES <= MOST_CLASSES_WITH_TEXT || !find(".matrix table")) showMatrix();
  else matrixSoon = setTimeout(showMatrix, 150);
}

function showMatrix() {
  const places = Array.from({ length: CLASSES + 1 }, (_, place) => place);
  const isSmall = CLASSES > MOST_CLASSES_WITH_TEXT;
  const name = (place, other) => (place < CLASSES ? DATA.classes[place] : other);
  const head = places.map((place) => make("th", { scope: "col", title: name(place, "missed") }, make("span", {}, name(place, "missed"))));
  const rows = places.map((row) =>
    make(
      "tr",
      { className: row === CLASSES ? "background" : "" },
      make("th", { scope: "row", title: name(row, "background") }, make("span", {}, name(row, "background"))),
      ...places.map((column) => matrixCell(row, column, isSmall)),
    ),
  );
  const corner = make("td", { className: "corner" });
  const table = make("table", { className: isSmall ? "small" : "" }, make("thead", {}, make("tr", {}, corner, ...head)), make("tbody", {}, ...rows));
  find(".matrix .body").replaceChildren(table);
}

function matrixCell(row, column, isSmall) {
  const cell = make("td", { className: column === CLASSES ? "background" : "" });
  const number = cellAt(row, column, state.step);
  const isChosen = state.cell?.[0] === row && state.cell?.[1] === column;
  // With 80 classes nearly all cells are empty, and buttons in them would make the slider slow.
  if (!number && !isChosen) return cell;
  const total = row < CLASSES ? countsOf(row, state.step).truths : countsOfBackground();
  const share = total ? number / total : 0;
  const hue = row === CLASSES ? "var(--fp)" : column === CLASSES ? "var(--missed)" : "var(--accent)";
  const of = row < CLASSES ? `of ${count(total)} ${DATA.classes[row]}` : "of these false positives";
  const words = `${count(number)}: ${cellWords([row, column])} (${percent(share)} % ${of})`;
  const button = make(
    "button",
    {
      className: `${isChosen ? "chosen" : ""} ${share > 0.7 ? "full" : ""}`,
      data: { key: `cell-${row}-${column}`, cell: `${row}:${column}`, count: number },
      style: { "--hue": hue, "--share": `${Math.round(4 + share * 92)}%` },
      title: words,
      "aria-label": words,
      "aria-pressed": String(isChosen),
      on: () => narrow({ cell: [row, column] }),
    },
    number && !isSmall ? count(number) : "",
  );
  cell.append(button);
  return cell;
}

function countsOfBackground() {
  let total = 0;
  for (let column = 0; column < CLASSES; column += 1) total += cellAt(CLASSES, column, state.step);
  return total;
}

const CLASS_COLUMNS = ["AP", "AP50", "AP75", "Found", "False positives", "Missed", "Precision", "Recall", "F1", "Objects"];

function showClasses() {
  const head = make("tr", {}, make("th", { scope: "col" }, "Class"), ...CLASS_COLUMNS.map((name) => make("th", { scope: "col" }, name)));
  const overall = Object.fromEntries(DATA.figures.map((row) => [row.title, row]));
  const all = { ap: overall.AP.value, ap50: overall.AP50.value, ap75: overall.AP75.value };
  const rows = [classRow(-1, all, overall.AP.bar), ...DATA.per_class.map((row, kind) => classRow(kind, row, DATA.class_bars?.[kind]))];
  find(".classes .body").replaceChildren(make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function classRow(kind, aps, bar) {
  const counts = countsOf(kind, state.step);
  const isChosen = state.class === kind && !state.cell && !state.cause && (kind >= 0 || state.outcome);
  const why = aps.ap === null ? "no object here, so no AP" : counts.precision === null ? "nothing found at this score" : "";
  const swatch = make("i", { className: "swatch", style: { background: kind < 0 ? "transparent" : DATA.class_colours[kind] } });
  const title = make(
    "button",
    { data: { key: `class-${kind}` }, on: () => narrow(kind < 0 ? {} : { class: kind }) },
    swatch,
    kind < 0 ? "All classes" : DATA.classes[kind],
  );
  const half = bar && bar.low !== null ? `±${percent((bar.high - bar.low) / 2)}` : "";
  const rate = (value, small = "") =>
    make("td", value === null && why ? { title: why } : {}, percent(value), small ? make("small", {}, small) : null);
  const number = (name, outcome) => {
    const isOn = isChosen && state.outcome === outcome;
    const key = `count-${kind}-${outcome}`;
    const filter = kind < 0 ? { outcome } : { class: kind, outcome };
    const button = make("button", { className: isOn ? "chosen" : "", data: { key }, on: () => narrow(filter) }, count(counts[name]));
    return make("td", { className: "count" }, button);
  };
  return make(
    "tr",
    { className: `${kind < 0 ? "all" : ""} ${isChosen ? "chosen" : ""}`, data: { class: kind } },
    make("th", { scope: "row" }, title, why ? make("small", {}, why) : null),
    rate(aps.ap, half), rate(aps.ap50), rate(aps.ap75),
    number("tp", "true_positive"), number("fp", "false_positive"), number("fn", "missed"),
    rate(counts.precision), rate(counts.recall), rate(counts.f1),
    make("td", {}, count(counts.truths)),
  );
}
