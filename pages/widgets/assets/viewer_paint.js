// Paints masks, boxes and labels over the viewer's image. Comes between boxes.js and viewer.js.
// Draws only what is in view, style by style: with 2,000 boxes, style changes and invisible boxes cost most of the time.
// A *rectangle* is [x, y, width, height] in canvas px; an *item* is {box, layer}.

const LABEL_PX = 14;
const FILL = 0.16; // of a mask; the object stays visible below

// Layers from bottom to top: mistakes must not lie under correct boxes.
const BELOW_TO_ABOVE = ["region", "ignored", "truth", "tp", "missed", "fp"];

class Painter {
  constructor(viewer) {
    this.viewer = viewer;
    this.paths = new WeakMap(); // box -> its mask in image px
    this.widths = new Map(); // label -> its width in px
  }

  paint(context) {
    const { visible, standing, size } = this.viewer;
    const inView = [];
    for (const item of visible) {
      const rectangle = this.viewer.onCanvas(item.box.box);
      if (isInside(rectangle, size)) inView.push({ ...item, rectangle });
    }
    const someChosen = visible.some((item) => item.box.chosen);
    const isFaint = (item) => someChosen && !item.box.chosen;
    const isStrong = (item) => standing.has(item.box) || (someChosen && item.box.chosen);
    const groups = Map.groupBy(inView.filter((item) => !isStrong(item)), (item) => item.layer);
    const layers = [...groups.keys()].sort((a, b) => BELOW_TO_ABOVE.indexOf(a) - BELOW_TO_ABOVE.indexOf(b));
    for (const layer of layers) this.paintGroup(context, groups.get(layer), 1.75, someChosen ? 0.4 : 1);
    const strong = inView.filter(isStrong);
    for (const item of standing.values()) {
      // A partner is drawn even if its layer is hidden.
      if (!visible.includes(item)) strong.push({ ...item, rectangle: this.viewer.onCanvas(item.box.box) });
    }
    for (const item of strong) this.paintGroup(context, [item], 3.5, 1);
    context.globalAlpha = 1;
    if (this.viewer.labels) this.paintLabels(context, inView.filter((item) => !isFaint(item)));
  }

  // Draws boxes of one style: all edges, then all lines, so that the style changes twice, not twice per box.
  paintGroup(context, group, lineWidth, alpha) {
    const withMask = this.viewer.hidden.has("mask") ? [] : group.filter((item) => item.box.mask);
    for (const item of withMask) this.paintMask(context, item, lineWidth, alpha);
    const boxes = withMask.length ? group.filter((item) => !item.box.mask) : group;
    const passes = [[boxes, lineWidth, alpha], [withMask, 0.75, alpha * 0.7]];
    for (const [some, width, opacity] of passes) {
      if (!some.length) continue;
      const style = styleOf(some[0].box, some[0].layer); // the style of the layer
      context.globalAlpha = opacity;
      if (style.isHatched) for (const { rectangle } of some) hatchBox(context, rectangle, style);
      context.setLineDash([]);
      context.lineWidth = width + 1.5;
      context.strokeStyle = style.edge ?? "rgba(0,0,0,0.35)";
      if (width > 1) for (const { rectangle } of some) context.strokeRect(...rectangle);
      context.setLineDash(style.dash);
      context.lineWidth = width;
      context.strokeStyle = style.colour;
      for (const { rectangle } of some) context.strokeRect(...rectangle);
      context.setLineDash([]);
    }
  }

  paintMask(context, item, lineWidth, alpha) {
    const { scale, offset } = this.viewer;
    const style = styleOf(item.box, item.layer);
    let path = this.paths.get(item.box);
    if (!path) this.paths.set(item.box, (path = pathOf(item.box.mask)));
    context.save();
    context.translate(...offset);
    context.scale(scale, scale);
    context.lineJoin = "round";
    if (item.layer !== "truth") {
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

  // A label is above its box, or inside it at the top of the image, and never on another label.
  paintLabels(context, items) {
    context.font = "600 11px sans-serif";
    context.textBaseline = "middle";
    const taken = new Taken();
    const isCrowded = this.viewer.visible.length > 40;
    for (const item of items) {
      const [x, y, width, height] = item.rectangle;
      if (isCrowded && width * height < 60) continue;
      const text = labelOf(item);
      const rectangle = [Math.max(0, x), y >= 15 ? y - 15 : Math.max(0, y), this.widthOf(context, text), LABEL_PX];
      if (!taken.take(rectangle)) continue;
      const style = styleOf(item.box, item.layer);
      context.fillStyle = style.colour;
      context.fillRect(...rectangle);
      context.fillStyle = readableOn(style.colour);
      context.fillText(text, rectangle[0] + 4, rectangle[1] + 7.5);
    }
  }

  widthOf(context, text) {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, (width = context.measureText(text).width + 8));
    return width;
  }
}

// The rectangles of labels, by rows of a label's height: each label touches at most two rows.
class Taken {
  constructor() {
    this.rows = new Map();
  }

  // Takes the rectangle if it is free. Returns whether it was.
  take(rectangle) {
    const first = Math.floor(rectangle[1] / LABEL_PX);
    const rows = [first, first + 1];
    if (rows.some((row) => this.rows.get(row)?.some((other) => overlaps(rectangle, other)))) return false;
    for (const row of rows) {
      if (this.rows.has(row)) this.rows.get(row).push(rectangle);
      else this.rows.set(row, [rectangle]);
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
