// The viewer: an image on a canvas with boxes as layers. boxes.js and the other viewer_….js come before this script.
// The image viewer and the samples of a run use it.
// Streamlit runs the default export again at each change of the data, so an object on the root element keeps the user's
// settings (zoom, layers, score, labels). An *item* is {box, layer}.

const MAX_ZOOM = 40;
// px: a smaller stage is hard to use.
const [LEAST_WIDTH, LEAST_HEIGHT] = [320, 240];

class Viewer {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.canvas = this.find("canvas");
    this.stage = this.find(".stage");
    this.hidden = new Set();
    this.labels = true;
    this.score = 0;
    this.standing = new Map(); // box -> item: the hovered box and its partner
    this.painter = new Painter(this);
    this.chips = new LayerChips(this);
    this.image = new Image();
    this.listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(root);
  }

  // ---- data ----
  show(data, send) {
    this.send = send;
    if (data.score !== this.givenScore) {
      this.givenScore = data.score;
      this.score = data.score ?? 0;
    }
    const isNew = data.url !== this.data?.url;
    this.data = data;
    this.byKey = new Map(data.boxes.map((box) => [`${box.kind} ${box.id}`, box]));
    this.hovered = null;
    this.find(".title").textContent = data.title;
    this.find(".title").title = data.title;
    this.find(".steps").hidden = !data.steps;
    this.find(".previous").disabled = !data.has_previous;
    this.find(".next").disabled = !data.has_next;
    this.find(".score").hidden = data.score === null;
    this.find("input").value = this.score;
    if (isNew) this.load(data);
    this.refresh();
    this.resize();
  }

  load(data) {
    this.fitted = true;
    this.failed = false;
    this.canvas.dataset.ready = "0";
    this.image = new Image();
    this.image.onload = () => {
      this.canvas.dataset.ready = "1";
      this.draw();
      for (const url of data.preload) new Image().src = url;
    };
    this.image.onerror = () => {
      this.failed = true;
      this.draw();
    };
    this.image.src = data.url;
  }

  // ---- geometry: canvas px = image px * scale + offset ----
  resize() {
    if (!this.data || !this.root.clientWidth) return;
    const available = this.root.clientWidth;
    const whole = (available * this.data.height) / this.data.width;
    const height = Math.round(Math.max(LEAST_HEIGHT, Math.min(whole, this.data.max_height, window.innerHeight * 0.74)));
    // In the shape of the image: a wider stage would only add bars beside it.
    const width = Math.min(available, Math.max(LEAST_WIDTH, Math.round((height * this.data.width) / this.data.height)));
    this.stage.style.width = `${width}px`;
    this.stage.style.height = `${height}px`;
    const ratio = window.devicePixelRatio || 1;
    this.size = [width, height];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    if (this.fitted) this.fit();
    // At once, because resizing empties the canvas.
    this.paint();
  }

  fit() {
    const [width, height] = this.size;
    this.scale = Math.min(width / this.data.width, height / this.data.height);
    this.offset = [(width - this.data.width * this.scale) / 2, (height - this.data.height * this.scale) / 2];
    this.fitted = true;
    this.smallest = this.scale;
    this.draw();
  }

  zoom(factor, at = [this.size[0] / 2, this.size[1] / 2]) {
    const wanted = Math.max(this.smallest * 0.5, Math.min(MAX_ZOOM, this.scale * factor));
    this.offset = this.offset.map((offset, axis) => at[axis] - ((at[axis] - offset) * wanted) / this.scale);
    this.scale = wanted;
    this.fitted = false;
    this.draw();
  }

  onCanvas([x1, y1, x2, y2]) {
    const [left, top] = this.offset;
    return [x1 * this.scale + left, y1 * this.scale + top, (x2 - x1) * this.scale, (y2 - y1) * this.scale];
  }

  // ---- drawing ----
  // Sorts the boxes into layers after a change, reports them, and draws them.
  refresh() {
    const { boxes } = this.data;
    this.layered = boxes.map((box) => ({ box, layer: layerOf(box, this.score) })).filter((item) => item.layer);
    // Most important first, because labels are placed in this order.
    this.visible = this.layered
      .filter((item) => !this.hidden.has(item.layer))
      .sort((a, b) => BELOW_TO_ABOVE.indexOf(b.layer) - BELOW_TO_ABOVE.indexOf(a.layer));
    this.standOut(this.visible.find((item) => item.box === this.hovered) ?? null);
    this.report();
    this.draw();
  }

  // At most once a frame, however fast the wheel turns.
  draw() {
    this.wanted ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.wanted);
    this.wanted = null;
    if (!this.size || !this.visible) return;
    const context = this.canvas.getContext("2d");
    const ratio = window.devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, ...this.size);
    context.imageSmoothingEnabled = this.scale < 3;
    if (this.image.complete && this.image.naturalWidth) {
      const rectangle = this.onCanvas([0, 0, this.data.width, this.data.height]);
      context.drawImage(this.image, ...rectangle);
    } else if (this.failed) {
      context.fillStyle = "#fff";
      context.font = "14px sans-serif";
      context.fillText("The image cannot be shown.", 16, 28);
    }
    this.painter.paint(context);
    this.canvas.dataset.zoom = (this.scale / this.smallest).toFixed(3);
  }

  // ---- counts: chips for users, data attributes for tests ----
  report() {
    const counts = {};
    for (const { layer } of this.layered) counts[layer] = (counts[layer] ?? 0) + 1;
    const withMask = this.visible.filter(({ box }) => box.mask).length;
    if (this.data.boxes.some((box) => box.mask)) counts.mask = withMask;
    const count = (layer) => (this.hidden.has(layer) ? 0 : counts[layer] ?? 0);
    Object.assign(this.canvas.dataset, {
      shownTruth: count("truth"),
      shownTp: count("tp"),
      shownFp: count("fp"),
      shownMissed: count("missed"),
      shownBoxes: this.visible.length,
      shownMasks: count("mask"),
      chosen: this.data.boxes.filter((box) => box.chosen).map((box) => `${box.kind} ${box.id}`).sort().join(),
      score: this.score.toFixed(2),
      labels: this.labels ? "1" : "0",
      url: this.data.url.slice(0, 200),
    });
    this.find("output").textContent = this.score.toFixed(2);
    this.find(".labels").setAttribute("aria-pressed", String(this.labels));
    this.chips.draw(counts);
  }

  toggle(layer) {
    if (!this.hidden.delete(layer)) this.hidden.add(layer);
    this.refresh();
  }

  // ---- events ----
  listen() {
    this.find(".previous").onclick = () => this.step(-1);
    this.find(".next").onclick = () => this.step(1);
    this.find(".in").onclick = () => this.zoom(1.4);
    this.find(".out").onclick = () => this.zoom(1 / 1.4);
    this.find(".fit").onclick = () => this.fit();
    this.find(".ask").onclick = () => this.help();
    this.find(".labels").onclick = () => this.toggleLabels();
    this.find("input").oninput = (event) => {
      this.score = Number(event.target.value);
      this.refresh();
    };
    this.root.onkeydown = (event) => this.press(event);
    this.canvas.onpointerdown = (event) => this.grab(event);
    this.canvas.onpointermove = (event) => this.move(event);
    this.canvas.onpointerup = () => this.release();
    this.canvas.onpointerleave = () => this.hover(null);
    const turn = (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), [event.offsetX, event.offsetY]);
    };
    this.canvas.addEventListener("wheel", turn, { passive: false });
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onSlider = event.target === this.find("input");
    const actions = {
      "+": () => this.zoom(1.4),
      "=": () => this.zoom(1.4),
      "-": () => this.zoom(1 / 1.4),
      0: () => this.fit(),
      l: () => this.toggleLabels(),
      "?": () => this.help(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
    };
    const layer = this.data.mode === "outcomes" || event.key === "o" ? KEYS[event.key] : null;
    const action = layer ? () => this.toggle(layer) : actions[event.key];
    if (!action || (onSlider && event.key.startsWith("Arrow"))) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  step(direction) {
    if (direction < 0 ? this.data.has_previous : this.data.has_next) this.send("step", direction);
  }

  help() {
    this.find(".help").hidden = !this.find(".help").hidden;
  }

  toggleLabels() {
    this.labels = !this.labels;
    this.refresh();
  }

  grab(event) {
    this.root.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.held = { at: [event.clientX, event.clientY], offset: this.offset };
    this.canvas.classList.add("dragged");
  }

  move(event) {
    if (!this.held) return this.hover([event.offsetX, event.offsetY]);
    const moved = [event.clientX - this.held.at[0], event.clientY - this.held.at[1]];
    if (Math.hypot(...moved) < 3 && this.fitted) return;
    this.offset = this.held.offset.map((offset, axis) => offset + moved[axis]);
    this.fitted = false;
    this.draw();
  }

  release() {
    this.held = null;
    this.canvas.classList.remove("dragged");
  }

  // Highlights the smallest box under the pointer, which larger boxes would hide.
  hover(at) {
    const under = at ? this.visible.filter((item) => contains(this.onCanvas(item.box.box), at)) : [];
    const area = ({ box: { box } }) => (box[2] - box[0]) * (box[3] - box[1]);
    const item = under.reduce((best, next) => (best && area(best) <= area(next) ? best : next), null);
    showTip(this.find(".tip"), item, item && this.partnerOf(item.box), at, this.size);
    if ((item?.box ?? null) !== this.hovered) {
      this.standOut(item);
      this.draw();
    }
  }

  // Highlights the box under the pointer and its partner: the matched object, or the detection that matches it.
  standOut(item) {
    this.hovered = item?.box ?? null;
    const partner = item ? this.partnerOf(item.box) : null;
    const layer = partner && layerOf(partner, this.score);
    this.standing = new Map(layer ? [[partner, this.itemOf(partner, layer)]] : []);
    if (item) this.standing.set(item.box, item);
    this.canvas.dataset.standing = [...this.standing.keys()].map((box) => `${box.kind} ${box.id}`).sort().join();
  }

  partnerOf(box) {
    const key = box.meant_for ?? box.partner;
    // No detection matches a missed object; the highest-scoring false positive about it may explain why.
    if (!key && box.kind === "truth") {
      return this.data.boxes.find((other) => other.meant_for === box.id && layerOf(other, this.score) === "fp");
    }
    return key ? this.byKey.get(`${box.kind === "truth" ? "detection" : "truth"} ${key}`) : null;
  }

  itemOf(box, layer) {
    return this.visible.find((item) => item.box === box) ?? { box, layer };
  }
}

function contains([x, y, width, height], [left, top]) {
  return left >= x - 3 && left <= x + width + 3 && top >= y - 3 && top <= y + height + 3;
}
