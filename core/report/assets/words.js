// Numbers and filters in the words of the app's pages.

const NONE = "–";
const WORDS = {
  tp: "correct", fp: "false positive", missed: "missed", truth: "truth", ignored: "not counted", region: "ignored region",
};
const LAYER_WORDS = { ...WORDS, fp: "false positives" };

function percent(share, digits = 1) {
  return share === null || share === undefined ? NONE : (share * 100).toFixed(digits);
}

function count(number) {
  return number.toLocaleString("en");
}

function counted(number, singular, plural = `${singular}s`) {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

// A region without a class has the class -1.
function nameOf(kind) {
  return DATA.classes[kind] ?? WORDS.region;
}

function quoted(kind) {
  return `“${DATA.classes[kind]}”`;
}

function causeTitle(cause) {
  return DATA.causes.find((row) => row.cause === cause)?.title ?? "";
}

function cellWords([truth, found]) {
  if (truth === CLASSES) return `${quoted(found)} on nothing`;
  if (found === CLASSES) return `missed ${quoted(truth)}`;
  return truth === found ? `found ${quoted(truth)}` : `${quoted(truth)} taken for ${quoted(found)}`;
}

function filterWords(number) {
  if (state.cell) return `${counted(number, "box", "boxes")}: ${cellWords(state.cell)}`;
  const kind = state.class >= 0 ? quoted(state.class) : "";
  if (state.cause === "missed") return `${kind ? `${count(number)} ${kind}` : counted(number, "object")} missed outright`;
  if (state.cause) {
    return `${counted(number, "false positive")}${kind ? ` of ${kind}` : ""} (${causeTitle(state.cause).toLowerCase()})`;
  }
  const outcome = { true_positive: "found ", false_positive: "false positives of ", missed: "missed " }[state.outcome] ?? "";
  return `${count(number)} ${outcome}${kind || "boxes"}`;
}

function boxWords(box) {
  const lines = [box.class < 0 ? WORDS.region : `${nameOf(box.class)}, ${WORDS[box.layer]}`];
  const figures = [];
  const calibrated = typeof box.calibrated === "number" ? `, calibrated ${box.calibrated.toFixed(2)}` : "";
  if (box.kind === "detection") figures.push(`score ${box.score.toFixed(2)}${calibrated}`);
  if (box.layer === "truth") figures.push(`found with score ${box.score.toFixed(2)}${calibrated}`);
  if (box.iou) figures.push(`IoU ${box.iou.toFixed(2)}`);
  if (figures.length) lines.push(figures.join(", "));
  if (box.cause && box.kind === "detection") lines.push(`cause: ${causeTitle(box.cause).toLowerCase()}`);
  if (box.layer === "fp" && box.truthClass < CLASSES) lines.push(`lies on a missed ${quoted(box.truthClass)}`);
  if (box.layer === "missed" && box.foundClass < CLASSES) lines.push(`taken for ${quoted(box.foundClass)}`);
  if (box.layer === "missed" && box.cause) lines.push("cause: no box explains it");
  const [x1, y1, x2, y2] = box.box;
  lines.push(`${(x2 - x1).toFixed(0)} × ${(y2 - y1).toFixed(0)} px`);
  return lines.join("\n");
}
