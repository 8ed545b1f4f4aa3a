// The counts of all images of the evaluation at each score, by cell of the confusion matrix and by cause.

const STEPS = DATA.scores.length;
const CELLS = new Map(DATA.confusion.map(([row, column, counts]) => [`${row}:${column}`, counts]));
const COUNTS = countsOfClasses();

// By class, and for all classes at -1: {tp, found, truths}, a number at each score.
function countsOfClasses() {
  const zeros = () => Array.from({ length: STEPS }, () => 0);
  const none = () => ({ tp: zeros(), found: zeros(), truths: zeros() });
  const all = Array.from({ length: CLASSES }, none);
  const together = none();
  const add = (name, kind, counts) => {
    for (const into of [all[kind][name], together[name]]) counts.forEach((count, step) => (into[step] += count));
  };
  for (const [row, column, counts] of DATA.confusion) {
    if (row === column) add("tp", row, counts);
    if (row < CLASSES) add("truths", row, counts);
    if (column < CLASSES) add("found", column, counts);
  }
  return { ...all, [-1]: together };
}

function countsOf(kind, step) {
  const { tp, found, truths } = COUNTS[kind];
  const counts = { tp: tp[step], fp: found[step] - tp[step], fn: truths[step] - tp[step], truths: truths[step] };
  const share = (part, whole) => (whole ? part / whole : null);
  return {
    ...counts,
    precision: share(counts.tp, found[step]),
    recall: share(counts.tp, truths[step]),
    f1: share(2 * counts.tp, found[step] + truths[step]),
  };
}

function cellAt(row, column, step) {
  return CELLS.get(`${row}:${column}`)?.[step] ?? 0;
}

// The number of boxes on all images that match the filter; none without a filter.
function boxesAskedFor() {
  if (state.cell) return cellAt(...state.cell, state.step);
  if (state.cause) return DATA.causes.find((row) => row.cause === state.cause).counts[state.step];
  const { tp, fp, fn } = countsOf(state.class, state.step);
  return { true_positive: tp, false_positive: fp, missed: fn }[state.outcome] ?? tp + fp + fn;
}

// The highest score that reaches this recall; the lowest score if none does.
function stepForRecall(kind, recall) {
  for (let step = STEPS - 1; step > 0; step -= 1) if (countsOf(kind, step).recall >= recall - 1e-9) return step;
  return 0;
}
