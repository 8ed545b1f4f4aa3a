"""Label Studio's JSON and JSON-MIN: tasks with annotations, of which one an image is taken.

Several annotators may have labelled an image. One annotation is taken by the rule of `Chooser`; all others, and the
predictions of models, are counted and left out.
"""

import re
from typing import Final

from core.coco.columns import without_collector
from core.labels.formats.file_notes import FileNotes
from core.labels.formats.json_file import load, note_guess
from core.labels.formats.labelstudio.images import ImageReader
from core.labels.formats.labelstudio.regions import has_regions
from core.labels.formats.labelstudio.tasks import Chooser, Task, pools, read_tasks
from core.labels.formats.written import Written
from core.labels.sources.sample import Sample
from core.labels.sources.source_tree import SourceTree

FORMAT_ID: Final = "labelstudio"
SUFFIXES: Final = (".json",)
_TASK: Final = re.compile(r'"data"\s*:\s*\{')
_ANNOTATIONS: Final = re.compile(r'"(annotations|completions|predictions)"\s*:\s*\[')
_RESULT: Final = re.compile(r'"result"\s*:\s*\[')
_REGION: Final = re.compile(r'"(from_name|to_name|completed_by|was_cancelled|lead_time)"\s*:')
_LABELS: Final = re.compile(r'"(rectangle|polygon|ellipse|brush|keypoint|bitmask|vector)labels"\s*:\s*\[')
_MIN: Final = re.compile(r'"annotation_id"\s*:|"annotator"\s*:')


def claim(sample: Sample) -> bool:
    """Whether a JSON file holds tasks or annotations of Label Studio."""
    head = sample.head
    if not head.lstrip().startswith(("[", "{")):
        return False
    if _RESULT.search(head) and (_REGION.search(head) or _ANNOTATIONS.search(head)):
        return True
    if head.lstrip().startswith("[") and _TASK.search(head) and _ANNOTATIONS.search(head):
        return True
    return bool(_LABELS.search(head) or (_MIN.search(head) and '"lead_time"' in head))


@without_collector()
def read(tree: SourceTree, files: list[str], annotator: str = "") -> Written:
    """Reads Label Studio's exports; faults become findings.

    With an `annotator` (the id or address in `completed_by`), that one's annotation of an image is taken if there is
    one.
    """
    written = Written(format=FORMAT_ID, files=list(files))
    notes = {file: FileNotes(written, file) for file in files}
    tasks: list[Task] = []
    rivals: dict[str, tuple[str, ...]] = {}
    for file in files:
        if loaded := load(tree, file, written):
            document, rivals[file] = loaded
            if isinstance(document, list | dict):
                tasks += read_tasks(document, file, notes[file])
            else:
                written.refuse_file(file, f"{file}: expected a list of tasks.")
    together = pools(tasks)
    any_regions = any(has_regions(annotation.result) for task in tasks for annotation in task.annotations)
    chooser = Chooser(together, annotator)
    written.annotators.update({name: images for name, images in chooser.images.items() if name})
    reader = ImageReader(written, notes, chooser, has_regions=any_regions)
    for same in together:
        reader.read(same)
    reader.close()
    for file, encodings in rivals.items():
        images = [entry.image for entry in written.entries if entry.file == file] if encodings else []
        note_guess(written, file, encodings, [*(set(written.token) if encodings else ()), *images])
    written.evidence = "Label Studio's tasks: regions in per cent of the image; one annotation an image."
    return written
