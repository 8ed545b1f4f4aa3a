// The outcome of each box of an image at a score: the rules of core.evaluation.matching.outcomes, on the boxes from
// core.services.html_report.boxes. Outcomes within a class hold at every score. Only confusions and the causes of missed
// objects are computed again, because an object is free once its detection falls below the score.

const CAUSES = DATA.causes.map((row) => row.cause);
const EXPLAINING = [CAUSES.indexOf("class"), CAUSES.indexOf("location")];
const cache = new Map();

// [{kind, id, layer, class, box, score, iou, cause, partner, truthClass, foundClass}], truths first.
function outcomesOf(image, step = state.step) {
  const cached = cache.get(image.id);
  if (cached?.step === step) return cached.boxes;
  const boxes = outcomesAt(image, DATA.scores[step]);
  cache.set(image.id, { step, boxes });
  return boxes;
}

function outcomesAt(image, score) {
  const rows = image.found.filter((row) => row[3] >= score);
  const classOf = new Map(image.truths.map((row) => [row[0], row[1]]));
  const free = new Set(image.truths.filter((row) => !row[4] && (row[3] === null || row[3] < score)).map((row) => row[0]));
  const explained = new Set(
    rows.filter((row) => EXPLAINING.includes(row[6])).map((row) => row[8]),
  );
  const { takenBy, takes } = confusions(image.across, new Set(rows.map((row) => row[0])), free);
  const foundClass = new Map(rows.map((row) => [row[0], row[1]]));
  const truths = image.truths.map(([id, kind, box, foundScore, isCrowd, calibrated]) => {
    const isMissed = free.has(id);
    const taker = takenBy.get(id);
    return {
      kind: "truth", id, class: kind, box, score: foundScore, calibrated, iou: 0, partner: taker ?? null,
      layer: isCrowd ? "region" : isMissed ? "missed" : "truth",
      cause: isMissed && !explained.has(id) ? "missed" : "",
      truthClass: kind, foundClass: taker === undefined ? CLASSES : foundClass.get(taker),
    };
  });
  const detections = rows.map(([id, kind, box, own, iou, outcome, cause, partner, , calibrated]) => ({
    kind: "detection", id, class: kind, box, score: own, calibrated, iou,
    layer: ["tp", "fp", "ignored"][outcome],
    cause: cause < 0 ? "" : CAUSES[cause],
    partner: partner || takes.get(id) || null,
    truthClass: outcome === 0 ? kind : takes.has(id) ? classOf.get(takes.get(id)) : CLASSES,
    foundClass: kind,
  }));
  return [...truths, ...detections];
}

// In their order, each remaining detection takes a free object of another class; each object is taken once.
function confusions(pairs, present, free) {
  const takenBy = new Map();
  const takes = new Map();
  for (const [detection, truth] of pairs) {
    if (present.has(detection) && free.has(truth) && !takes.has(detection) && !takenBy.has(truth)) {
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

// The image with its present boxes: `hits` match the filter, `chosen` are highlighted.
function viewOf(image) {
  const boxes = outcomesOf(image);
  const asked = boxes.filter(isAskedFor);
  // A confusion is one count in its cell, and two boxes: the false positive and the object it lies on.
  const isCounted = (box) => !state.cell || box.kind === "detection" || box.foundClass === CLASSES;
  const chosen = new Set(isNarrow() ? asked : []);
  // A true positive also counts for its object.
  const objects = new Set([...chosen].filter((box) => box.layer === "tp").map((box) => box.partner));
  for (const box of boxes) if (box.layer === "truth" && objects.has(box.id)) chosen.add(box);
  const number = (layer) => boxes.filter((box) => box.layer === layer).length;
  return { image, boxes, chosen, hits: asked.filter(isCounted).length, fp: number("fp"), missed: number("missed") };
}
