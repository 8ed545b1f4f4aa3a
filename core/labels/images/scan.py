"""The facts of all images of a source, from their headers or by decoding them (core.labels.images.image_fact)."""

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, astuple
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from core.labels.images.decoders import Decoders
from core.labels.images.exif import SIDEWAYS
from core.labels.images.header_sizes import ImageSizes
from core.labels.images.image_fact import COLUMNS, ImageFact, read_fact
from core.labels.images.kept_facts import KeptFacts
from core.labels.sources.source_tree import SourceTree
from core.progress import Progress

# Each holds some 60 MB and one image.
_MOST_WORKERS: Final = 16
# From here on processes are worth their start. Threads share Python's lock, which hashes and measures keep busy.
_PROCESSES_FROM: Final = 200
# Images that a process reads between two waits for this one.
_BATCH: Final = 16

_Item = tuple[int, str]
_Read = Callable[[list[_Item]], list[ImageFact]]
_Keep = Callable[[list[_Item], list[ImageFact]], list[ImageFact]]


def header_facts(images: pd.DataFrame, sizes: ImageSizes) -> pd.DataFrame:
    """One row of `ImageFact` for each image (by its `source`), in the order of `images`, as far as headers tell."""
    sources = images["source"].tolist()
    upright = np.array([sizes.upright_wh.get(source, (0, 0)) for source in sources], dtype=np.int64).reshape(-1, 2)
    orientation = np.array([sizes.orientation.get(source, 1) for source in sources], dtype=np.int64)
    raw = np.where(np.isin(orientation, SIDEWAYS)[:, None], upright[:, ::-1], upright)
    default = ImageFact(image_id=0)
    columns: dict[str, object] = {name: getattr(default, name) for name in COLUMNS}
    columns |= {
        "image_id": images["image_id"].to_numpy(),
        "problem": [sizes.problems.get(source, "") for source in sources],
        "width": upright[:, 0],
        "height": upright[:, 1],
        "raw_width": raw[:, 0],
        "raw_height": raw[:, 1],
        "orientation": orientation,
    }
    return pd.DataFrame(columns, columns=COLUMNS, index=range(len(sources)))


def read_facts(
    images: pd.DataFrame,
    tree: SourceTree,
    progress: Progress,
    kept: KeptFacts | None = None,
    thumbnails: Path | None = None,
    workers: int | None = None,
) -> pd.DataFrame:
    """One row of `ImageFact` for each image (by its `source` in the tree), in the order of `images`.

    `kept` has the facts of images that an earlier pass read, and takes those of this pass. `thumbnails` is the folder
    for small copies. `workers` is the number of images read at once, as many as there are cores if not given.
    """
    work: list[_Item] = list(zip(images["image_id"].tolist(), images["source"].tolist(), strict=True))
    facts_of = _kept_fact(work, tree, kept)
    unknown = [item for item in work if item[0] not in facts_of]

    def keep(batch: list[_Item], facts: list[ImageFact]) -> list[ImageFact]:
        for (_, source), fact in zip(batch, facts, strict=True):
            if kept:
                kept.add(tree, source, {name: value for name, value in asdict(fact).items() if name != "image_id"})
        return facts

    for facts in _read_all(unknown, tree, thumbnails, workers or _cores(), keep):
        facts_of |= {fact.image_id: fact for fact in facts}
        progress(len(facts_of) / len(work), f"Reading image {len(facts_of):,} of {len(work):,}")
    return pd.DataFrame([astuple(facts_of[image_id]) for image_id, _ in work], columns=COLUMNS)


def _kept_fact(work: list[_Item], tree: SourceTree, kept: KeptFacts | None) -> dict[int, ImageFact]:
    """The facts that an earlier pass kept, by image."""
    if kept is None:
        return {}
    seen = ((image_id, kept.get(tree, source)) for image_id, source in work)
    return {image_id: ImageFact(image_id=image_id, **facts) for image_id, facts in seen if facts is not None}


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_WORKERS, cores)


def _read_all(
    work: list[_Item], tree: SourceTree, thumbnails: Path | None, workers: int, keep: _Keep
) -> Iterator[list[ImageFact]]:
    """Reads images in batches, in their order: a small number in threads, many in processes.

    `keep` gets all that was read, also what is under way when the reading ends early.
    """

    def read_here(batch: list[_Item]) -> list[ImageFact]:
        return [read_fact(image_id, tree.path(source), tree.limits, thumbnails) for image_id, source in batch]

    if len(work) < _PROCESSES_FROM:
        yield from _in_threads(lambda batch: keep(batch, read_here(batch)), [[item] for item in work], workers)
        return
    batches = [work[start : start + _BATCH] for start in range(0, len(work), _BATCH)]
    with Decoders(tree.root, tree.limits, thumbnails, workers) as decoders:

        def read_there(batch: list[_Item]) -> list[ImageFact]:
            return decoders.read([(image_id, tree.overlay.get(source, source)) for image_id, source in batch])

        yield from _in_threads(lambda batch: keep(batch, read_there(batch)), batches, workers)


def _in_threads(read: _Read, batches: list[list[_Item]], workers: int) -> Iterator[list[ImageFact]]:
    # Few are under way at once, so that an exception or Ctrl-C ends soon, and results do not pile up.
    pool, remaining = ThreadPoolExecutor(workers), iter(batches)
    try:
        under_way = deque(pool.submit(read, batch) for batch in islice(remaining, 2 * workers))
        while under_way:
            yield under_way.popleft().result()
            under_way.extend(pool.submit(read, batch) for batch in islice(remaining, 1))
    finally:
        pool.shutdown(cancel_futures=True)
