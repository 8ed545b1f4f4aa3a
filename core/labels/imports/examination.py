"""Examines a source in two passes: the labels with the headers of images, then the images themselves.

The label pass says all that labels alone can say. The image pass decodes every image, and adds what only pixels can
say.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from core.coco.columns import without_collector
from core.labels.checks.box_fixes import Repaired, repair
from core.labels.checks.check_input import Subject
from core.labels.checks.checks import run_checks
from core.labels.checks.split_checks import check_splits
from core.labels.findings import Finding, Report, Severity
from core.labels.images.bit_range import parse_bit_range
from core.labels.images.kept_facts import KeptFacts
from core.labels.images.scan import header_facts, read_facts
from core.labels.imports.archive.notes import ArchiveNotes
from core.labels.imports.archive_findings import archive_findings
from core.labels.imports.encodings import GuessedEncoding, guessed_encodings, unused_encodings
from core.labels.imports.kept import kept_labels_of
from core.labels.imports.options import ImportOptions
from core.labels.reading.read import read_source
from core.labels.reading.reading import Reading
from core.labels.sources.source_tree import SourceTree
from core.progress import Progress

_ORDER = {Severity.BLOCKS: 0, Severity.FIXED: 1, Severity.LOOK: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """A source after reading and checking, before anything is changed or stored.

    `has_pixels` says whether the image pass has been made. Without it `facts` are those of headers: no hashes, no
    quality, and an image that ends after its header counts as readable. `encodings` are those that are a guess, or were
    chosen.
    """

    tree: SourceTree
    reading: Reading
    facts: pd.DataFrame  # core.labels.images.scan
    repaired: Repaired
    report: Report
    has_pixels: bool
    of_archive: tuple[Finding, ...] = ()
    encodings: tuple[GuessedEncoding, ...] = ()


@without_collector()
def examine(
    tree: SourceTree, options: ImportOptions, progress: Progress, notes: ArchiveNotes | None = None
) -> Examination:
    """Makes the label pass. `notes` are those of the archive that was unpacked into the tree.

    Raises UploadError if no format fits.
    """
    progress(0.0, "Reading the labels")
    tree = replace(tree, encodings=dict(options.reading.encodings))
    reading = read_source(tree, options.reading)
    encodings = guessed_encodings(tree, reading.findings)
    reading = replace(reading, findings=[*reading.findings, *unused_encodings(tree, encodings)])
    facts = header_facts(reading.label_set.images, reading.sizes)
    progress(0.9, "Checking the labels")
    of_archive = tuple(archive_findings(notes)) if notes else ()
    examination = _checked(tree, reading, facts, options, has_pixels=False, of_archive=of_archive, encodings=encodings)
    progress(1.0, "Checking the labels")
    return examination


def examine_images(
    examination: Examination,
    options: ImportOptions,
    progress: Progress,
    kept: KeptFacts | None = None,
    thumbnails: Path | None = None,
) -> Examination:
    """Makes the image pass, unless it has been made: decodes every image, and repeats the checks.

    `kept` holds the facts of images that an earlier, broken-off pass has read. `thumbnails` is where a small copy of
    each image is stored under its hash.
    """
    if examination.has_pixels:
        return examination
    images = examination.reading.label_set.images
    facts = read_facts(images, examination.tree, progress, kept, thumbnails)
    progress(1.0, "Checking the images")
    return check_again(replace(examination, facts=facts, has_pixels=True), options)


@without_collector()
def check_again(examination: Examination, options: ImportOptions) -> Examination:
    """The examination with the checks of other options, which read the source in the same way. Reads no file."""
    return _checked(
        examination.tree,
        examination.reading,
        examination.facts,
        options,
        has_pixels=examination.has_pixels,
        of_archive=examination.of_archive,
        encodings=examination.encodings,
    )


def _checked(
    tree: SourceTree,
    reading: Reading,
    facts: pd.DataFrame,
    options: ImportOptions,
    *,
    has_pixels: bool,
    of_archive: tuple[Finding, ...],
    encodings: tuple[GuessedEncoding, ...],
) -> Examination:
    repaired = repair(reading.label_set, facts, reading.turned, reading.scaled)
    report = Report([*of_archive, *_reader_findings(reading)])
    subject = Subject(
        labels=reading.label_set,
        facts=facts,
        repaired=repaired,
        thresholds=options.thresholds,
        bit_range=parse_bit_range(options.bit_range),
    )
    report.extend(run_checks(subject))
    if reading.has_splits:
        report.extend(check_splits(kept_labels_of(reading.label_set, facts, repaired)))
    report.findings.sort(key=lambda finding: _ORDER[finding.severity])
    return Examination(
        tree=tree,
        reading=reading,
        facts=facts,
        repaired=repaired,
        report=report,
        has_pixels=has_pixels,
        of_archive=of_archive,
        encodings=encodings,
    )


def _reader_findings(reading: Reading) -> list[Finding]:
    """The reader's findings, without those that a check repeats; and a finding for each image without labels."""
    checked = set(reading.label_set.images["source"])
    findings = [f for f in reading.findings if not (f.check == "unreadable-image" and f.image in checked)]
    for image in reading.unmatched_images:
        message = f"{image} has no label file or entry."
        findings.append(
            Finding(check="image-without-label", severity=Severity.LOOK, message=message, file=image, image=image)
        )
    return findings
