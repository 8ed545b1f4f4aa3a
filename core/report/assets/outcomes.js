// What became of each box of an image at a score: the same rules as core.evaluation.matching.outcomes, on the boxes that
// core.services.html_report.boxes wrote. Outcomes within a class hold at every score; only mix-ups and the causes of missed
// objects are told anew, because an object is free again once its own detection falls below the score.

const CAUSES = DATA.causes.map((row) => row.cause);
const EXPLAINING = [CAUSES.indexOf("class"), CAUSES.indexOf("location")];
const cache = new Map();

// [{kind, id, layer, class, box, score, iou, cause, partner, truthClass, foundClass}], truths first.
function outcomesOf(image, step = state.step) {
  const known = cache.get(image.id);
  if (known?.step === step) return known.boxes;
  const boxes = outcomesAt(image, DATA.scores[step]);
  cache.set(image.id, { step, boxes });
  return boxes;
}

function outcomesAt(image, score) {
  const found = image.found.filter((row) => row[3] >= score);
  const classOf = new Map(image.truths.map((row) => [row[0], row[1]]));
  const free = new Set(image.truths.filter((row) => !row[4] && (row[3] === null || row[3] < score)).map((row) => row[0]));
  const explained = new Set(
    found.filter((row) => EXPLAINING.includes(row[6])).map((row) => row[8]),
  );
  const { takenBy, takes } = mixUps(image.across, new Set(found.map((row) => row[0])), free);
  const foundClass = new Map(found.map((row) => [row[0], row[1]]));
  const truths = image.truths.map(([id, kind, box, foundScore, isCrowd]) => {
    const isMissed = free.has(id);
    const taker = takenBy.get(id);
    return {
      kind: "truth", id, class: kind, box, score: foundScore, iou: 0, partner: taker ?? null,
      layer: isCrowd ? "ignored" : isMissed ? "missed" : "truth",
      cause: isMissed && !explained.has(id) ? "missed" : "",
      truthClass: kind, foundClass: taker === undefined ? CLASSES : foundClass.get(taker),
    };
  });
  const detections = found.map(([id, kind, box, own, iou, outcome, cause, partner]) => ({
    kind: "detection", id, class: kind, box, score: own, iou,
    layer: ["tp", "fp", "ignored"][outcome],
    cause: cause < 0 ? "" : CAUSES[cause],
    partner: partner || takes.get(id) || null,
    truthClass: outcome === 0 ? kind : takes.has(id) ? classOf.get(takes.get(id)) : CLASSES,
    foundClass: kind,
  }));
  return [...truths, ...detections];
}

// In the order in which they choose, each left-over detection takes a free object of another class, each once.
function mixUps(pairs, isThere, free) {
  const takenBy = new Map();
  const takes = new Map();
  for (const [detection, truth] of pairs) {
    if (isThere.has(detection) && free.has(truth) && !takes.has(detection) && !takenBy.has(truth)) {
      takes.set(detection, truth);
      takenBy.set(truth, detection);
    }
  }
  return { takenBy, takes };
}

const LAYER_OF = { true_positive: "tp", false_positive: "fp", missed: "missed" };

function isAskedFor(box) {
  if (!["tp", "fp", "missed"].includes(box.layer)) return false;
  if (state.cell && (box.truthClass !== state.cell[0] || box.foundClass !== state.cell[1])) return false;
  if (state.cause && box.cause !== state.cause) return false;
  if (state.class >= 0 && box.class !== state.class) return false;
  return !state.outcome || box.layer === LAYER_OF[state.outcome];
}

// The image with its boxes now: `hits` are those that the filter asks for, `chosen` those that stand out.
function viewOf(image) {
  const boxes = outcomesOf(image);
  const asked = boxes.filter(isAskedFor);
  // A mix-up is one count in its cell, and two boxes: the false positive and the object it lies on.
  const isCounted = (box) => !state.cell || box.kind === "detection" || box.foundClass === CLASSES;
  const chosen = new Set(isNarrow() ? asked : []);
  // A find stands for its object too.
  const objects = new Set([...chosen].filter((box) => box.layer === "tp").map((box) => box.partner));
  for (const box of boxes) if (box.layer === "truth" && objects.has(box.id)) chosen.add(box);
  const number = (layer) => boxes.filter((box) => box.layer === layer).length;
  return { image, boxes, chosen, hits: asked.filter(isCounted).length, fp: number("fp"), missed: number("missed") };
}
