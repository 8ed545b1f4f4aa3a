// Draws boxes over an image: true and false positives solid, missed objects dashed, truth white with a dark edge.
// Line widths are in window px, whatever the size of the image.

function boxesOver(view, layers) {
  const { width, height } = view.image;
  const visible = view.boxes.filter((box) => layers.includes(box.layer));
  const someChosen = visible.some((box) => view.chosen.has(box));
  const area = ({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1);
  // Small boxes on top: a larger one would hide them from the pointer.
  const groups = [...visible].sort((left, right) => area(right) - area(left)).map((box) => boxGroup(box, view, someChosen));
  return draw("svg", { class: "boxes", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid meet" }, ...groups);
}

function boxGroup(box, view, someChosen) {
  const [x1, y1, x2, y2] = box.box;
  const place = { x: x1, y: y1, width: Math.max(x2 - x1, 1), height: Math.max(y2 - y1, 1) };
  const isChosen = view.chosen.has(box);
  const classes = `box ${box.layer} ${isChosen ? "chosen" : someChosen ? "other" : ""}`;
  const group = draw("g", { class: classes }, draw("rect", { class: "edge", ...place }), draw("rect", { class: "stroke", ...place }));
  Object.assign(group.dataset, { kind: box.kind, id: box.id });
  group.onpointermove = (event) => showTip(boxWords(box), event);
  group.onpointerleave = hideTip;
  // Touch has no hover.
  group.onclick = (event) => showTip(boxWords(box), event);
  return group;
}

function showTip(words, event) {
  const tip = find(".tip");
  // A modal dialog covers every element outside it.
  const home = find("dialog").open ? find("dialog") : document.body;
  if (tip.parentElement !== home) home.append(tip);
  tip.textContent = words;
  tip.hidden = false;
  tip.style.left = `${Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8)}px`;
}

function hideTip() {
  find(".tip").hidden = true;
}

function imageOf(image) {
  if (!image.jpeg) return make("span", { className: "none" }, image.why || "No image");
  // The type is fixed and base64 holds no markup, so it can only be an image.
  return make("img", { src: `data:image/jpeg;base64,${image.jpeg}`, alt: "", decoding: "async" });
}
