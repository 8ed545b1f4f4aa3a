// The look of boxes, shared by the viewer and the grid. Comes before the scripts of both components.
// A box: {id, kind, outcome, category_id, name, score, iou, box: [x1, y1, x2, y2] px, chosen, colour}.
// A box of kind "truth" or "detection" is drawn by its outcome at a score, one of kind "region" as an ignored region; any
// other box in its `colour`, dashed if it needs a `repair`. A truth that is not counted is a crowd region, or a region
// without a class.

const LAYERS = {
  truth: { word: "truth", colour: "#FFFFFF", edge: "#1F2328", dash: [] },
  tp: { word: "correct", colour: "#009E73", edge: null, dash: [] },
  fp: { word: "false positive", colour: "#D55E00", edge: null, dash: [] },
  missed: { word: "missed", colour: "#9B5DE5", edge: "rgba(255,255,255,0.55)", dash: [6, 4] },
  ignored: { word: "not counted", colour: "#8C959F", edge: null, dash: [2, 3] },
  region: { word: "ignored region", colour: "#8C959F", edge: null, dash: [], isHatched: true },
};
const HATCH_PX = 9;

// The layer of a box at a score threshold; null if it is hidden.
// The score of a truth is that of the detection that matches it: at a higher threshold the truth is missed.
function layerOf(box, score) {
  if (box.kind === "detection") {
    if (box.score < score) return null;
    return { true_positive: "tp", false_positive: "fp" }[box.outcome] ?? "ignored";
  }
  if (box.kind === "truth") {
    if (box.outcome === "ignored") return "region";
    return box.score === null || box.score === undefined || box.score < score ? "missed" : "truth";
  }
  return box.kind === "region" ? "region" : `class:${box.category_id}`;
}

function styleOf(box, layer) {
  return LAYERS[layer] ?? { word: box.name, colour: box.colour, edge: null, dash: box.repair ? [5, 4] : [] };
}

// Strokes a box in canvas px; a dark or light edge below it keeps it visible on any image.
function strokeBox(context, [x, y, width, height], style, lineWidth) {
  context.setLineDash([]);
  context.lineWidth = lineWidth + 1.5;
  context.strokeStyle = style.edge ?? "rgba(0,0,0,0.35)";
  context.strokeRect(x, y, width, height);
  context.setLineDash(style.dash);
  context.lineWidth = lineWidth;
  context.strokeStyle = style.colour;
  context.strokeRect(x, y, width, height);
  context.setLineDash([]);
}

// Draws rising diagonals inside a rectangle in canvas px, only where the canvas is.
function hatchBox(context, [x, y, width, height], style) {
  const { clientWidth, clientHeight } = context.canvas;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.beginPath();
  const [left, top] = [Math.max(x, 0), Math.max(y, 0)];
  const [right, bottom] = [Math.min(x + width, clientWidth), Math.min(y + height, clientHeight)];
  // On a diagonal, x + y is the same; a multiple of the distance keeps the pattern still in a moved image.
  for (let sum = Math.ceil((left + top) / HATCH_PX) * HATCH_PX; sum < right + bottom; sum += HATCH_PX) {
    context.moveTo(sum - bottom, bottom);
    context.lineTo(sum - top, top);
  }
  context.lineWidth = 1;
  context.strokeStyle = style.colour;
  context.stroke();
  context.restore();
}

function readableOn(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000000" : "#FFFFFF";
}
