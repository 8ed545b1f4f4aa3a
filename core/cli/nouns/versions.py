"""The verbs about versions of a data set: change classes in a child version, compare two versions."""

from __future__ import annotations

from typing import Any

import click

from core.cli.actor import actor_of
from core.cli.declaring import verb
from core.services import versions
from core.settings import Settings


@verb("classes")
@click.argument("dataset", metavar="DATASET")
@click.option("--version", default="", metavar="V", help="the version to change; default: the newest")
@click.option(
    "--rename", nargs=2, multiple=True, metavar="OLD NEW", help="rename a class; two with one new name are merged"
)
@click.option("--drop", multiple=True, metavar="NAME", help="drop a class with its objects")
@click.option("--order", multiple=True, metavar="NAME", help="the next class of the new order, by its new name")
@click.option("--dry-run", is_flag=True, help="say what would change, and make no version")
def classes_verb(
    settings: Settings, dataset: str, version: str, rename: tuple[tuple[str, str], ...], drop: tuple[str, ...],
    order: tuple[str, ...], dry_run: bool,
) -> Any:  # fmt: skip
    """
    `dataset, version, rows [{name, objects, images, becomes ("": dropped)}], classes` (after the change, in their
    order)`, dropped` (objects)`, emptied` (images that lose their last object and become background)`, words` (""
    if nothing changes)`, made {dataset, version, parent, words}` (null with `--dry-run`)
    """
    change = versions.ClassChange(names={**dict(rename), **dict.fromkeys(drop, "")}, order=order)
    preview = versions.preview_classes(settings, dataset, version, change)
    made = None if dry_run else versions.change_classes(settings, dataset, version, change, actor=actor_of(settings))
    return {**preview.to_json(), "made": made.to_json() if made else None}


@verb("compare-versions")
@click.argument("dataset", metavar="DATASET")
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
def compare_versions_verb(settings: Settings, dataset: str, before: str, after: str) -> Any:
    """
    `dataset, before, after, words, objects {added, removed, moved, reclassed}, images {the same: [image ids]}` (of
    AFTER; of BEFORE for removed)`, images_in` (ids of AFTER)`, images_out` (ids of BEFORE)`, splits [{image_id, before,
    after, image}], classes {class that AFTER does not have: what became of it, or ""}, new_classes, by_id` (one
    descends from the other; else objects are the same where their boxes overlap by half)
    """
    return versions.compare_versions(settings, dataset, before, after).to_json()
