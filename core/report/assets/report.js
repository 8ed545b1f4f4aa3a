// Starts the report, and redraws it when the state changes.

let waits = false;

function render() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    const key = document.activeElement?.dataset?.key;
    const views = shownImages();
    showRule();
    showTiles();
    showMatrixInTime();
    showCauses();
    showClasses();
    showThresholds();
    showRecalls();
    showImages(views);
    showViewer(views);
    // The clicked element was replaced: its successor gets the focus, for the keyboard.
    if (key) find(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
    document.body.dataset.ready = address();
  });
}

function showRule() {
  for (const input of document.querySelectorAll("input.score")) input.value = state.step;
  for (const output of document.querySelectorAll("output")) output.textContent = scoreNow().toFixed(2);
  find(".images select").value = state.sort;
  const reset = find("button.given");
  reset.hidden = state.step === stepOf(DATA.score);
  reset.textContent = `Back to ${DATA.score}`;
}

function start() {
  showHead();
  showLegend();
  listenToViewer();
  for (const input of document.querySelectorAll("input.score")) {
    input.max = STEPS - 1;
    input.oninput = () => change({ step: Number(input.value) }, false);
  }
  find("button.given").onclick = () => change({ step: stepOf(DATA.score) });
  window.addEventListener("hashchange", () => {
    if (location.hash !== address()) {
      readState();
      render();
    }
  });
  readState();
  render();
}

start();
