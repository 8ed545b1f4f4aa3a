"""Builds the HTML report of an evaluation: one file that opens from disk, without this app or a network.

core.services.html_report.document makes its content, core.report its page.
"""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import AppError, StorageError
from core.files import atomic_writer
from core.labels.images.image_header import ImageHeaderError, read_header
from core.progress import Progress
from core.report.image_bytes import SmallImage, small_image
from core.report.page import as_data, is_report, make_page
from core.services.evaluation.images import image_rows
from core.services.evaluation.opened import OpenEvaluation, image_file
from core.services.html_report.document import ReportRequest, choice_words, figures_document, image_documents
from core.settings import Settings

# A file of about 75 MB: a browser can open it, but e-mail cannot carry it.
MOST_IMAGES: Final = 500
# Limit for 100 images with everything else; docs/cli.md promises 15 MB.
_BYTES_A_HUNDRED: Final = 14_800_000
# A JPEG of 1600 px is seldom larger; below the least it shows nothing useful.
_MOST_JPEG_BYTES: Final = 400_000
_LEAST_JPEG_BYTES: Final = 16_000
# Share of the progress bar for counting at every score; the images take the rest.
_COUNTING: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report with `images` of the evaluation's `of` images; `scaled` were made smaller, `absent` are unreadable."""

    html: bytes
    images: int
    of: int
    scaled: int
    absent: int


def make_report(settings: Settings, evaluation: OpenEvaluation, asked: ReportRequest, progress: Progress) -> Report:
    """Make the report as one HTML file. Raises AppError for a request out of range."""
    if not 0 <= asked.images <= MOST_IMAGES:
        raise AppError(f"{asked.images} images are out of range.", f"Ask for 0 to {MOST_IMAGES}.")
    rows = image_rows(evaluation, asked.score, asked.iou, asked.filter)
    included = rows.head(asked.images)
    document = figures_document(settings, evaluation, asked, lambda share, doing: progress(share * _COUNTING, doing))
    document["choice"] = choice_words(evaluation, asked, len(included), len(rows))
    document["pictures"] = image_documents(evaluation, asked, included)
    scaled = _put_images_in(settings, evaluation, document["pictures"], len(as_data(document)), progress)
    document["scaled"] = scaled
    progress(1.0, "Writing")
    page = make_page(evaluation.name, document).encode(errors="replace")
    absent = sum(image["jpeg"] is None for image in document["pictures"])
    return Report(html=page, images=len(included), of=len(evaluation.truth.images), scaled=scaled, absent=absent)


def write_report(
    settings: Settings, evaluation: OpenEvaluation, asked: ReportRequest, out: Path, progress: Progress
) -> dict[str, Any]:
    """Write the report to a file and return the document of `report` (docs/cli.md).

    Replaces an earlier report. Raises AppError if another file is there, or the file cannot be written.
    """
    _check_out(out)
    report = make_report(settings, evaluation, asked, progress)
    try:
        with atomic_writer(out) as handle:
            handle.write(report.html)
    except StorageError:
        raise
    except OSError as error:
        raise AppError(f"{out} cannot be written: {error.strerror}.", "Choose another file.") from error
    return {
        "out": str(out),
        "bytes": len(report.html),
        "evaluation": evaluation.id,
        "score": asked.score,
        "iou": asked.iou,
        "pictures": report.images,
        "of": report.of,
        "scaled": report.scaled,
        "notes": _notes(report),
    }


def _check_out(out: Path) -> None:
    try:
        is_other = out.exists() and (not out.is_file() or not is_report(out))
    except OSError as error:
        raise AppError(f"{out} cannot be read: {error.strerror}.", "Choose another file.") from error
    if is_other:
        raise AppError(f"{out} already exists and is not a report.", "Choose a new file, such as report.html.")


def _put_images_in(
    settings: Settings, evaluation: OpenEvaluation, images: list[dict[str, Any]], others: int, progress: Progress
) -> int:
    """Add the JPEGs to the documents of the images and return how many were made smaller.

    Args: others, bytes of everything else.
    """
    scaled = 0
    # Base64 turns three bytes into four characters.
    budget = (_BYTES_A_HUNDRED * max(1.0, len(images) / 100) - others) * 0.75
    for index, image in enumerate(images):
        progress(_COUNTING + (1 - _COUNTING) * index / len(images), f"Image {index + 1} of {len(images)}")
        # Later images may use what earlier ones left of the budget.
        most = min(max(int(budget / (len(images) - index)), _LEAST_JPEG_BYTES), _MOST_JPEG_BYTES)
        try:
            small = _read(settings, evaluation, image["id"], most)
        except AppError as error:
            image["why"] = error.message
            continue
        budget -= len(small.jpeg)
        scaled += small.is_scaled
        image["jpeg"] = base64.b64encode(small.jpeg).decode()
        image["shown"] = [small.width, small.height] if small.is_scaled else None
    return scaled


def _read(settings: Settings, evaluation: OpenEvaluation, image_id: int, most_bytes: int) -> SmallImage:
    path = image_file(settings, evaluation, image_id)
    try:
        # Images of an evaluation of two files were never imported, so their size is unchecked.
        read_header(path, settings.limits)
        return small_image(path, most_bytes)
    except (ImageHeaderError, OSError, ValueError) as error:
        raise AppError(f"{path.name} cannot be read: {error}", "Replace the file by a sound copy.") from error


def _notes(report: Report) -> list[str]:
    notes = []
    if report.scaled:
        notes.append(f"{report.scaled} of {report.images} images are smaller in the report than they are.")
    if report.absent:
        notes.append(f"{report.absent} of {report.images} images could not be read: only their boxes are in it.")
    return notes
