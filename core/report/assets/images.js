// The images in the report with boxes that match the filter, the filter in words, and its parts as chips.

const PAGE_SIZE = 24;
// Kept, so that moving a slider does not decode them again.
const tileImages = new Map();
const ON_TILES = ["tp", "fp", "missed"];

// The images that match the filter, in the chosen order.
function shownImages() {
  const views = DATA.pictures.map(viewOf).filter((view) => !isNarrow() || view.hits > 0);
  const key = { mistakes: (view) => view.fp + view.missed, missed: (view) => view.missed, false_alarms: (view) => view.fp }[state.sort];
  const byName = (left, right) => (left.image.file < right.image.file ? -1 : left.image.file > right.image.file ? 1 : 0);
  return views.sort((left, right) => (key ? key(right) - key(left) : 0) || byName(left, right));
}

function showImages(views) {
  const here = views.reduce((sum, view) => sum + view.hits, 0);
  const isWhole = DATA.pictures.length === DATA.images;
  const number = isNarrow() ? boxesAskedFor() : 0;
  find(".sentence").textContent = isNarrow()
    ? `${filterWords(number)}${isWhole ? ` on ${counted(views.length, "image")}` : ""}`
    : `${counted(DATA.pictures.length, "image")}${isWhole ? "" : ` of ${count(DATA.images)}`}`;
  const inside = isNarrow() && !isWhole;
  setText(".inside", inside ? `${count(here)} of them on ${count(views.length)} of the images in this report` : "");
  find(".chips").replaceChildren(...chips());
  const pages = Math.max(1, Math.ceil(views.length / PAGE_SIZE));
  state.page = Math.min(state.page, pages);
  const first = (state.page - 1) * PAGE_SIZE;
  const none = isNarrow() && !views.length ? [make("p", { className: "quiet" }, "No image in this report has such boxes at this score.")] : [];
  const onPage = views.slice(first, first + PAGE_SIZE);
  const shape = placeShape(onPage.map(({ image }) => image.width / image.height));
  find(".grid").style.setProperty("--shape", shape);
  find(".grid").replaceChildren(...none, ...onPage.map((view) => tileOf(view, shape)));
  showPager(pages, first, views.length);
}

// The shape (width over height) of all cells of a page, so that rows line up: the median of its images.
function placeShape(ratios) {
  const middle = ratios.sort((left, right) => left - right)[Math.floor(ratios.length / 2)] ?? 4 / 3;
  return Math.min(2, Math.max(0.7, middle));
}

function tileOf(view, shape) {
  const { image } = view;
  if (!tileImages.has(image.id)) tileImages.set(image.id, imageOf(image));
  const ratio = image.width / image.height;
  const className = ratio < shape ? "frame upright" : "frame";
  const frame = make("span", { className, style: { "--ratio": ratio } }, tileImages.get(image.id), boxesOver(view, ON_TILES));
  const note = `${count(view.missed)} missed, ${counted(view.fp, "false positive")}`;
  return make(
    "button",
    {
      className: "tile",
      role: "listitem",
      data: { key: `tile-${image.id}`, id: image.id, hits: view.hits },
      "aria-label": `${image.file}, ${note}`,
      on: () => change({ image: image.id }),
    },
    make("span", { className: "place-of-frame" }, frame),
    make("span", { className: "caption" }, image.file),
    make("span", { className: "quiet" }, note),
  );
}

function chips() {
  const parts = [
    ["cell", state.cell && cellWords(state.cell), { cell: null }],
    ["cause", state.cause && causeTitle(state.cause), { cause: "" }],
    ["class", state.class >= 0 && DATA.classes[state.class], { class: -1 }],
    ["outcome", { true_positive: "Found", false_positive: "False positives", missed: "Missed" }[state.outcome], { outcome: "" }],
  ];
  return parts
    .filter(([, words]) => words)
    .map(([name, words, without]) =>
      make(
        "button",
        { className: "chip", data: { chip: name, key: `chip-${name}` }, "aria-label": `Remove filter: ${words}`, on: () => change({ ...without, page: 1 }) },
        words,
        make("span", { "aria-hidden": "true" }, "×"),
      ),
    );
}

function showPager(pages, first, total) {
  const pager = find(".pager");
  pager.hidden = pages < 2;
  pager.querySelector(".place").textContent = `${count(first + 1)} to ${count(Math.min(first + PAGE_SIZE, total))} of ${count(total)}`;
  for (const [selector, page] of [[".previous", state.page - 1], [".next", state.page + 1]]) {
    const button = pager.querySelector(selector);
    button.disabled = page < 1 || page > pages;
    button.onclick = () => {
      change({ page });
      find(".images").scrollIntoView({ block: "start" });
    };
  }
}

function showLegend() {
  const keys = [["tp", "correct"], ["fp", "false positive"], ["missed", "missed"]];
  find(".legend").replaceChildren(...keys.map(([layer, words]) => make("span", { className: `line-key ${layer}` }, make("i"), words)));
  const select = find(".images select");
  select.replaceChildren(...Object.entries(SORTS).map(([value, words]) => make("option", { value }, words)));
  select.onchange = () => change({ sort: select.value, page: 1 });
  const scaled = DATA.scaled ? ` ${counted(DATA.scaled, "image is", "images are")} smaller here than they were in the evaluation.` : "";
  find(".choice").textContent = `${DATA.choice}${scaled} The figures are of all ${counted(DATA.images, "image")}.`;
}
