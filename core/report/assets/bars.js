// The AP points lost to each cause of mistakes, largest first; a click on a bar shows its boxes.

function showCauses() {
  const below = find(".causes .below");
  if (DATA.ap_at_iou === null) {
    find(".causes .body").replaceChildren();
    below.textContent = "There is no object in these images, so there is no AP to lose.";
    return;
  }
  const rows = [...DATA.causes].sort((left, right) => (right.delta_ap ?? 0) - (left.delta_ap ?? 0));
  const longest = Math.max(...rows.map((row) => row.delta_ap ?? 0)) || 1;
  find(".causes .body").replaceChildren(...rows.map((row) => causeRow(row, longest)));
  below.textContent =
    `Click a bar to see its boxes: those with a score of at least ${scoreNow()}. AP points are of AP at IoU ` +
    `${DATA.iou}, ${percent(DATA.ap_at_iou)}, which counts all detections, whatever their score (TIDE).`;
}

function causeRow(row, longest) {
  const number = row.counts[state.step];
  const isChosen = state.cause === row.cause;
  const what = row.cause === "missed" ? counted(number, "object") : counted(number, "box", "boxes");
  const explained = row.cause === "missed" ? 0 : row.objects[state.step];
  const why = explained ? ` ${counted(explained, "missed object")} explained by them.` : "";
  const bar = make("span", {
    className: `fill ${row.cause === "missed" ? "missed" : ""}`,
    style: { width: `${(Math.max(row.delta_ap ?? 0, 0) / longest) * 100}%` },
  });
  const points = row.delta_ap === null ? NONE : `+${percent(row.delta_ap)}`;
  return make(
    "button",
    {
      className: `cause ${isChosen ? "chosen" : ""} ${state.cause && !isChosen ? "faint" : ""}`,
      data: { key: `cause-${row.cause}`, cause: row.cause, count: number },
      title: `${row.help}${why}`,
      "aria-pressed": String(isChosen),
      on: () => narrow({ cause: row.cause }),
    },
    make("span", { className: "name" }, row.title),
    make("span", { className: "track" }, bar),
    make("span", { className: "value" }, make("b", {}, points), ` · ${what}`),
  );
}
