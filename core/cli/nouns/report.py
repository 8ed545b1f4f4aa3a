"""The verb that writes an evaluation as one HTML file. It does not open sealed scores."""

from pathlib import Path
from typing import Any

import click

from core.cli.box_filter import filter_of, filter_options, thresholds_of
from core.cli.choices import OTHER_SORTS, SORTS
from core.cli.declaring import FILE, Words, verb
from core.cli.progress import progress_bar
from core.services import evaluation, html_report
from core.settings import Settings


@verb("report")
@click.argument("key", metavar="EVALUATION")
@click.option("--out", type=FILE, required=True, metavar="FILE", help="the HTML file to write")
@click.option("--images", "--pictures", "images", type=int, default=100, help="the most images, up to 500")
@click.option("--sort", type=Words(SORTS, OTHER_SORTS), default="mistakes", help="which images come first")
@filter_options
def report_verb(
    settings: Settings,
    key: str,
    out: Path,
    images: int,
    sort: str,
    score: float | None,
    iou: float | None,
    **chosen: Any,
) -> Any:
    """
    `out, bytes, evaluation, score, iou, pictures` (in the report)`, of` (in the evaluation)`, scaled` (images
    that were made smaller)`, notes`
    """
    opened = evaluation.open_evaluation(settings, key)
    score, iou = thresholds_of(opened, score, iou)
    request = html_report.ReportRequest(score=score, iou=iou, filter=filter_of(opened, chosen, sort), images=images)
    with progress_bar() as progress:
        return html_report.write_report(settings, opened, request, out, progress)
