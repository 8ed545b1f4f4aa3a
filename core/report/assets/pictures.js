// The pictures in the report that have the boxes asked for, the filter in words, and its parts as chips.

const PAGE_SIZE = 24;
// Kept, so that a slider does not decode them again and again.
const tilePictures = new Map();
const ON_TILES = ["tp", "fp", "missed"];

// The pictures that the filter keeps, in its order.
function shownPictures() {
  const looks = DATA.pictures.map(lookAt).filter((look) => !isNarrow() || look.hits > 0);
  const key = { mistakes: (look) => look.fp + look.missed, missed: (look) => look.missed, false_alarms: (look) => look.fp }[state.sort];
  const byName = (left, right) => (left.picture.file < right.picture.file ? -1 : left.picture.file > right.picture.file ? 1 : 0);
  return looks.sort((left, right) => (key ? key(right) - key(left) : 0) || byName(left, right));
}

function showPictures(looks) {
  const here = looks.reduce((sum, look) => sum + look.hits, 0);
  const isWhole = DATA.pictures.length === DATA.images;
  const number = isNarrow() ? boxesAskedFor() : 0;
  find(".sentence").textContent = isNarrow()
    ? `${filterWords(number)}${isWhole ? ` on ${counted(looks.length, "picture")}` : ""}`
    : `${counted(DATA.pictures.length, "picture")}${isWhole ? "" : ` of ${count(DATA.images)}`}`;
  const inside = isNarrow() && !isWhole;
  setText(".inside", inside ? `${count(here)} of them on ${count(looks.length)} of the pictures in this report` : "");
  find(".chips").replaceChildren(...chips());
  const pages = Math.max(1, Math.ceil(looks.length / PAGE_SIZE));
  state.page = Math.min(state.page, pages);
  const first = (state.page - 1) * PAGE_SIZE;
  const none = isNarrow() && !looks.length ? [make("p", { className: "quiet" }, "No picture in this report has such boxes at this score.")] : [];
  const onPage = looks.slice(first, first + PAGE_SIZE);
  const shape = placeShape(onPage.map(({ picture }) => picture.width / picture.height));
  find(".grid").style.setProperty("--shape", shape);
  find(".grid").replaceChildren(...none, ...onPage.map((look) => tileOf(look, shape)));
  showPager(pages, first, looks.length);
}

// The one shape (width over height) of all places on a page, so that rows line up: the middle one of its images.
function placeShape(ratios) {
  const middle = ratios.sort((left, right) => left - right)[Math.floor(ratios.length / 2)] ?? 4 / 3;
  return Math.min(2, Math.max(0.7, middle));
}

function tileOf(look, shape) {
  const { picture } = look;
  if (!tilePictures.has(picture.id)) tilePictures.set(picture.id, pictureOf(picture));
  const ratio = picture.width / picture.height;
  const className = ratio < shape ? "frame upright" : "frame";
  const frame = make("span", { className, style: { "--ratio": ratio } }, tilePictures.get(picture.id), boxesOver(look, ON_TILES));
  const note = `${count(look.missed)} missed, ${counted(look.fp, "false alarm")}`;
  return make(
    "button",
    {
      className: "tile",
      role: "listitem",
      data: { key: `tile-${picture.id}`, id: picture.id, hits: look.hits },
      "aria-label": `${picture.file}, ${note}`,
      on: () => change({ image: picture.id }),
    },
    make("span", { className: "place-of-frame" }, frame),
    make("span", { className: "caption" }, picture.file),
    make("span", { className: "quiet" }, note),
  );
}

function chips() {
  const parts = [
    ["cell", state.cell && cellWords(state.cell), { cell: null }],
    ["cause", state.cause && causeTitle(state.cause), { cause: "" }],
    ["class", state.class >= 0 && DATA.classes[state.class], { class: -1 }],
    ["outcome", { true_positive: "Found", false_positive: "False alarms", missed: "Missed" }[state.outcome], { outcome: "" }],
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
      find(".pictures").scrollIntoView({ block: "start" });
    };
  }
}

function showLegend() {
  const keys = [["tp", "correct"], ["fp", "false alarm"], ["missed", "missed"]];
  find(".legend").replaceChildren(...keys.map(([layer, words]) => make("span", { className: `line-key ${layer}` }, make("i"), words)));
  const select = find(".pictures select");
  select.replaceChildren(...Object.entries(SORTS).map(([value, words]) => make("option", { value }, words)));
  select.onchange = () => change({ sort: select.value, page: 1 });
  const scaled = DATA.scaled ? ` ${counted(DATA.scaled, "picture is", "pictures are")} smaller here than they were judged.` : "";
  find(".choice").textContent = `${DATA.choice}${scaled} The figures are of all ${counted(DATA.images, "picture")}.`;
}
