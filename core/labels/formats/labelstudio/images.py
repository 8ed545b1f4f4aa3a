"""Adds the images of Label Studio's tasks, with the regions of one annotation each."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from core.coco.values import finite, quoted, text
from core.labels.formats.file_notes import FieldFaultError, FileNotes
from core.labels.formats.json_file import scalars
from core.labels.formats.labelstudio.addresses import image_keys, names_of
from core.labels.formats.labelstudio.regions import Region, contour_of, regions_of
from core.labels.formats.labelstudio.regions import names_of as classes_of
from core.labels.formats.labelstudio.tasks import Annotation, Chooser, Task
from core.labels.formats.written import (
    CORNER_SIZE_PERCENT,
    CORNER_SIZE_PX,
    CORNERS_PERCENT,
    CORNERS_PX,
    Entry,
    Group,
    Written,
)

# Oddities of regions, each told once a file: check and words after their number.
_ODDITIES: Final = {
    "turned": ("rotated-box", "regions are turned; the upright boxes round them were taken"),
    "view": (
        "turned-view",
        "regions were drawn on a turned view; they are read as places in the image as it is stored",
    ),
}


class ImageReader:
    """Adds images to what is written."""

    def __init__(self, written: Written, notes: dict[str, FileNotes], chooser: Chooser, *, has_regions: bool) -> None:
        """Takes the target, the findings by file, and whether any annotation of the source has a region."""
        self.written, self.notes, self.chooser, self.has_regions = written, notes, chooser, has_regions
        self._groups: dict[tuple[str, bool], int] = {}
        self._oddities: dict[str, Counter[str]] = defaultdict(Counter)  # by file
        self._chosen: dict[str, Counter[str]] = defaultdict(Counter)  # annotators where there were several, by file
        self._left_out: dict[str, Counter[str]] = defaultdict(Counter)  # by file

    def read(self, tasks: Sequence[Task]) -> None:
        """Adds the images of tasks that are about the same images."""
        annotations = [(task, annotation) for task in tasks for annotation in task.annotations]
        chosen = self.chooser.choose(annotation for _, annotation in annotations)
        task = next((task for task, annotation in annotations if annotation is chosen), tasks[0])
        self._count_others(annotations, chosen)
        for single in tasks:
            for guess in single.guesses:
                self._left_out[single.file]["predictions"] += len(regions_of(guess)[0])
        annotators = {annotation.annotator for _, annotation in annotations if not annotation.void}
        if chosen and len(annotators) > 1:
            self._chosen[task.file][chosen.annotator or "unknown"] += 1
        regions, beside = regions_of(chosen.result if chosen else [])
        self._left_out[task.file].update(beside)
        has_unreadable = any(annotation.void == "unreadable annotations" for _, annotation in annotations)
        # Answers about the whole image do not say that there is no object, unless others mark objects beside them.
        is_annotated = chosen is not None and (self.has_regions or not beside) and not has_unreadable
        self._add(task, regions, chosen, is_annotated=is_annotated)

    def close(self) -> None:
        """Adds the findings on whole files."""
        for file, notes in self.notes.items():
            for oddity, count in self._oddities[file].items():
                check, words = _ODDITIES[oddity]
                if count:
                    notes.sum_up(check, f"{count:,} {words}.")
            if taken := self._chosen[file]:
                notes.sum_up("several-annotators", self._words_of(taken))
            if left_out := {reason: count for reason, count in self._left_out[file].items() if count}:
                self.written.left_out.update(left_out)
                counts = ", ".join(f"{reason}: {count:,}" for reason, count in left_out.items())
                notes.sum_up("left-out", f"regions and answers are left out ({counts}).")
            notes.close()

    def _words_of(self, taken: Counter[str]) -> str:
        whose = ", ".join(f"{quoted(name)} for {count:,}" for name, count in taken.most_common(8))
        others = ", ".join(f"{quoted(name)} with {count:,}" for name, count in self.chooser.images.most_common(8))
        return (
            f"{taken.total():,} images have annotations of several annotators, and one's were taken: those of {whose}. "
            f"The annotators are {others} images."
        )

    def _count_others(self, annotations: Sequence[tuple[Task, Annotation]], chosen: Annotation | None) -> None:
        """Counts the regions of annotations that are not taken, by the reason."""
        seen: list[Annotation] = []
        for task, annotation in annotations:
            if annotation is not chosen:
                reason = _why_not(annotation, chosen, seen)
                self._left_out[task.file][reason] += len(regions_of(annotation.result)[0])
            seen.append(annotation)

    def _add(self, task: Task, regions: Sequence[Region], chosen: Annotation | None, *, is_annotated: bool) -> None:
        keys = image_keys(task.data)
        images = {key: names_of(task.data[key], task.upload if len(keys) == 1 else None) for key in keys}
        by_image: dict[str, list[Region]] = defaultdict(list)
        for region in regions:
            target = region.item.get("to_name")
            by_image[target if isinstance(target, str) and target in images else next(iter(keys), "")].append(region)
        for key in keys or [""]:
            names = images.get(key, [])
            if not names:
                what = "its image is embedded and has no name" if key else "its data name no image"
                self.notes[task.file].blocked("malformed-line", f"task {task.number}", what, task.number)
            entry = self._add_image(task, names, by_image[key], chosen, is_annotated=is_annotated) if names else -1
            for region in by_image[key]:
                self._add_region(task, entry, region)

    def _add_image(
        self,
        task: Task,
        names: Sequence[str],
        regions: Sequence[Region],
        chosen: Annotation | None,
        *,
        is_annotated: bool,
    ) -> int:
        width, height = next((region.size for region in regions if region.size[0]), (0, 0))
        attributes = scalars(task.data, image_keys(task.data))
        if chosen and chosen.annotator:
            attributes["annotator"] = chosen.annotator
        return self.written.add_entry(
            Entry(
                file=task.file,
                line=task.number,
                image=names[0],
                other_images=tuple(names[1:]),
                width=width,
                height=height,
                is_annotated=is_annotated,
                attributes=attributes,
            )
        )

    def _add_region(self, task: Task, entry: int, region: Region) -> None:
        notes, where = self.notes[task.file], f"task {task.number}, region {region.place}"
        token = ""
        try:
            classes = classes_of(region)
            token = classes[0]
            contour = contour_of(region)
        except FieldFaultError as fault:
            notes.refuse_object(entry, token, fault, where, task.number)
            return
        if entry < 0:
            for name in classes:
                notes.count_unreadable(-1, name)
            return
        self._oddities[task.file]["turned"] += contour.is_turned
        self._oddities[task.file]["view"] += region.is_of_turned_view
        attributes = region.attributes | _score(region.item)
        for name in classes:
            if name != text(name):
                notes.fixed("bad-name", where, "label {} holds half a character", task.number, name)
            group = self._group(task.file, is_box=contour.is_box)
            self.written.add(
                entry, text(name), contour.numbers, group=group, line=task.number,
                polygons=contour.polygons, attributes=dict(attributes),
            )  # fmt: skip

    def _group(self, file: str, *, is_box: bool) -> int:
        if (file, is_box) not in self._groups:
            if is_box:
                frame, rivals = CORNER_SIZE_PERCENT, (CORNER_SIZE_PX, CORNERS_PERCENT)
                group = Group(key=file, frame=frame, rivals=rivals, what="rectangles in per cent of the image")
            else:
                what = "boxes round polygons, ellipses and turned rectangles in per cent of the image"
                group = Group(key=f"{file}, polygons", frame=CORNERS_PERCENT, rivals=(CORNERS_PX,), what=what)
            self._groups[file, is_box] = self.written.add_group(group)
        return self._groups[file, is_box]


def _why_not(annotation: Annotation, chosen: Annotation | None, seen: Sequence[Annotation]) -> str:
    if annotation.void:
        return annotation.void
    if any(_is_same(annotation, other) for other in (*seen, *([chosen] if chosen else []))):
        return "repeated tasks"
    is_of_other = chosen is not None and annotation.annotator != chosen.annotator
    return "other annotators" if is_of_other else "older annotations"


def _is_same(annotation: Annotation, other: Annotation) -> bool:
    if other.void or annotation.annotator != other.annotator:
        return False
    return annotation.key == other.key if annotation.key else not other.key and annotation.result == other.result


def _score(item: dict[str, Any]) -> dict[str, str]:
    score = finite(item.get("score"))
    return {} if score is None else {"score": str(score)}
