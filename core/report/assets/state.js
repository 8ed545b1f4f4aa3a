// What is shown. It lives in the address behind the #, so that a link into the file carries it.
// With nothing there the report opens as it was made; once something was changed, the address says all of it.

const DATA = JSON.parse(document.getElementById("data").textContent);
const CLASSES = DATA.classes.length; // stands for the background, too
const OUTCOMES = ["true_positive", "false_positive", "missed"];
const SORTS = { mistakes: "Most mistakes", missed: "Most missed", false_alarms: "Most false positives", name: "File name" };
const NOTHING = { cell: null, cause: "", class: -1, outcome: "" };
const state = {};

function stepOf(score) {
  const distances = DATA.scores.map((one) => Math.abs(one - score));
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

// An address can hold anything: what makes no sense in it is left out.
function readState() {
  const given = new URLSearchParams(location.hash.slice(1));
  const isAsMade = ![...given.keys()].some((name) => name !== "image");
  const score = Number.parseFloat(given.get("score"));
  const image = wholeNumber(given.get("image"), Number.MAX_SAFE_INTEGER);
  Object.assign(state, NOTHING, {
    step: stepOf(score >= 0 && score <= 1 ? score : DATA.score),
    sort: among(given.get("sort"), Object.keys(SORTS), "mistakes"),
    page: Math.max(1, wholeNumber(given.get("page"), 1e6) ?? 1),
    image: DATA.pictures.some((one) => one.id === image) ? image : null,
  });
  if (isAsMade) return Object.assign(state, DATA.start);
  state.cell = cellOf(given.get("cell"));
  state.cause = among(given.get("cause"), DATA.causes.map((row) => row.cause), "");
  state.class = CLASSES ? wholeNumber(given.get("class"), CLASSES - 1) ?? -1 : -1;
  state.outcome = among(given.get("outcome"), OUTCOMES, "");
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

// Changes what is shown. A slider moves without leaving a trail for the browser's back button.
function change(values, leavesTrail = true) {
  Object.assign(state, values);
  if (leavesTrail) location.hash = address();
  else location.replace(address());
  render();
}

// Other boxes instead of all that narrowed before; the same ones again: all.
function narrow(values) {
  const wanted = { ...NOTHING, ...values };
  const isSame = Object.keys(NOTHING).every((name) => String(wanted[name]) === String(state[name]));
  change({ ...(isSame ? NOTHING : wanted), page: 1, image: null });
}
