// Detections of a run on its sample images, with a slider through the evaluations; no round trip to the server.
// boxes.js, tiles.js and viewer.js come before this script. Streamlit runs the default export again at each change of
// the data, so an object on the root element keeps the user's settings (evaluation, score, opened image).

const OUTCOMES = ["true_positive", "false_positive", "ignored"];
const PLAY_MS = 700;

class Samples {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.follows = true; // stays at the newest evaluation until the user chooses another
    this.opened = null;
    this.viewer = new Viewer(this.find(".viewer"));
    this.listen();
    new ResizeObserver(() => this.drawTiles()).observe(this.find(".grid"));
  }

  show(data) {
    if (data.stamp === this.data?.stamp) return;
    const isNew = JSON.stringify(data.images) !== JSON.stringify(this.data?.images);
    const iteration = this.step?.iteration;
    this.score ??= data.score;
    this.data = data;
    const last = data.steps.length - 1;
    const before = data.steps.findIndex((step) => step.iteration >= iteration);
    this.at = this.follows || before < 0 ? last : before;
    this.find(".at").max = last;
    this.find(".time").hidden = last < 1;
    if (isNew) this.makeTiles();
    this.draw();
  }

  get step() {
    return this.data?.steps[this.at];
  }

  // The boxes of an image at the current evaluation, in the form of boxes.js.
  boxes(index) {
    const { classes, images } = this.data;
    // A region without a class has the class -1.
    const named = (category_id) => ({ category_id, name: classes[category_id] ?? LAYERS.region.word, chosen: false });
    const truths = images[index].truths.map(([id, category, x1, y1, x2, y2, isCrowd], row) => {
      const score = this.step.scores[index][row];
      const outcome = isCrowd ? "ignored" : score === null ? "missed" : "matched_truth";
      return { id, kind: "truth", outcome, score, iou: null, box: [x1, y1, x2, y2], ...named(category) };
    });
    const detections = this.step.found[index].map(([category, score, x1, y1, x2, y2, outcome, iou], row) => ({
      id: row + 1, kind: "detection", outcome: OUTCOMES[outcome], score, iou, box: [x1, y1, x2, y2], ...named(category),
    }));
    return [...truths, ...detections];
  }

  // ---- drawing ----
  makeTiles() {
    const tiles = this.data.images.map((image, index) => ({ ...image, id: index, note: "" }));
    fillGrid(this.find(".grid"), tiles, { selected: null }, (_event, index) => this.open(index));
  }

  draw() {
    const { data, step } = this;
    this.find(".at").value = this.at;
    const ap = step.ap === null ? "" : ` · AP ${(step.ap * 100).toFixed(1)}`;
    this.find(".when").textContent = `Iteration ${step.iteration.toLocaleString("en")}${ap}`;
    this.find(".least input").value = this.score;
    this.find(".least output").textContent = this.score.toFixed(2);
    this.drawn = data.images.map((_image, index) => this.boxes(index));
    this.drawLegend();
    this.find(".grid").hidden = this.opened !== null;
    this.find(".large").hidden = this.opened === null;
    if (this.opened === null) this.drawTiles();
    else this.drawLarge();
  }

  drawTiles() {
    if (!this.drawn || this.opened !== null) return;
    this.find(".grid").querySelectorAll("canvas").forEach((canvas, index) => {
      if (canvas.clientWidth) drawTile(canvas, { ...this.data.images[index], boxes: this.drawn[index] }, this.score);
    });
  }

  drawLarge() {
    const image = this.data.images[this.opened];
    const last = this.data.images.length - 1;
    const view = {
      ...image, url: image.large_url, boxes: this.drawn[this.opened], mode: "outcomes", score: this.score,
      title: `${image.caption} · ${this.opened + 1} of ${last + 1}`, steps: last > 0,
      has_previous: this.opened > 0, has_next: this.opened < last, preload: [], max_height: 720,
    };
    this.viewer.show(view, (_event, direction) => this.open(this.opened + direction));
  }

  drawLegend() {
    const counts = { tp: 0, fp: 0, missed: 0 };
    for (const box of this.drawn.flat()) {
      const layer = layerOf(box, this.score);
      if (layer in counts) counts[layer] += 1;
    }
    const entries = Object.entries(counts).map(([layer, number]) => {
      const [entry, line, count] = ["span", "i", "b"].map((name) => document.createElement(name));
      line.style.color = LAYERS[layer].colour;
      line.className = LAYERS[layer].dash.length ? "dashed" : "";
      count.textContent = number.toLocaleString("en");
      entry.append(line, count, layer === "fp" && number !== 1 ? "false positives" : LAYERS[layer].word);
      return entry;
    });
    this.find(".legend").replaceChildren(...entries);
    const { tp, fp, missed } = counts;
    Object.assign(this.root.dataset, { iteration: this.step.iteration, score: this.score.toFixed(2), tp, fp, missed });
  }

  // ---- events ----
  listen() {
    this.find(".at").oninput = (event) => {
      this.pause();
      this.go(Number(event.target.value));
    };
    this.find(".least input").oninput = (event) => {
      this.score = Number(event.target.value);
      this.draw();
    };
    this.find(".close").onclick = () => this.open(null);
    this.find(".play").onclick = () => (this.timer ? this.pause() : this.play());
    this.find(".large").onkeydown = (event) => event.key === "Escape" && this.open(null);
  }

  go(at) {
    this.at = at;
    this.follows = at === this.data.steps.length - 1;
    this.draw();
  }

  open(index) {
    this.opened = index;
    this.draw();
    if (index !== null) this.find(".viewer").focus({ preventScroll: true });
  }

  play() {
    this.go(0);
    this.mark("❚❚", "Pause");
    this.timer = setInterval(() => {
      if (!this.root.isConnected || this.at >= this.data.steps.length - 1) this.pause();
      else this.go(this.at + 1);
    }, PLAY_MS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.mark("▶", "Play");
  }

  mark(sign, words) {
    this.find(".play").textContent = sign;
    this.find(".play").setAttribute("aria-label", words);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".samples");
  root.samples ??= new Samples(root);
  root.samples.show(component.data);
}
