// Precision, recall and F1 against the score, and precision against recall. A click sets the score.

const PLOT = { width: 560, height: 250, left: 36, right: 10, top: 8, bottom: 34 };
const LINES = [["precision", "Precision"], ["recall", "Recall"], ["f1", "F1"]];
const MOST_LINES = 16;

function across(share) {
  return PLOT.left + share * (PLOT.width - PLOT.left - PLOT.right);
}

function up(share) {
  return PLOT.height - PLOT.bottom - share * (PLOT.height - PLOT.top - PLOT.bottom);
}

function pathOf(points) {
  let isOpen = false;
  return points
    .map(([x, y]) => {
      if (y === null) {
        isOpen = false;
        return "";
      }
      const part = `${isOpen ? "L" : "M"}${across(x).toFixed(1)} ${up(y).toFixed(1)}`;
      isOpen = true;
      return part;
    })
    .join("");
}

// A plot of shares against shares, both in per cent or from 0 to 1; `choose` gets the x of a click, 0 to 1.
function plot(title, xTitle, isPercent, shapes, choose) {
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    draw("line", { class: "grid-line", x1: across(0), x2: across(1), y1: up(share), y2: up(share) }),
    draw("text", { class: "tick", x: PLOT.left - 6, y: up(share) + 4, "text-anchor": "end" }, String(share * 100)),
    draw("text", { class: "tick", x: across(share), y: PLOT.height - PLOT.bottom + 15, "text-anchor": "middle" }, isPercent ? String(share * 100) : String(share)),
  ]);
  const label = draw("text", { class: "axis", x: across(0.5), y: PLOT.height - 3, "text-anchor": "middle" }, xTitle);
  const svg = draw("svg", { class: "plot", viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, role: "img", "aria-label": title }, ...grid, label, ...shapes);
  svg.onclick = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    choose(Math.min(1, Math.max(0, (point.x - PLOT.left) / (PLOT.width - PLOT.left - PLOT.right))));
  };
  return svg;
}

function marker(share) {
  return draw("line", { class: "marker", x1: across(share), x2: across(share), y1: up(0), y2: up(1) });
}

function showThresholds() {
  const kind = state.class;
  find(".thresholds h2").textContent = `What a score threshold keeps${kind >= 0 ? `, ${quoted(kind)} alone` : ""}`;
  const lines = LINES.map(([name]) => {
    const points = DATA.scores.map((score, step) => [score, countsOf(kind, step)[name]]);
    return draw("path", { class: `line ${name}`, d: pathOf(points) });
  });
  const choose = (share) => change({ step: stepOf(share) });
  const shapes = [...lines, marker(scoreNow())];
  const chart = plot("Precision, recall and F1 in per cent against the score", "Score threshold", false, shapes, choose);
  const counts = countsOf(kind, state.step);
  const legend = LINES.map(([name, title]) =>
    make("span", { className: `key ${name}` }, make("i"), `${title} ${percent(counts[name])}`),
  );
  find(".thresholds .body").replaceChildren(make("p", { className: "keys" }, ...legend), chart);
}

function showRecalls() {
  const kind = state.class;
  const curves = DATA.curves.filter((curve) => curve.is_all || DATA.curves.length <= MOST_LINES + 1 || curve.class === kind);
  find(".recalls h2").textContent = `Precision at each recall, IoU ${DATA.iou}`;
  const below = find(".recalls .below");
  if (!curves.length) {
    find(".recalls .body").replaceChildren();
    below.textContent = "There is no object in these images, so there is no recall.";
    return;
  }
  const isThick = (curve) => (kind >= 0 ? curve.class === kind : curve.is_all);
  const lines = curves.map((curve) => {
    const points = curve.precision.map((value, index) => [index / 100, value]);
    const line = draw("path", { class: `line ${isThick(curve) ? "thick" : "thin"} ${kind >= 0 && !isThick(curve) ? "faint" : ""}`, d: pathOf(points) });
    if (!curve.is_all) line.style.setProperty("stroke", DATA.class_colours[curve.class]);
    return line;
  });
  const { recall } = countsOf(kind, state.step);
  const choose = (share) => change({ step: stepForRecall(kind, share) });
  const shapes = recall === null ? lines : [...lines, marker(recall)];
  const chart = plot("Precision against recall in per cent", "Recall", true, shapes, choose);
  const legend = curves.map((curve) => {
    const swatch = make("i", { style: curve.is_all ? {} : { "border-color": DATA.class_colours[curve.class] } });
    const area = curve.precision.reduce((sum, value) => sum + value, 0) / curve.precision.length;
    return make("span", { className: "key" }, swatch, `${curve.is_all ? "all classes" : DATA.classes[curve.class]} ${percent(area)}`);
  });
  find(".recalls .body").replaceChildren(make("p", { className: "keys" }, ...legend), chart);
  const of = kind >= 0 ? quoted(kind) : "all classes together";
  below.textContent = `Click a recall to set the highest score at which ${of} reach it. The line marks the present score.`;
}
