// The viewer's chips: one per layer, with its number of boxes; a click shows or hides the layer.
// Comes between boxes.js and viewer.js.

const KEYS = { t: "truth", p: "tp", f: "fp", m: "missed", o: "mask" };
const MASKS = { word: "masks", colour: "currentColor", dash: [] };

class LayerChips {
  constructor(viewer) {
    this.viewer = viewer;
    this.holder = viewer.find(".layers");
  }

  // `counts`: layer -> number of boxes. Unchanged chips are not redrawn, so that a chip keeps the focus.
  draw(counts) {
    const { data, hidden } = this.viewer;
    const layers = data.mode === "outcomes" ? ["tp", "fp", "missed", "truth"] : Object.keys(counts);
    for (const layer of ["region", "ignored", "mask"]) {
      if (layer in counts && !layers.includes(layer)) layers.push(layer);
    }
    const wanted = layers.map((layer) => `${layer} ${counts[layer] ?? 0} ${hidden.has(layer)}`).join();
    if (this.holder.dataset.wanted === wanted) return;
    this.holder.dataset.wanted = wanted;
    this.holder.replaceChildren(...layers.map((layer) => this.chip(layer, counts[layer] ?? 0)));
  }

  chip(layer, count) {
    const box = this.viewer.layered.find((item) => item.layer === layer)?.box;
    const style = layer === "mask" ? MASKS : styleOf(box ?? {}, layer);
    const button = document.createElement("button");
    button.className = "chip";
    button.dataset.layer = layer;
    button.setAttribute("aria-pressed", String(!this.viewer.hidden.has(layer)));
    const key = Object.keys(KEYS).find((name) => KEYS[name] === layer);
    button.title = key ? `Show or hide (${key})` : "Show or hide";
    const line = document.createElement("i");
    line.style.color = style.colour;
    const look = style.dash.length ? "dashed" : style.isHatched ? "hatched" : "";
    line.className = { truth: "light", mask: "ring" }[layer] ?? look;
    const number = document.createElement("b");
    number.textContent = count.toLocaleString("en");
    button.append(line, number, ` ${style.word}`);
    button.onclick = () => this.viewer.toggle(layer);
    return button;
  }
}
