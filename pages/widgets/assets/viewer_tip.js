// The tooltip of the box under the pointer. Comes between boxes.js and viewer.js. An *item* is {box, layer}.

// `at`: position of the pointer in canvas px; `size`: width and height of the canvas in px.
function showTip(tip, item, partner, at, size) {
  tip.hidden = !item;
  if (!item) return;
  tip.textContent = describe(item, partner);
  tip.style.left = `${Math.min(at[0] + 14, Math.max(0, size[0] - 200))}px`;
  tip.style.top = `${Math.min(at[1] + 14, size[1] - 70)}px`;
}

function describe({ box, layer }, partner) {
  const [x1, y1, x2, y2] = box.box;
  const lines = [box.name];
  // A region without a class has this word for a name.
  if (LAYERS[layer] && LAYERS[layer].word !== box.name) lines[0] += `, ${LAYERS[layer].word}`;
  const figures = [];
  const calibrated = typeof box.calibrated === "number" ? `, calibrated ${box.calibrated.toFixed(2)}` : "";
  if (box.kind === "detection") figures.push(`score ${box.score.toFixed(2)}${calibrated}`);
  if (box.kind === "truth" && layer === "truth") figures.push(`found with score ${box.score.toFixed(2)}${calibrated}`);
  const iou = box.overlap || box.iou;
  if (iou) figures.push(`IoU ${iou.toFixed(2)}${layer === "fp" && partner ? ` with ${partner.name}` : ""}`);
  if (figures.length) lines.push(figures.join(", "));
  if (box.note) lines.push(box.note);
  if (layer === "missed" && partner) lines.push(`nearest: ${partner.name} ${partner.score.toFixed(2)}`);
  lines.push(`${(x2 - x1).toFixed(0)} × ${(y2 - y1).toFixed(0)} px`);
  return lines.join("\n");
}
