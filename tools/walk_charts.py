"""Draws the charts of docs/bccd.md from an evaluation of BCCD; they hold no image of that data set.

.venv/bin/python tools/walk_charts.py WORKSPACE EVALUATION [--label-issues-from 0.7] [--out docs/images]
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
from find_browser import find_browser
from playwright.sync_api import Page, sync_playwright

# A script's import path begins with its folder; core is in the folder above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from core.figures.causes import causes_figure
from core.figures.colours import class_colour
from core.figures.confusion import confusion_figure
from core.figures.slices import slice_figure
from core.figures.theme import template
from core.figures.thresholds import threshold_figure
from core.services import evaluation as evaluating
from core.services import label_review
from core.services.evaluation import OpenEvaluation
from core.services.label_review import Rescored, rescore
from core.settings import Settings

_IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
_WIDTH = 860  # px


def main() -> None:
    """Draws all charts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("evaluation")
    parser.add_argument(
        "--label-issues-from", type=float, default=0.7, help="the score at which label issues were reviewed"
    )
    parser.add_argument("--out", type=Path, default=_IMAGES)
    args = parser.parse_args()
    settings = Settings(workspace=args.workspace)
    evaluation = evaluating.open_evaluation(settings, args.evaluation)
    reviewed = label_review.review_labels(settings, evaluation, args.label_issues_from)
    figures = _charts(evaluation, rescore(evaluation, reviewed))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": _WIDTH + 40, "height": 900}, device_scale_factor=1.5)
        for name, figure in figures.items():
            _draw(page, figure, args.out / f"bccd-{name}.png")
        browser.close()


def _charts(evaluation: OpenEvaluation, rescored: Rescored) -> Mapping[str, go.Figure]:
    score, iou = evaluation.score, evaluation.iou
    summary = evaluating.summarise(evaluation)
    matrix = np.array(summary["confusion"]["matrix"], dtype=np.int64)
    slices = evaluating.score_slices(evaluation, score, iou, "side")
    return {
        "matrix": confusion_figure(matrix, evaluation.class_names),
        "causes": causes_figure(summary["causes"]),
        "sides": slice_figure(slices, evaluation.slicings()),
        "thresholds": threshold_figure(evaluation.threshold_curves(iou), score),
        "labels": _before_and_after(rescored),
    }


def _before_and_after(rescored: Rescored) -> go.Figure:
    """AP of each class against the original and the corrected labels, as two points with a line between them."""
    figure = go.Figure()
    rows = list(zip(rescored.before.per_class, rescored.after.per_class, strict=True))
    for index, (before, after) in enumerate(rows):
        values = [100 * (before.ap or 0), 100 * (after.ap or 0)]
        figure.add_scatter(
            x=values,
            y=[before.name] * 2,
            mode="lines+markers+text",
            text=[f"{value:.1f}" for value in values],
            textposition=["middle left", "middle right"],
            marker={"size": 11, "symbol": ["circle-open", "circle"], "color": class_colour(index)},
            line={"width": 2, "color": class_colour(index)},
            showlegend=False,
        )
    figure.update_layout(template=template(), height=190)
    figure.update_xaxes(title="AP against the original labels (ring) and the corrected ones (dot)", range=[25, 75])
    figure.update_yaxes(autorange="reversed")
    return figure


def _draw(page: Page, figure: go.Figure, path: Path) -> None:
    figure.update_layout(width=_WIDTH)
    page.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    page.locator(".js-plotly-plot").screenshot(path=path)


if __name__ == "__main__":
    main()
