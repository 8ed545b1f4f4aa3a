// Boxes over a picture as one drawing: correct and false alarms solid, missed dashed, truth white with a dark edge.
// Line widths are of the window, whatever the size of the picture.

function boxesOver(look, layers) {
  const { width, height } = look.picture;
  const shown = look.boxes.filter((box) => layers.includes(box.layer));
  const someChosen = shown.some((box) => look.chosen.has(box));
  const area = ({ box: [x1, y1, x2, y2] }) => (x2 - x1) * (y2 - y1);
  // The smallest on top: a larger one would hide it from the pointer.
  const groups = [...shown].sort((left, right) => area(right) - area(left)).map((box) => boxGroup(box, look, someChosen));
  return draw("svg", { class: "boxes", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "xMidYMid meet" }, ...groups);
}

function boxGroup(box, look, someChosen) {
  const [x1, y1, x2, y2] = box.box;
  const place = { x: x1, y: y1, width: Math.max(x2 - x1, 1), height: Math.max(y2 - y1, 1) };
  const isChosen = look.chosen.has(box);
  const classes = `box ${box.layer} ${isChosen ? "chosen" : someChosen ? "other" : ""}`;
  const group = draw("g", { class: classes }, draw("rect", { class: "edge", ...place }), draw("rect", { class: "stroke", ...place }));
  Object.assign(group.dataset, { kind: box.kind, id: box.id });
  group.onpointermove = (event) => showTip(boxWords(box), event);
  group.onpointerleave = hideTip;
  // A finger does not hover.
  group.onclick = (event) => showTip(boxWords(box), event);
  return group;
}

function showTip(words, event) {
  const tip = find(".tip");
  // A modal dialog lies above everything that is not in it.
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

function pictureOf(picture) {
  if (!picture.jpeg) return make("span", { className: "none" }, picture.why || "No picture");
  // The type is fixed and base64 holds no markup: nothing in it but a picture.
  return make("img", { src: `data:image/jpeg;base64,${picture.jpeg}`, alt: "", decoding: "async" });
}
