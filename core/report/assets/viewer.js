// One picture as large as the window allows, with its layers. Keys: left and right, Escape, l for labels, and t p f m.

const LAYERS = ["tp", "fp", "missed", "truth", "ignored"];
const LAYER_KEYS = { t: "truth", p: "tp", f: "fp", m: "missed" };
const hiddenLayers = new Set();
let hasLabels = true;
let order = [];

function showViewer(looks) {
  const dialog = find("dialog");
  if (state.image === null) {
    if (dialog.open) dialog.close();
    return;
  }
  order = looks.map((look) => look.picture.id);
  const look = looks.find((one) => one.picture.id === state.image) ?? lookAt(DATA.pictures.find((one) => one.id === state.image));
  if (!dialog.open) dialog.showModal();
  hideTip();
  const { picture } = look;
  const place = order.indexOf(picture.id);
  find("dialog .title").textContent = place >= 0 ? `${picture.file} · ${place + 1} of ${order.length}` : picture.file;
  find("dialog .previous").disabled = place <= 0;
  find("dialog .next").disabled = place < 0 || place >= order.length - 1;
  find("dialog .labels").setAttribute("aria-pressed", String(hasLabels));
  // A disabled button that has the focus would swallow the keys.
  if (!dialog.contains(document.activeElement) || document.activeElement.disabled) dialog.focus();
  showLayers(look);
  showStage(look);
  const shown = picture.shown ? `In this file at ${picture.shown.join(" × ")} px` : picture.jpeg ? "In this file at its own size" : picture.why;
  find("dialog .about").textContent = `${picture.width} × ${picture.height} px${picture.split ? `, ${picture.split}` : ""}. ${shown}.`;
}

function showStage(look) {
  const { picture } = look;
  const fit = find(".fit");
  fit.style.setProperty("aspect-ratio", `${picture.width} / ${picture.height}`);
  fit.style.setProperty("--ratio", picture.width / picture.height);
  // Where the picture stays, so does its element: a slider would make it flicker.
  const old = fit.dataset.id === String(picture.id) ? fit.firstElementChild : pictureOf(picture);
  const layers = LAYERS.filter((layer) => !hiddenLayers.has(layer));
  fit.replaceChildren(old, boxesOver(look, layers), ...(hasLabels ? labelsOver(look, layers) : []));
  hideCovered([...fit.querySelectorAll(".label")]);
  const number = (layer) => (hiddenLayers.has(layer) ? 0 : look.boxes.filter((box) => box.layer === layer).length);
  const chosen = [...look.chosen].map((box) => `${box.kind} ${box.id}`).sort();
  Object.assign(fit.dataset, { id: picture.id, chosen: chosen.join(), tp: number("tp"), fp: number("fp"), missed: number("missed") });
}

// A label never stands on another one; hovering still tells what it says.
function hideCovered(labels) {
  const taken = [];
  for (const label of labels) {
    const place = label.getBoundingClientRect();
    const isFree = taken.every((other) => place.right <= other.left || other.right <= place.left || place.bottom <= other.top || other.bottom <= place.top);
    if (isFree) taken.push(place);
    label.classList.toggle("covered", !isFree);
  }
}

// A missed object has its label below, where that of the box which was taken for it does not cover it.
function labelsOver(look, layers) {
  const some = look.chosen.size > 0;
  return look.boxes
    .filter((box) => layers.includes(box.layer) && box.layer !== "ignored" && (!some || look.chosen.has(box)))
    // A found object has its name on the box that found it.
    .filter((box) => box.layer !== "truth" || !layers.includes("tp"))
    .map((box) => labelOf(box, look.picture));
}

function labelOf(box, { width, height }) {
  const name = DATA.classes[box.class];
  const words = box.kind === "detection" ? `${name} ${box.score.toFixed(2)}` : box.layer === "missed" ? `missed ${name}` : name;
  const [x1, y1, x2, y2] = box.box;
  const share = (box.layer === "missed" ? y2 : y1) / height;
  const hasNoRoom = box.layer === "missed" ? share > 0.96 : share < 0.04;
  // Near the right edge it ends with its box instead of beyond the picture.
  const side = x1 / width > 0.8 ? { right: `${(1 - x2 / width) * 100}%` } : { left: `${(x1 / width) * 100}%` };
  const style = { ...side, top: `${share * 100}%` };
  return make("span", { className: `label ${box.layer} ${hasNoRoom ? "inside" : ""}`, style }, words);
}

function showLayers(look) {
  const shown = LAYERS.filter((layer) => layer !== "ignored" || look.boxes.some((box) => box.layer === layer));
  find("dialog .layers").replaceChildren(
    ...shown.map((layer) => {
      const number = look.boxes.filter((box) => box.layer === layer).length;
      return make(
        "button",
        { className: `line-key ${layer}`, data: { layer, key: `layer-${layer}` }, "aria-pressed": String(!hiddenLayers.has(layer)), on: () => toggleLayer(layer) },
        make("i"),
        `${count(number)} ${LAYER_WORDS[layer]}`,
      );
    }),
  );
}

function toggleLayer(layer) {
  if (!hiddenLayers.delete(layer)) hiddenLayers.add(layer);
  render();
}

function toggleLabels() {
  hasLabels = !hasLabels;
  render();
}

function step(direction) {
  const target = order[order.indexOf(state.image) + direction];
  if (order.includes(state.image) && target !== undefined) change({ image: target }, false);
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const isOnSlider = event.target.type === "range";
  const actions = { ArrowLeft: () => step(-1), ArrowRight: () => step(1), l: toggleLabels };
  const layer = LAYER_KEYS[event.key];
  const action = layer ? () => toggleLayer(layer) : actions[event.key];
  if (!action || (isOnSlider && event.key.startsWith("Arrow"))) return;
  event.preventDefault();
  action();
}

function listenToViewer() {
  const dialog = find("dialog");
  dialog.onkeydown = press;
  dialog.onclose = () => {
    if (state.image !== null) change({ image: null });
  };
  find("dialog .previous").onclick = () => step(-1);
  find("dialog .next").onclick = () => step(1);
  find("dialog .labels").onclick = toggleLabels;
  find("dialog .close").onclick = () => dialog.close();
}
