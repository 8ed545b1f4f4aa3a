// Thumbnails, each with a canvas for its boxes; shared by the grid and the samples. boxes.js comes before this script.

// Width over height. Beyond these limits the cells would waste more space than a small image in one of them does.
const [LEAST_SHAPE, MOST_SHAPE] = [0.7, 2];

// One tile per image, in cells with the shape of the median image.
function fillGrid(grid, tiles, data, send) {
  const shape = placeShape(tiles);
  grid.style.setProperty("--shape", shape);
  grid.replaceChildren(...tiles.map((tile) => makeTile(tile, shape, data, send)));
}

// Width over height of the median image, among those with a known size.
function placeShape(tiles) {
  const shapes = tiles.filter(hasSize).map((tile) => tile.width / tile.height).sort((a, b) => a - b);
  const middle = shapes[Math.floor(shapes.length / 2)] ?? 4 / 3;
  return Math.min(MOST_SHAPE, Math.max(LEAST_SHAPE, middle));
}

function hasSize({ width, height }) {
  return width > 0 && height > 0;
}

// Gives the frame the shape of its image, as large as its cell allows.
function shapeFrame(frame, { width, height }, shape) {
  frame.style.aspectRatio = `${width} / ${height}`;
  frame.classList.toggle("upright", width / height < shape);
}

function makeTile(tile, shape, data, send) {
  const button = document.createElement("button");
  button.className = tile.id === data.selected ? "tile selected" : "tile";
  button.dataset.id = tile.id;
  button.setAttribute("role", "listitem");
  button.setAttribute("aria-label", [tile.caption, tile.note].filter(Boolean).join(", "));
  button.title = [tile.caption, tile.note].filter(Boolean).join("\n");
  const frame = document.createElement("span");
  frame.className = "frame";
  frame.append(tile.url ? makeImage(tile) : makeAbsence("No image"));
  if (hasSize(tile)) shapeFrame(frame, tile, shape);
  else frame.querySelector("img")?.addEventListener("load", ({ target }) => {
    shapeFrame(frame, { width: target.naturalWidth, height: target.naturalHeight }, shape);
  });
  const canvas = document.createElement("canvas");
  frame.append(canvas);
  const cell = document.createElement("span");
  cell.className = "place-of-frame";
  cell.append(frame);
  button.append(cell, line("caption", tile.caption), ...(tile.note ? [line("note", tile.note)] : []));
  button.onclick = () => send("opened", tile.id);
  return button;
}

function makeImage(tile) {
  const image = document.createElement("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.onerror = () => image.replaceWith(makeAbsence("The image cannot be shown"));
  image.src = tile.url;
  return image;
}

function makeAbsence(words) {
  const none = document.createElement("span");
  none.className = "none";
  none.textContent = words;
  return none;
}

function line(name, text) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

function drawTile(canvas, tile, score) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const scale = Math.min(width / tile.width, height / tile.height);
  const [left, top] = [(width - tile.width * scale) / 2, (height - tile.height * scale) / 2];
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const someChosen = tile.boxes.some((box) => box.chosen);
  for (const box of tile.boxes) {
    const layer = layerOf(box, score);
    // Matched truths would only lie under their detections.
    if (!layer || layer === "truth" || layer === "ignored" || (layer === "region" && box.kind === "truth")) continue;
    const [x1, y1, x2, y2] = box.box;
    const size = [Math.max(2, (x2 - x1) * scale), Math.max(2, (y2 - y1) * scale)];
    context.globalAlpha = someChosen && !box.chosen ? 0.4 : 1;
    const [style, place] = [styleOf(box, layer), [x1 * scale + left, y1 * scale + top, ...size]];
    if (style.isHatched) hatchBox(context, place, style);
    strokeBox(context, place, style, box.chosen ? 2.5 : 1.5);
  }
}
