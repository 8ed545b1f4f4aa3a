"""Reads Plotly charts in a page, and clicks in them."""

from playwright.sync_api import Locator, Page, expect

_POINTS = """([key, name]) => {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`);
    const lines = ((plot && plot._fullData) || []).filter(trace => trace.name === name);
    return lines.length ? lines[lines.length - 1].x.length : 0;
}"""
# Another cell draws another chart; for a moment the one before it stands behind it.
_MATRIX = "[class*='st-key-matrix'] .js-plotly-plot >> nth=0"


def points_of(page: Page, key: str, name: str) -> int:
    """How many points the last line of this name has in the chart with this Streamlit key; 0 before it is drawn."""
    return int(page.evaluate(_POINTS, [key, name]))


def wait_for_more_points(page: Page, key: str, name: str, than: int, timeout_ms: float) -> None:
    """Return once the line has more points than that."""
    page.wait_for_function(
        f"([key, name, than]) => ({_POINTS})([key, name]) > than", arg=[key, name, than], timeout=timeout_ms
    )


def counts_of(page: Page) -> list[list[int]]:
    """The numbers in the confusion matrix, the background last; an empty cell is 0."""
    page.locator(_MATRIX).locator(".main-svg").first.wait_for()
    return list(
        page.locator(_MATRIX).evaluate(
            """plot => {
                const points = plot._fullData.find(trace => trace.type === "scatter");
                const size = Math.max(...points.customdata.map(cell => cell[0])) + 1;
                const matrix = Array.from({length: size}, () => Array(size).fill(0));
                points.customdata.forEach(([row, column], place) => {
                    matrix[row][column] = parseInt(points.hovertext[place].replaceAll(",", ""));
                });
                return matrix;
            }"""
        )
    )


def come_to_rest(page: Page) -> None:
    """Wait until the script has run to its end, and the browser has loaded what shows the last widget.

    Until then charts are replaced, old words stand beside new ones, and a button's key does nothing.
    """
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def click_step(page: Page, score: float) -> None:
    """Click the F1 curve of the threshold explorer at this score."""
    plot = _at_rest(page, "[class*='st-key-thresholds'] .js-plotly-plot >> nth=0")
    x, y = plot.evaluate(
        """(plot, score) => {
            const line = plot._fullData.find(trace => trace.name === "F1");
            const place = line.x.findIndex(x => Math.abs(x - score) < 1e-9);
            const {xaxis, yaxis, _size} = plot._fullLayout;
            return [xaxis.l2p(line.x[place]) + _size.l, yaxis.l2p(line.y[place]) + _size.t];
        }""",
        score,
    )
    _click_at(page, plot, x, y)


def click_cause(page: Page, cause: str) -> None:
    """Click the row of a cause in the chart of causes, well away from its bar's start: short bars are clicked so."""
    plot = _at_rest(page, "[class*='st-key-causes'] .js-plotly-plot >> nth=0")
    x, y = plot.evaluate(
        """(plot, cause) => {
            const points = plot._fullData.find(trace => trace.type === "scatter");
            const place = points.customdata.findIndex(row => row[0] === cause);
            const {yaxis, _size} = plot._fullLayout;
            return [_size.l + _size.w / 3, yaxis.l2p(points.y[place]) + _size.t];
        }""",
        cause,
    )
    _click_at(page, plot, x, y)


def click_cell(page: Page, truth: int, found: int) -> None:
    """Click the middle of a cell of the confusion matrix."""
    plot = _at_rest(page, _MATRIX)
    x, y = plot.evaluate(
        """(plot, [truth, found]) => {
            const points = plot._fullData.find(trace => trace.type === "scatter");
            const place = points.customdata.findIndex(cell => cell[0] === truth && cell[1] === found);
            const {xaxis, yaxis, _size} = plot._fullLayout;
            return [xaxis.l2p(points.x[place]) + _size.l, yaxis.l2p(points.y[place]) + _size.t];
        }""",
        [truth, found],
    )
    _click_at(page, plot, x, y)


def click_slice(page: Page) -> str:
    """Click the longest bar of the slices; the slice's key."""
    plot = _at_rest(page, "[class*='st-key-slices'] .js-plotly-plot >> nth=0")
    key, x, y = plot.evaluate(
        """plot => {
            const bars = plot._fullData[0];
            const lengths = Array.from(bars.x, Math.abs);
            const place = lengths.indexOf(Math.max(...lengths));
            const {xaxis, yaxis, _size} = plot._fullLayout;
            return [bars.customdata[place][0], xaxis.l2p(bars.x[place] / 2) + _size.l, yaxis.l2p(place) + _size.t];
        }"""
    )
    _click_at(page, plot, x, y)
    return str(key)


def _at_rest(page: Page, selector: str) -> Locator:
    """The chart, drawn, in view, and not about to be replaced."""
    come_to_rest(page)
    plot = page.locator(selector)
    plot.locator(".main-svg").first.wait_for()
    plot.scroll_into_view_if_needed()
    return plot


def _click_at(page: Page, plot: Locator, x: float, y: float) -> None:
    """Click a place of a plot, in px from its upper left corner."""
    box = plot.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x, box["y"] + y)
