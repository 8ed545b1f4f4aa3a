"""Inspecting and importing a source: a folder, or a zip or tar.

`inspect` is a dry run. It unpacks an archive once, into an upload folder of the workspace that exists until the import
or `discard`. `import_dataset` can reuse the inspection: then it decodes no image again.
"""

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from core.actor import Actor
from core.errors import ConflictError, UploadError
from core.labels.findings import counts_by_severity
from core.labels.images.bit_range import bit_range_of, parse_bit_range
from core.labels.images.kept_facts import KeptFacts
from core.labels.images.store_images import INSPECT_AGAIN, place_images
from core.labels.images.thumbnail_files import adopt_thumbnails
from core.labels.imports.archive import unpack
from core.labels.imports.archive.notes import read_archive_notes
from core.labels.imports.embedded import with_embedded_images
from core.labels.imports.examination import check_again as check_examination_again
from core.labels.imports.examination import examine, examine_images
from core.labels.imports.options import ImportOptions
from core.labels.imports.plan import ImportPlan, content_hash, plan_import, stored_facts
from core.labels.sources.source_tree import SourceTree
from core.progress import Progress
from core.services.datasets.inspection import BlockedImportError, Imported, Inspection, try_evaluator
from core.services.datasets.known_range import with_known_range
from core.settings import Settings, make_workspace
from core.storage_errors import writing
from core.workspace.datasets import VersionFolder, dataset_id, publish, store_tables
from core.workspace.layout import Layout
from core.workspace.uploads import clean_up, new_upload, remove_if_empty, staging

# Of an image pass, until its version is stored.
_THUMBNAILS: Final = "thumbnails"


def inspect(
    settings: Settings, source: Path, options: ImportOptions, progress: Progress, *, images: bool = False
) -> Inspection:
    """Read and check a source without storing a data set. Call `discard` on the result unless it is imported.

    Makes the label pass; with `images` the image pass too (`inspect_images`). Raises UploadError if the source is no
    archive, is hostile, or holds nothing recognised. Leaves nothing behind then.
    """
    options = with_known_range(settings, options, options.name or _name_of(source))
    clean_up(Layout(settings.workspace))
    with _removed_on_error(settings, source) as upload_id:
        tree = _tree_of(settings, source, upload_id, progress)
        notes = read_archive_notes(tree.parent) if upload_id else None
        examination = examine(SourceTree.walk(tree, settings.limits), options, progress, notes)
        if files := examination.reading.embedded:
            folder = _pass_folder(Layout(settings.workspace), upload_id, tree) / "embedded"
            examination = examine(with_embedded_images(examination.tree, files, folder), options, progress, notes)
        inspection = Inspection(
            name=options.name or _name_of(source),
            source=source,
            tree=tree,
            upload_id=upload_id,
            options=options,
            examination=examination,
        )
        return inspect_images(settings, inspection, progress) if images else inspection


def inspect_images(settings: Settings, inspection: Inspection, progress: Progress) -> Inspection:
    """The inspection with the image pass: every image decoded, hashed and checked.

    Images that an earlier pass over the same files has read are not read again, whatever ended that pass.
    """
    if inspection.examination.has_pixels:
        return inspection
    layout, tree = Layout(settings.workspace), inspection.examination.tree
    # A data set has its images again: what an import needs, and more than the pass keeps.
    with writing(layout.uploads, lambda: sum(tree.sizes[image] for image in tree.images)):
        folder = _pass_folder(layout, inspection.upload_id, inspection.tree)
        kept = KeptFacts(folder / "image-facts.jsonl")
        try:
            examination = examine_images(
                inspection.examination, inspection.options, progress, kept, thumbnails=folder / _THUMBNAILS
            )
        finally:
            kept.close()
    return replace(inspection, examination=examination)


def check_again(inspection: Inspection, options: ImportOptions) -> Inspection:
    """The inspection with other thresholds, or another range of deep images: only the checks are run again.

    `options` read the source as those of the inspection do (`Inspection.is_of`).
    """
    if options.inspecting == inspection.options.inspecting:
        return inspection
    examination = check_examination_again(inspection.examination, options)
    return replace(inspection, options=options, examination=examination)


def import_dataset(
    settings: Settings,
    source: Path,
    options: ImportOptions,
    progress: Progress,
    *,
    inspection: Inspection | None = None,
    actor: Actor,
) -> Imported:
    """Import a source as a new data set or the next version of one.

    Uses `inspection` if it is of this source and these options; otherwise inspects the source first. Removes an
    upload's folder after its import. On an error the workspace is unchanged. Raises BlockedImportError if findings
    block and are not left out, ConflictError if an image or label file changed since the inspection, AppError for
    options that do not fit.
    """
    dataset_id(options.name or _name_of(source))
    options = with_known_range(settings, options, options.name or _name_of(source))
    if inspection is not None and inspection.is_of(source, options):
        return _import_inspected(settings, check_again(inspection, options), options, progress, actor)
    read = inspect(settings, source, options, lambda share, what: progress(share * 0.1, what))
    try:
        return _import_inspected(settings, read, options, lambda share, what: progress(0.1 + share * 0.9, what), actor)
    except BaseException:
        if not _upload_of(settings, source):
            discard(settings, read)
        raise


def _import_inspected(
    settings: Settings, inspection: Inspection, options: ImportOptions, progress: Progress, actor: Actor
) -> Imported:
    if inspection.blocks and not options.leave_out_blocked:
        raise BlockedImportError(inspection)
    if path := inspection.examination.tree.changed_file():
        raise ConflictError(f"{path} changed after the source was inspected.", INSPECT_AGAIN)
    inspection = inspect_images(settings, inspection, lambda share, what: progress(share * 0.7, what))
    if inspection.blocks and not options.leave_out_blocked:
        raise BlockedImportError(inspection)
    plan = plan_import(inspection.examination, options)
    stored = _store(settings, inspection, plan, options, lambda share, what: progress(0.7 + share * 0.3, what), actor)
    discard(settings, inspection)
    return stored


def discard(settings: Settings, inspection: Inspection) -> None:
    """Remove the files that were uploaded or unpacked for an inspection, and what its image pass kept."""
    discard_upload(settings, inspection.upload_id or _pass_id(inspection.tree))


def _pass_folder(layout: Layout, upload_id: str, tree: Path) -> Path:
    """The folder for what an image pass keeps: the upload's, or one for a folder of the server. A day old, it goes."""
    folder = layout.uploads / (upload_id or _pass_id(tree))
    if not upload_id:
        make_workspace(layout.root)
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
    return folder


def _pass_id(tree: Path) -> str:
    return f"pass-{hashlib.sha256(str(tree.resolve()).encode()).hexdigest()[:16]}"


def discard_upload(settings: Settings, upload_id: str) -> None:
    """Remove an upload's folder. Does nothing for an empty or unknown id."""
    layout = Layout(settings.workspace)
    folder = layout.uploads / upload_id
    if upload_id and folder.parent == layout.uploads and folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
    remove_if_empty(layout.uploads)


def _store(
    settings: Settings,
    inspection: Inspection,
    plan: ImportPlan,
    options: ImportOptions,
    progress: Progress,
    actor: Actor,
) -> Imported:
    examination, labels = inspection.examination, plan.labels
    layout, sources = Layout(settings.workspace), labels.images["source"]
    sizes = examination.tree.sizes
    with writing(layout.uploads, lambda: sum(sizes.get(source, 0) for source in sources)), staging(layout) as work:
        folder = VersionFolder(work / "version")
        facts = stored_facts(examination.facts, labels, examination.reading.label_set.images)
        # Its owner may still write into a server folder, and a link would share the changed file.
        may_link = bool(inspection.upload_id)
        # Of all images, as it was shown: also of those that are left out.
        bit_range = parse_bit_range(options.bit_range) or bit_range_of(examination.facts)
        hashes = place_images(labels.images, facts, examination.tree.path, folder.images, may_link, progress, bit_range)
        labels = replace(labels, images=labels.images.assign(content_hash=hashes))
        stored = replace(plan, labels=labels)
        described = {**_version_facts(inspection, stored, options, folder), "actor": actor.to_json()}
        if bit_range:
            described |= {"bit_range": list(bit_range), "deep_images": int(facts["is_deep"].sum())}
        store_tables(folder, labels, plan.findings, described)
        made = _pass_folder(layout, inspection.upload_id, inspection.tree) / _THUMBNAILS
        adopt_thumbnails(made, layout.thumbnails, hashes)
        dataset, version = publish(settings, options.name or inspection.name, folder.root)
    return Imported(inspection=inspection, plan=stored, dataset=dataset, version=version)


def _version_facts(
    inspection: Inspection, plan: ImportPlan, options: ImportOptions, folder: VersionFolder
) -> dict[str, Any]:
    reading, labels = inspection.examination.reading, plan.labels
    uses = Counter(labels.images["use"])
    return {
        "created": time.time(),
        "parent": None,
        "format": reading.format,
        "evidence": reading.evidence,
        "source": {
            "name": inspection.name,
            "images": len(reading.label_set.images),
            "annotations": reading.written,
            "unmatched_images": len(reading.unmatched_images),
            "unmatched_labels": len(reading.unmatched_labels),
        },
        "imported": {"images": len(labels.images), "annotations": len(labels.annotations)},
        "uses": {use: uses.get(use, 0) for use in ("labelled", "background", "unlabelled")},
        "left_out": plan.left_out,
        "classes": labels.class_names,
        "class_map": dict(options.class_map),
        "split": plan.split,
        "splits": plan.split_counts,
        "findings": counts_by_severity(plan.findings),
        "options": options.to_json(),
        "ready": not plan.reasons,
        "reasons": plan.reasons,
        "bytes": sum(path.stat().st_size for path in folder.images.iterdir()),
        "content_hash": content_hash(labels),
        "self_test": try_evaluator(labels).to_json(),
    }


@contextmanager
def _removed_on_error(settings: Settings, source: Path) -> Iterator[str]:
    """Yield the upload id to work under ("" for a server folder). Removes a new upload on an exception."""
    upload = _upload_of(settings, source)
    made = "" if upload or source.is_dir() else new_upload(Layout(settings.workspace), "upload").name
    try:
        yield upload or made
    except BaseException:
        discard_upload(settings, made)
        raise


def _tree_of(settings: Settings, source: Path, upload_id: str, progress: Progress) -> Path:
    """The folder to read: the source, or the folder with its unpacked archive."""
    if source.is_dir():
        return source
    if not source.is_file():
        raise UploadError(f"There is no file or folder {source.name!r}.", "Give a folder, a zip or a tar file.")
    tree = Layout(settings.workspace).uploads / upload_id / "tree"
    if not tree.is_dir() or not any(tree.iterdir()):
        progress(0.0, "Unpacking")
        with writing(tree):
            unpack(source, tree, settings.limits, progress)
    return tree


def _upload_of(settings: Settings, source: Path) -> str:
    """The id of the upload that holds a path, or ""."""
    uploads = Layout(settings.workspace).uploads.resolve()
    path = source.resolve()
    return path.relative_to(uploads).parts[0] if path.is_relative_to(uploads) and path != uploads else ""


def _name_of(source: Path) -> str:
    path = source.resolve()
    return path.name if path.is_dir() else path.name.partition(".")[0]
