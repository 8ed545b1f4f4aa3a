"""Reads <meta> of a CVAT file: the labels, and which frames of a video the file is about."""

import re
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from core.labels.formats.numbers import read_size

_STEP: Final = re.compile(r"step\s*=\s*([0-9]{1,9})\s*")
_SOURCE_LENGTH: Final = 100
# CVAT's word for a task in no subset.
NO_SUBSET: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task or job: `frames` are its frames' numbers in the video, `source` the video's name without suffix.

    `width` and `height` in px are 0 for a task of images, and "" and an empty range are what the file does not state.
    """

    id: str = ""
    subset: str = ""
    is_video: bool = False
    frames: range = range(0)
    source: str = ""
    width: int = 0
    height: int = 0

    @property
    def split(self) -> str:
        """The subset, if the user named one."""
        return "" if self.subset == NO_SUBSET else self.subset


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """The labels by their order, and the tasks: one, but for a project."""

    labels: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    is_project: bool = False


def read_meta(element: Element) -> Meta:
    """Reads a <meta> of a task, a job or a project."""
    projects = element.findall("project")
    tasks = [*element.findall("task"), *element.findall("job"), *element.iterfind("project/tasks/task")]
    # The points of a skeleton are labels with a parent; they have no box.
    labels = [
        (label.findtext("name") or "").strip()
        for label in element.iter("label")
        if not (label.findtext("parent") or "").strip()
    ]
    return Meta(
        labels=tuple(dict.fromkeys(filter(None, labels))),
        tasks=tuple(map(_read_task, tasks)),
        is_project=bool(projects),
    )


def whole(text: str | None) -> int | None:
    """A whole number from 0 with at most nine digits, None for anything else."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else None


def _read_task(element: Element) -> Task:
    def text(name: str) -> str:
        return (element.findtext(name) or "").strip()

    source = text("source").replace("\\", "/").rpartition("/")[2]
    return Task(
        id=text("id"),
        subset=text("subset"),
        is_video=text("mode") == "interpolation",
        frames=_frames(element),
        source=source.rpartition(".")[0][:_SOURCE_LENGTH],
        width=read_size(text("original_size/width")),
        height=read_size(text("original_size/height")),
    )


def _frames(element: Element) -> range:
    """The frames that the task shows. Its `size` is their number; a job of a part of them states a smaller one."""
    start = whole(element.findtext("start_frame")) or 0
    stop, size = whole(element.findtext("stop_frame")), whole(element.findtext("size"))
    matched = _STEP.fullmatch((element.findtext("frame_filter") or "").strip())
    step = max(int(matched[1]), 1) if matched else 1
    if stop is None:
        return range(start, start + (size or 0) * step, step)
    frames = range(start, stop + 1, step)
    return frames[:size] if size else frames
