// A grid of thumbnails, one page at a time. boxes.js and tiles.js come before this script.

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".grid");
  grid.style.setProperty("--tile", leastWidth(data));
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

// The least width of a tile, in CSS: with a most number of columns at least that share of the row, without the gaps.
function leastWidth({ tile_px, columns }) {
  return columns ? `max(${tile_px}px, (100% - ${10 * (columns - 1)}px) / ${columns})` : `${tile_px}px`;
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
