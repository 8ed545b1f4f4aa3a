"""Every path of the workspace; no other module builds one.

registry.sqlite                       the index; can be deleted, and is made anew from the folders
uploads/<id>/…                        an upload being received and inspected; removed when done or a day old
datasets/<dataset>/dataset.json       {id, name, created}
datasets/<dataset>/openings/<v>.jsonl when test scores were opened (core.workspace.openings)
datasets/<dataset>/decisions/<v>.json people's decisions about label issues (core.workspace.decisions)
datasets/<dataset>/versions/<v>/      version.json, images/, *.parquet (core.workspace.datasets)
runs/<run>/                           core.training.run.folder
evaluations/<evaluation>/             core.evaluation.store
preflights/<check>/                   core.services.training.preflight; the last ones only
models/<model>/                       custom Detectron2 models (core.services.models)
sweeps/<sweep>/                       searches for better settings (core.services.sweeps.records)
trash/<time>-<run>/                   deleted runs, whole (core.services.runs.trash)
history.jsonl                         who deleted and restored runs; one like it in folders (core.workspace.history)
slots/                                kernel locks of the device slots, and queue order
cache/thumbnails, cache/weights       can be deleted at any time
cache/warm_worker/<host>/            lock, address and log of the worker that makes previews
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

KINDS = {"dataset": "datasets", "run": "runs", "evaluation": "evaluations", "model": "models"}

# The limit of every common file system, in bytes.
_LONGEST_NAME: Final = 255


def is_folder_name(text: str) -> bool:
    """Whether a text from an address is the name of one folder: not too long, and without a way out of its parent."""
    is_plain = text not in ("", ".", "..") and not {"/", "\0"} & set(text)
    return is_plain and len(text.encode(errors="surrogateescape")) <= _LONGEST_NAME


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one workspace folder. Nothing is created here."""

    root: Path

    @property
    def registry(self) -> Path:
        """The SQLite file of the registry."""
        return self.root / "registry.sqlite"

    def all_of(self, kind: str) -> Path:
        """The folder that holds all data sets, runs, evaluations or models (`kind` in KINDS)."""
        return self.root / KINDS[kind]

    def folder(self, kind: str, key: str) -> Path:
        """The folder of one data set, run, evaluation or model."""
        return self.all_of(kind) / key

    def description(self, kind: str, key: str) -> Path:
        """The JSON file with id, name and created; a folder with this file is an item."""
        return self.folder(kind, key) / f"{kind}.json"

    def version(self, dataset: str, version: str) -> Path:
        """The folder of one immutable data set version."""
        return self.folder("dataset", dataset) / "versions" / version

    def openings(self, dataset: str, version: str) -> Path:
        """The log of when the test scores of a version were opened; beside the versions, which never change."""
        return self.folder("dataset", dataset) / "openings" / f"{version}.jsonl"

    def decisions(self, dataset: str, version: str) -> Path:
        """People's decisions about the label issues of a version; beside the versions, which never change."""
        return self.folder("dataset", dataset) / "decisions" / f"{version}.json"

    @property
    def uploads(self) -> Path:
        """The folder in which uploads are received and unpacked."""
        return self.root / "uploads"

    @property
    def trash(self) -> Path:
        """Deleted runs, until they are restored or removed for good."""
        return self.root / "trash"

    @property
    def preflights(self) -> Path:
        """Preflight checks (core.services.training.preflight), the last of which are kept."""
        return self.root / "preflights"

    @property
    def sweeps(self) -> Path:
        """Sweeps (core.services.sweeps), a folder each."""
        return self.root / "sweeps"

    @property
    def slots(self) -> Path:
        """Locks of the device slots and the queue's order."""
        return self.root / "slots"

    @property
    def thumbnails(self) -> Path:
        """Thumbnails, made once."""
        return self.root / "cache" / "thumbnails"

    @property
    def weights(self) -> Path:
        """Downloaded model-zoo weights."""
        return self.root / "cache" / "weights"

    @property
    def warm_worker(self) -> Path:
        """Lock, address and log of the worker that makes previews, one folder for each machine."""
        return self.root / "cache" / "warm_worker"

    @property
    def config_keys(self) -> Path:
        """Detectron2's configuration keys, as the worker lists them."""
        return self.root / "cache" / "config_keys.json"
