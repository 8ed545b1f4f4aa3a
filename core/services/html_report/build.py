"""The HTML report of an evaluation: one file that opens from disk, without this app and without a network. What stands
in it: core.services.html_report.document; how it looks: core.report."""

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

# A file of some 75 MB: a browser still opens it, a mail does not carry it.
MOST_IMAGES: Final = 500
# What 100 images may come to with everything round them; 15 MB is promised (docs/cli.md).
_BYTES_A_HUNDRED: Final = 14_800_000
# A JPEG of 1600 px seldom has more; and below the least nothing can be told on it.
_MOST_JPEG_BYTES: Final = 400_000
_LEAST_JPEG_BYTES: Final = 16_000
# The parts of the way, for the bar: counting at every score, then the images.
_COUNTING: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report, with `images` of `of` in it; `scaled` are smaller there than they are, `absent` could not be read."""

    html: bytes
    images: int
    of: int
    scaled: int
    absent: int


def make_report(settings: Settings, evaluation: OpenEvaluation, asked: ReportRequest, progress: Progress) -> Report:
    """The report as one HTML file. Raises AppError for what cannot be asked for."""
    if not 0 <= asked.images <= MOST_IMAGES:
        raise AppError(f"{asked.images} images are out of range.", f"Ask for 0 to {MOST_IMAGES}.")
    rows = image_rows(evaluation, asked.score, asked.iou, asked.filter)
    shown = rows.head(asked.images)
    document = figures_document(settings, evaluation, asked, lambda share, doing: progress(share * _COUNTING, doing))
    document["choice"] = choice_words(evaluation, asked, len(shown), len(rows))
    document["pictures"] = image_documents(evaluation, asked, shown)
    scaled = _put_images_in(settings, evaluation, document["pictures"], len(as_data(document)), progress)
    document["scaled"] = scaled
    progress(1.0, "Writing")
    page = make_page(evaluation.name, document).encode(errors="replace")
    absent = sum(image["jpeg"] is None for image in document["pictures"])
    return Report(html=page, images=len(shown), of=len(evaluation.truth.images), scaled=scaled, absent=absent)


def write_report(
    settings: Settings, evaluation: OpenEvaluation, asked: ReportRequest, out: Path, progress: Progress
) -> dict[str, Any]:
    """Write the report to a file; the document of the command line (docs/cli.md).

    An earlier report there is replaced. Raises AppError where something else is there, or nothing can be written.
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
        raise AppError(f"{out} is there already and is not a report.", "Choose a new file, such as report.html.")


def _put_images_in(
    settings: Settings, evaluation: OpenEvaluation, images: list[dict[str, Any]], others: int, progress: Progress
) -> int:
    """Put the JPEGs into the documents of the images; how many of them had to be made smaller.

    Args: others, bytes of everything else.
    """
    scaled = 0
    # Base64 turns three bytes into four characters.
    room = (_BYTES_A_HUNDRED * max(1.0, len(images) / 100) - others) * 0.75
    for place, image in enumerate(images):
        progress(_COUNTING + (1 - _COUNTING) * place / len(images), f"Image {place + 1} of {len(images)}")
        # What the images before left over is for those that come.
        most = min(max(int(room / (len(images) - place)), _LEAST_JPEG_BYTES), _MOST_JPEG_BYTES)
        try:
            small = _read(settings, evaluation, image["id"], most)
        except AppError as error:
            image["why"] = error.message
            continue
        room -= len(small.jpeg)
        scaled += small.is_scaled
        image["jpeg"] = base64.b64encode(small.jpeg).decode()
        image["shown"] = [small.width, small.height] if small.is_scaled else None
    return scaled


def _read(settings: Settings, evaluation: OpenEvaluation, image_id: int, most_bytes: int) -> SmallImage:
    path = image_file(settings, evaluation, image_id)
    try:
        # Images of a foreign result were never imported: nobody has checked their size.
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
