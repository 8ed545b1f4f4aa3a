// The state of the report. It is kept in the address after the #, so that a link into the file holds it.
// Without it the report opens as it was made; after a change the address holds the whole state.

const DATA = JSON.parse(document.getElementById("data").textContent);
const CLASSES = DATA.classes.length; // also the index of the background
const OUTCOMES = ["true_positive", "false_positive", "missed"];
const SORTS = { mistakes: "Most mistakes", missed: "Most missed", false_alarms: "Most false positives", name: "File name" };
const NOTHING = { cell: null, cause: "", class: -1, outcome: "" };
const state = {};

function stepOf(score) {
  const distances = DATA.scores.map((stepScore) => Math.abs(stepScore - score));
  return distances.indexOf(Math.min(...distances));
}

function wholeNumber(text, most) {
  return /^\d{1,15}$/.test(text ?? "") && Number(text) <= most ? Number(text) : null;
}

function among(text, options, otherwise) {
  return options.includes(text) ? text : otherwise;
}

function cellOf(text) {
  const cell = (text ?? "").split(":").map((part) => wholeNumber(part, CLASSES));
  return cell.length === 2 && !cell.includes(null) && Math.min(...cell) < CLASSES ? cell : null;
}

// An address can hold anything: invalid parts are ignored.
function readState() {
  const params = new URLSearchParams(location.hash.slice(1));
  const isAsMade = ![...params.keys()].some((name) => name !== "image");
  const score = Number.parseFloat(params.get("score"));
  const image = wholeNumber(params.get("image"), Number.MAX_SAFE_INTEGER);
  Object.assign(state, NOTHING, {
    step: stepOf(score >= 0 && score <= 1 ? score : DATA.score),
    sort: among(params.get("sort"), Object.keys(SORTS), "mistakes"),
    page: Math.max(1, wholeNumber(params.get("page"), 1e6) ?? 1),
    image: DATA.pictures.some(({ id }) => id === image) ? image : null,
  });
  if (isAsMade) return Object.assign(state, DATA.start);
  state.cell = cellOf(params.get("cell"));
  state.cause = among(params.get("cause"), DATA.causes.map((row) => row.cause), "");
  state.class = CLASSES ? wholeNumber(params.get("class"), CLASSES - 1) ?? -1 : -1;
  state.outcome = among(params.get("outcome"), OUTCOMES, "");
  return state;
}

function address() {
  const values = new URLSearchParams({ score: String(scoreNow()) });
  if (state.cell) values.set("cell", state.cell.join(":"));
  if (state.cause) values.set("cause", state.cause);
  if (state.class >= 0) values.set("class", state.class);
  if (state.outcome) values.set("outcome", state.outcome);
  if (state.sort !== "mistakes") values.set("sort", state.sort);
  if (state.page > 1) values.set("page", state.page);
  if (state.image !== null) values.set("image", state.image);
  return `#${values.toString().replaceAll("%3A", ":")}`;
}

function scoreNow() {
  return DATA.scores[state.step];
}

function isNarrow() {
  return Boolean(state.cell || state.cause || state.class >= 0 || state.outcome);
}

// Changes the state. A moving slider adds nothing to the browser's history.
function change(values, leavesTrail = true) {
  Object.assign(state, values);
  if (leavesTrail) location.hash = address();
  else location.replace(address());
  render();
}

// Replaces the whole filter by another one; the same filter again removes it.
function narrow(values) {
  const wanted = { ...NOTHING, ...values };
  const isSame = Object.keys(NOTHING).every((name) => String(wanted[name]) === String(state[name]));
  change({ ...(isSame ? NOTHING : wanted), page: 1, image: null });
}
