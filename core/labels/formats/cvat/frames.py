"""Finds the image of each frame of a CVAT video, and adds the frames that have no shape."""

from collections import Counter
from typing import Final

from core.labels.formats.base import quoted
from core.labels.formats.cvat.meta import Meta, Task
from core.labels.formats.written import Entry, Written

# Two hours of video. A number in <meta> alone must not fill the memory.
_MOST_EMPTY: Final = 200_000


class Frames:
    """The frames of the file that is open, each with its entry.

    CVAT numbers frames from 0 as in the video, also where a task takes only each Nth, and names them frame_000000. Its
    video files name only frames with shapes, but the task was labelled from its first frame to its last one. So the
    others have an entry without objects: their images are background.
    """

    def __init__(self, written: Written, most_files: int) -> None:
        self._written = written
        self._left = min(most_files, _MOST_EMPTY)  # how many empty frames may still be added, for all files
        self._file, self._meta = "", Meta()
        self._entries: dict[tuple[str, int], int] = {}
        self._nameless: dict[str, int] = {}
        self._tasks: dict[str, Task] = {}
        self._ranks: dict[tuple[str, int], int] = {}
        self._gaps: dict[str, list[range]] = {}

    def open(self, file: str, meta: Meta) -> None:
        """Begins a file, or takes its <meta>."""
        if file != self._file:
            self._entries, self._nameless, self._gaps = {}, {}, {}
        self._file, self._meta = file, meta
        self._tasks = {task.id: task for task in meta.tasks}
        self._ranks = _ranks(meta.tasks) if meta.is_project else {}

    def entry(self, track: dict[str, str], number: int | None, text: str) -> int:
        """The entry of the frame of a shape; `track` is what its <track> states, `text` its `frame` as written."""
        if number is None:
            return self._nameless_entry(text)
        return self._add(self._task(track), number)

    def skip(self, track: dict[str, str], frames: range) -> None:
        """Notes frames between two shapes of a track that have none of it, although its object is in view."""
        if frames:
            self._gaps.setdefault(self._task(track).id, []).append(frames)

    def _nameless_entry(self, text: str) -> int:
        """An image that does not exist: its objects block."""
        name = f"frame {quoted(text)}"
        if name not in self._nameless:
            self._nameless[name] = self._written.add_entry(Entry(file=self._file, image=name, is_annotated=False))
        return self._nameless[name]

    def _task(self, track: dict[str, str]) -> Task:
        task = self._tasks.get(track.get("task_id", ""))
        if task is None and len(self._meta.tasks) == 1 and not self._meta.is_project:
            return self._meta.tasks[0]
        return task or Task(id=track.get("task_id", ""), subset=track.get("subset", ""))

    def add_empty(self) -> int:
        """Adds the frames of the file's video tasks that have no shape, and returns the number of all its frames."""
        for task in self._meta.tasks:
            if not (task.is_video or self._entries):
                continue
            skipped = _Skipped(self._gaps.get(task.id, []))
            for number in task.frames:
                if (task.id, number) in self._entries:
                    continue
                if self._left > 0:
                    self._left -= 1
                    self._add(task, number, is_annotated=not skipped.takes_in(number))
                else:
                    self._say_unlisted(len(task.frames))
                    return len(self._entries)
            if skipped.count:
                self._say_skipped(skipped)
        return len(self._entries)

    def _say_skipped(self, skipped: "_Skipped") -> None:
        message = (
            f"{self._file}: {skipped.count:,} frames, such as {skipped.first}, lie between two shapes of a track that "
            "has none in them; they count as not labelled, not as background. Export the track with all its frames."
        )
        self._written.look("image-without-label", message, self._file)

    def _say_unlisted(self, frames: int) -> None:
        message = (
            f"{self._file}: states {frames:,} frames; beyond {_MOST_EMPTY:,} without a shape, they count as not "
            "labelled, not as background."
        )
        self._written.look("image-without-label", message, self._file)

    def _add(self, task: Task, number: int, *, is_annotated: bool = True) -> int:
        key = (task.id, number)
        if key not in self._entries:
            names = self._names(task, number)
            entry = Entry(
                file=self._file, image=names[0], other_images=names[1:], width=task.width, height=task.height,
                split=task.split, is_annotated=is_annotated,
            )  # fmt: skip
            self._entries[key] = self._written.add_entry(entry)
        return self._entries[key]

    def _names(self, task: Task, number: int) -> tuple[str, ...]:
        """The frame's names without suffix: CVAT's first, then those of common tools that unpack videos."""
        name = f"frame_{number:06d}"
        if self._meta.is_project:
            return self._names_in_project(task, number, name)
        names = [name, f"frame_{number}", f"frame_{number:05d}", f"frame_{number:04d}", f"{number:06d}"]
        if task.source:
            names += [f"{task.source}_{number:06d}", f"{task.source}_{number}"]
        return tuple(dict.fromkeys(names))

    def _names_in_project(self, task: Task, number: int, name: str) -> tuple[str, ...]:
        """A project has a folder for each subset. There, the second task with the same frame gets `_1`, and so on."""
        rank = self._ranks.get((task.id, number), 0 if len(self._tasks) < 2 else -1)
        if rank < 0:
            return (f"{name} of task {task.id}",)
        name = f"{name}_{rank}" if rank else name
        in_folder = f"{task.subset}/{name}" if task.subset else name
        # The plain name may be a frame of any task.
        return (in_folder, name) if len(self._tasks) < 2 and task.subset else (in_folder,)


class _Skipped:
    """Frames in one of some ranges; the frames of a task are asked about in rising order."""

    def __init__(self, ranges: list[range]) -> None:
        self._ranges = sorted(ranges, key=lambda frames: frames.start, reverse=True)
        self._end = 0
        self.count, self.first = 0, -1

    def takes_in(self, number: int) -> bool:
        """Whether a frame lies in one of the ranges; if so, it is counted."""
        while self._ranges and self._ranges[-1].start <= number:
            self._end = max(self._end, self._ranges.pop().stop)
        is_inside = number < self._end
        if is_inside and not self.count:
            self.first = number
        self.count += is_inside
        return is_inside


def _ranks(tasks: tuple[Task, ...]) -> dict[tuple[str, int], int]:
    """How many tasks of the same subset before a task have a frame of the same number, by task and frame."""
    ranks: dict[tuple[str, int], int] = {}
    counts: Counter[tuple[str, int]] = Counter()
    for task in tasks:
        for number in task.frames[: _MOST_EMPTY - len(ranks)]:
            ranks[task.id, number] = counts[task.subset, number]
            counts[task.subset, number] += 1
    return ranks
