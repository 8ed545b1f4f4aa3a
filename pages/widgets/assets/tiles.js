// Thumbnails with their boxes on a canvas each, shared by the grid and the samples. boxes.js stands in front of this.

function makeTile(tile, data, send) {
  const button = document.createElement("button");
  button.className = tile.id === data.selected ? "tile selected" : "tile";
  button.dataset.id = tile.id;
  button.setAttribute("role", "listitem");
  button.setAttribute("aria-label", [tile.caption, tile.note].filter(Boolean).join(", "));
  button.title = [tile.caption, tile.note].filter(Boolean).join("\n");
  const frame = document.createElement("span");
  frame.className = "frame";
  frame.append(tile.url ? makePicture(tile) : makeAbsence("No picture"));
  const canvas = document.createElement("canvas");
  frame.append(canvas);
  button.append(frame, line("caption", tile.caption), ...(tile.note ? [line("note", tile.note)] : []));
  button.onclick = () => send("opened", tile.id);
  return button;
}

function makePicture(tile) {
  const image = document.createElement("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.onerror = () => image.replaceWith(makeAbsence("The picture cannot be shown"));
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
    // Truths that were found would only lie under their detections.
    if (!layer || layer === "truth" || layer === "ignored") continue;
    const [x1, y1, x2, y2] = box.box;
    const place = [x1 * scale + left, y1 * scale + top, Math.max(2, (x2 - x1) * scale), Math.max(2, (y2 - y1) * scale)];
    context.globalAlpha = someChosen && !box.chosen ? 0.4 : 1;
    strokeBox(context, place, styleOf(box, layer), box.chosen ? 2.5 : 1.5);
  }
}
