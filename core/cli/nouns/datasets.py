"""The verbs about data sets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import FILE, Words, verb
from core.cli.outcome import Outcome, listed
from core.cli.progress import progress_bar
from core.cli.values import names_of, pair_list, pairs
from core.services import datasets
from core.settings import Settings

_GROUPINGS = ("none", "folder", "stem", "duplicates")
_USES = ("unlabelled", "background")


def _source_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare the source, and the options of reading it."""
    for declare in (
        click.option(
            "--annotator", default="", metavar="NAME", help="whose labels count, where a tool keeps several people's"
        ),
        click.option(
            "--class-list",
            "class_lists",
            multiple=True,
            metavar="FILE",
            help="which list of names counts where several rule the same label files",
        ),
        click.option(
            "--encoding",
            "encodings",
            multiple=True,
            metavar="FILE=ENCODING",
            help="the encoding of a text that does not say its own, e.g. `classes.txt=cp1251`; or of all in a folder",
        ),
        click.option("--first-id", type=int, default=0, help="number of the first class name: 0, or 1"),
        click.option(
            "--reading", "readings", multiple=True, metavar="GROUP=READING", help="how the numbers of a group are read"
        ),
        click.option(
            "--threshold",
            multiple=True,
            metavar="CHECK=VALUE",
            help="change a threshold of a check for this data set, e.g. `tiny-object=6`; see docs/checks.md",
        ),
        click.option(
            "--range",
            "bit_range",
            default="",
            metavar="LOW,HIGH",
            help="values of images with 16 or 32 bits that become black and white; default: the lowest and the highest",
        ),
        click.option("--names", default="", metavar="A,B,C", help="class names by index"),
        click.option("--coordinates", default="auto"),
        click.option("--format", default="auto"),
        click.argument("path", type=FILE, metavar="PATH"),
    ):
        function = declare(function)
    return function


def _thresholds(texts: tuple[str, ...]) -> datasets.Thresholds:
    return datasets.thresholds_of(pairs(texts, "--threshold", "CHECK=VALUE"))


@verb("demo")
@click.argument("out", type=FILE, metavar="OUT")
@click.option("--images", type=int, default=200)
@click.option("--seed", type=int, default=0)
@click.option("--size", type=int, default=320, help="side of an image in px")
@click.option("--faults", is_flag=True, help="add one label fault of each kind, and list them")
def demo_verb(_settings: Settings, out: Path, images: int, seed: int, size: int, faults: bool) -> Any:
    """`path, images, annotations, classes`"""
    with progress_bar() as progress:
        return datasets.make_demo(out, images, seed, size, faults, progress)


@verb("inspect")
@_source_options
@click.option("--images", is_flag=True, help="decode every image too: hashes, copies, quality")
def inspect_verb(
    settings: Settings, path: Path, names: str, readings: tuple[str, ...], encodings: tuple[str, ...],
    threshold: tuple[str, ...], images: bool, **source: Any,
) -> Any:  # fmt: skip
    """
    `format, images, annotations, classes [{name, annotations}], ignored_regions` (without a class)`, unmatched {images,
    labels}, evidence, groups [{key, format, what, reading, words, help, evidence, objects, repairs, blocked, chosen,
    rivals [{reading, repairs}], examples [{image, width, height, objects, boxes [{class, box, repair}],
    ignored_regions [{box, reason}]}]}], class_lists [{file, conflict, shifted, label_files, folders, lists [{file,
    names}]}], encodings [{path, files, chosen, readings [{encoding, words}]}], annotators, accounts {images,
    label_files, objects, split_entries: {found, imported, blocked, left_out [{reason, count}]}}, images_read,
    deep_images {count, measured, range}` (images with 16 or 32 bits, their values, and the range that maps them; null
    without such images, or before the image pass)`, findings [{check, severity, count, remedy, examples [{file, line,
    image, annotation, message}]}], notes` (of the evaluator's self-test: the objects as detections must score AP 1.0; a
    note says if they do not, or if COCO's cap of 100 detections applies)
    """
    options = datasets.ImportOptions(
        names=names_of(names),
        readings=pairs(readings, "--reading", "GROUP=READING", at_last=True),
        encodings=pairs(encodings, "--encoding", "FILE=ENCODING", at_last=True),
        thresholds=_thresholds(threshold),
        **source,
    )
    with progress_bar() as progress:
        inspection = datasets.inspect(settings, path, options, progress, images=images)
    datasets.discard(settings, inspection)
    return inspection.to_json()


@verb("import")
@_source_options
@click.option("--name", default="", help="default: the folder's name; a name in use gets a new version")
@click.option(
    "--split", default="", metavar="70/15/15|source", help="default: `source` if the source has splits, else `70/15/15`"
)
@click.option("--seed", type=int, default=0)
@click.option("--group", type=Words(_GROUPINGS), default="none", help="which images stay in one split together")
@click.option("--no-label", type=Words(_USES), default="unlabelled", help="meaning of an image that no label speaks of")
@click.option("--empty", type=Words(_USES), help="older: also the meaning of an explicitly empty label")
@click.option("--map", "mapped", multiple=True, metavar="OLD=NEW", help="rename or merge a class; `OLD=` drops it")
@click.option(
    "--ignore",
    multiple=True,
    metavar="ATTRIBUTE=VALUE",
    help="import objects with this attribute as ignored regions of their class, e.g. `difficult=1`",
)
@click.option("--leave-out", type=Words(("blocked",)), help="leave out images and objects that findings block")
def import_verb(
    settings: Settings,
    path: Path,
    names: str,
    readings: tuple[str, ...],
    encodings: tuple[str, ...],
    threshold: tuple[str, ...],
    mapped: tuple[str, ...],
    ignore: tuple[str, ...],
    leave_out: str | None,
    empty: str | None,
    **options: Any,
) -> Any:
    """
    as `inspect` (counts are of the source), and `dataset, version, imported {images, annotations},
    left_out {images, objects}, splits {train, val, test}, ready, reasons`
    """
    import_options = datasets.ImportOptions(
        names=names_of(names),
        readings=pairs(readings, "--reading", "GROUP=READING", at_last=True),
        encodings=pairs(encodings, "--encoding", "FILE=ENCODING", at_last=True),
        class_map=pairs(mapped, "--map", "OLD=NEW"),
        ignore=pair_list(ignore, "--ignore", "ATTRIBUTE=VALUE"),
        leave_out_blocked=leave_out == "blocked",
        empty=empty or "",
        thresholds=_thresholds(threshold),
        **options,
    )
    with progress_bar() as progress:
        imported = datasets.import_dataset(settings, path, import_options, progress, actor=actor_of(settings))
    return imported.to_json()


@verb("datasets")
def datasets_verb(settings: Settings) -> Outcome:
    """list of `id, name, version, images, annotations, classes, splits, ready, reasons`"""
    rows = [summary.to_json() for summary in datasets.list_datasets(settings)]
    return listed(rows, "id", "name", "version", "images", "annotations", "splits", "ready")


@verb("dataset")
@click.argument("dataset", metavar="ID")
def dataset_verb(settings: Settings, dataset: str) -> Any:
    """one entry of `datasets`, with `versions`"""
    return datasets.describe_dataset(settings, dataset)
