// What the viewer paints over its image: masks, boxes, labels. Between boxes.js and viewer.js.
// Only what is in view is drawn, style by style: with 2,000 boxes the browser is kept busy by changes of style and by what
// nobody sees. A *place* is [x, y, width, height] in canvas px; *one* is {box, layer}.

const LABEL_PX = 14;
const FILL = 0.16; // of a mask; the object stays visible below

// Layers from below to above: what is to be looked at must not lie under what is known.
const BELOW_TO_ABOVE = ["ignored", "truth", "tp", "missed", "fp"];

class Painter {
  constructor(viewer) {
    this.viewer = viewer;
    this.paths = new WeakMap(); // box -> its mask in image px
    this.widths = new Map(); // label -> its width in px
  }

  paint(context) {
    const { visible, standing, size } = this.viewer;
    const inView = [];
    for (const one of visible) {
      const place = this.viewer.onCanvas(one.box.box);
      if (isInside(place, size)) inView.push({ ...one, place });
    }
    const someChosen = visible.some((one) => one.box.chosen);
    const isFaint = (one) => someChosen && !one.box.chosen;
    const isStrong = (one) => standing.has(one.box) || (someChosen && one.box.chosen);
    const groups = Map.groupBy(inView.filter((one) => !isStrong(one)), (one) => one.layer);
    const layers = [...groups.keys()].sort((a, b) => BELOW_TO_ABOVE.indexOf(a) - BELOW_TO_ABOVE.indexOf(b));
    for (const layer of layers) this.paintGroup(context, groups.get(layer), 1.75, someChosen ? 0.4 : 1);
    const strong = inView.filter(isStrong);
    for (const one of standing.values()) {
      // A partner is shown even where its layer is hidden.
      if (!visible.includes(one)) strong.push({ ...one, place: this.viewer.onCanvas(one.box.box) });
    }
    for (const one of strong) this.paintGroup(context, [one], 3.5, 1);
    context.globalAlpha = 1;
    if (this.viewer.labels) this.paintLabels(context, inView.filter((one) => !isFaint(one)));
  }

  // Boxes of one style: all edges, then all lines, so that the style changes twice and not twice a box.
  paintGroup(context, group, lineWidth, alpha) {
    const withMask = this.viewer.hidden.has("mask") ? [] : group.filter((one) => one.box.mask);
    for (const one of withMask) this.paintMask(context, one, lineWidth, alpha);
    const boxes = withMask.length ? group.filter((one) => !one.box.mask) : group;
    const passes = [[boxes, lineWidth, alpha], [withMask, 0.75, alpha * 0.7]];
    for (const [some, width, opacity] of passes) {
      if (!some.length) continue;
      const style = styleOf(some[0].box, some[0].layer); // that of the layer
      context.globalAlpha = opacity;
      context.setLineDash([]);
      context.lineWidth = width + 1.5;
      context.strokeStyle = style.edge ?? "rgba(0,0,0,0.35)";
      if (width > 1) for (const { place } of some) context.strokeRect(...place);
      context.setLineDash(style.dash);
      context.lineWidth = width;
      context.strokeStyle = style.colour;
      for (const { place } of some) context.strokeRect(...place);
      context.setLineDash([]);
    }
  }

  paintMask(context, one, lineWidth, alpha) {
    const { scale, offset } = this.viewer;
    const style = styleOf(one.box, one.layer);
    let path = this.paths.get(one.box);
    if (!path) this.paths.set(one.box, (path = pathOf(one.box.mask)));
    context.save();
    context.translate(...offset);
    context.scale(scale, scale);
    context.lineJoin = "round";
    if (one.layer !== "truth") {
      context.globalAlpha = alpha * FILL;
      context.fillStyle = style.colour;
      context.fill(path, "evenodd");
    }
    context.globalAlpha = alpha;
    context.lineWidth = (lineWidth + 1.5) / scale;
    context.strokeStyle = style.edge ?? "rgba(0,0,0,0.35)";
    context.stroke(path);
    context.setLineDash(style.dash.map((length) => length / scale));
    context.lineWidth = lineWidth / scale;
    context.strokeStyle = style.colour;
    context.stroke(path);
    context.restore();
  }

  // A label stands above its box, never in it unless there is no room, and never on another label.
  paintLabels(context, some) {
    context.font = "600 11px sans-serif";
    context.textBaseline = "middle";
    const taken = new Taken();
    const isCrowded = this.viewer.visible.length > 40;
    for (const one of some) {
      const [x, y, width, height] = one.place;
      if (isCrowded && width * height < 60) continue;
      const text = labelOf(one);
      const place = [Math.max(0, x), y >= 15 ? y - 15 : Math.max(0, y), this.widthOf(context, text), LABEL_PX];
      if (!taken.take(place)) continue;
      const style = styleOf(one.box, one.layer);
      context.fillStyle = style.colour;
      context.fillRect(...place);
      context.fillStyle = readableOn(style.colour);
      context.fillText(text, place[0] + 4, place[1] + 7.5);
    }
  }

  widthOf(context, text) {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, (width = context.measureText(text).width + 8));
    return width;
  }
}

// The places that labels have, by rows of a label's height: each touches two of them at most.
class Taken {
  constructor() {
    this.rows = new Map();
  }

  // Whether the place was free; then it is no longer.
  take(place) {
    const first = Math.floor(place[1] / LABEL_PX);
    const rows = [first, first + 1];
    if (rows.some((row) => this.rows.get(row)?.some((other) => overlaps(place, other)))) return false;
    for (const row of rows) {
      if (this.rows.has(row)) this.rows.get(row).push(place);
      else this.rows.set(row, [place]);
    }
    return true;
  }
}

function pathOf(rings) {
  const path = new Path2D();
  for (const ring of rings) {
    for (let at = 0; at < ring.length; at += 2) path[at ? "lineTo" : "moveTo"](ring[at], ring[at + 1]);
    path.closePath();
  }
  return path;
}

function isInside([x, y, width, height], [right, bottom]) {
  return x < right + 4 && y < bottom + LABEL_PX + 4 && x + width > -4 && y + height > -4;
}

function overlaps([x, y, width, height], [left, top, wide, high]) {
  return x < left + wide && left < x + width && y < top + high && top < y + height;
}

function labelOf({ box, layer }) {
  if (box.kind === "detection") return `${box.name} ${box.score.toFixed(2)}`;
  return layer === "missed" ? `missed ${box.name}` : box.name;
}
