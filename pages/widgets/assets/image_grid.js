// A grid of thumbnails, one page at a time. boxes.js and tiles.js come before this script.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".grid");
  grid.style.setProperty("--tile", `${data.tile_px}px`);
  fillGrid(grid, data.tiles, data, setTriggerValue);
  const draw = () => {
    grid.querySelectorAll("canvas").forEach((canvas, index) => drawTile(canvas, grid.tiles[index], grid.score));
  };
  grid.tiles = data.tiles;
  grid.score = data.score ?? 0;
  if (!grid.observer) {
    grid.observer = new ResizeObserver(draw);
    grid.observer.observe(grid);
  }
  requestAnimationFrame(draw);
  turnPages(parentElement.querySelector(".pager"), data, setTriggerValue);
}

function turnPages(pager, data, send) {
  pager.hidden = data.pages < 2;
  pager.querySelector(".place").textContent = data.place;
  const buttons = { ".previous": data.page - 1, ".next": data.page + 1 };
  for (const [selector, page] of Object.entries(buttons)) {
    const button = pager.querySelector(selector);
    button.disabled = page < 1 || page > data.pages;
    button.onclick = () => send("page", page);
  }
}
