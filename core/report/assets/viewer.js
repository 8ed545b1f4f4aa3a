// One image as large as the window allows, with its layers. Keys: left and right, Escape, l for labels, and t p f m.

const LAYERS = ["tp", "fp", "missed", "truth", "ignored", "region"];
const RARE_LAYERS = ["ignored", "region"];
const LAYER_KEYS = { t: "truth", p: "tp", f: "fp", m: "missed" };
const hiddenLayers = new Set();
let hasLabels = true;
let order = [];

function showViewer(views) {
  const dialog = find("dialog");
  if (state.image === null) {
    if (dialog.open) dialog.close();
    return;
  }
  order = views.map((view) => view.image.id);
  const view = views.find(({ image }) => image.id === state.image) ?? viewOf(DATA.pictures.find(({ id }) => id === state.image));
  if (!dialog.open) dialog.showModal();
  hideTip();
  const { image } = view;
  const index = order.indexOf(image.id);
  find("dialog .title").textContent = index >= 0 ? `${image.file} · ${index + 1} of ${order.length}` : image.file;
  find("dialog .previous").disabled = index <= 0;
  find("dialog .next").disabled = index < 0 || index >= order.length - 1;
  find("dialog .labels").setAttribute("aria-pressed", String(hasLabels));
  // A disabled button with the focus would swallow the keys.
  if (!dialog.contains(document.activeElement) || document.activeElement.disabled) dialog.focus();
  showLayers(view);
  showStage(view);
  const stored = image.shown ? `In this file at ${image.shown.join(" × ")} px` : image.jpeg ? "In this file at full size" : image.why;
  find("dialog .about").textContent = `${image.width} × ${image.height} px${image.split ? `, ${image.split}` : ""}. ${stored}.`;
}

function showStage(view) {
  const { image } = view;
  const fit = find(".fit");
  fit.style.setProperty("aspect-ratio", `${image.width} / ${image.height}`);
  fit.style.setProperty("--ratio", image.width / image.height);
  // The same image keeps its element, or it would flicker while a slider moves.
  const old = fit.dataset.id === String(image.id) ? fit.firstElementChild : imageOf(image);
  const layers = LAYERS.filter((layer) => !hiddenLayers.has(layer));
  fit.replaceChildren(old, boxesOver(view, layers), ...(hasLabels ? labelsOver(view, layers) : []));
  hideCovered([...fit.querySelectorAll(".label")]);
  const number = (layer) => (hiddenLayers.has(layer) ? 0 : view.boxes.filter((box) => box.layer === layer).length);
  const chosen = [...view.chosen].map((box) => `${box.kind} ${box.id}`).sort();
  Object.assign(fit.dataset, { id: image.id, chosen: chosen.join(), tp: number("tp"), fp: number("fp"), missed: number("missed") });
}

// Labels never overlap; a hidden label's text is shown on hover.
function hideCovered(labels) {
  const taken = [];
  for (const label of labels) {
    const place = label.getBoundingClientRect();
    const isFree = taken.every((other) => place.right <= other.left || other.right <= place.left || place.bottom <= other.top || other.bottom <= place.top);
    if (isFree) taken.push(place);
    label.classList.toggle("covered", !isFree);
  }
}

// The label of a missed object is below it, so that the label of the box of another class does not cover it.
function labelsOver(view, layers) {
  const some = view.chosen.size > 0;
  return view.boxes
    .filter((box) => layers.includes(box.layer) && !RARE_LAYERS.includes(box.layer) && (!some || view.chosen.has(box)))
    // The name of a found object is on its detection's box.
    .filter((box) => box.layer !== "truth" || !layers.includes("tp"))
    .map((box) => labelOf(box, view.image));
}

function labelOf(box, { width, height }) {
  const name = nameOf(box.class);
  const words = box.kind === "detection" ? `${name} ${box.score.toFixed(2)}` : box.layer === "missed" ? `missed ${name}` : name;
  const [x1, y1, x2, y2] = box.box;
  const share = (box.layer === "missed" ? y2 : y1) / height;
  const hasNoRoom = box.layer === "missed" ? share > 0.96 : share < 0.04;
  // Near the right edge the label ends with its box, so that it stays inside the image.
  const side = x1 / width > 0.8 ? { right: `${(1 - x2 / width) * 100}%` } : { left: `${(x1 / width) * 100}%` };
  const style = { ...side, top: `${share * 100}%` };
  return make("span", { className: `label ${box.layer} ${hasNoRoom ? "inside" : ""}`, style }, words);
}

function showLayers(view) {
  const shown = LAYERS.filter((layer) => !RARE_LAYERS.includes(layer) || view.boxes.some((box) => box.layer === layer));
  find("dialog .layers").replaceChildren(
    ...shown.map((layer) => {
      const number = view.boxes.filter((box) => box.layer === layer).length;
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
