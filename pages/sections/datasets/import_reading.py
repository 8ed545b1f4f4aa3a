"""How each group of label files was read, with images; another reading can be chosen at a click."""

import base64
import time
from typing import Any, Final

import streamlit as st

from core.figures.words.numbers import count, counted
from core.labels.formats.rows.kinds import CHOICES as ROW_KINDS
from core.labels.reading.examples import SHOWN_IMAGES, shown_groups
from core.labels.reading.frames import FRAME_NAMES
from core.labels.reading.settled import GroupReading, Rival
from core.services.datasets import GroupImage, Inspection, group_examples, source_image
from pages.sections.datasets.import_options import READINGS, choose, chosen, show_undo, take_back
from pages.widgets.image_grid import Tile, image_grid
from pages.widgets.image_viewer import image_viewer
from pages.widgets.text import capital, code, escape
from pages.widgets.version_images import region_box

_THUMBNAIL_PX: Final = 320
_LARGE_PX: Final = 1024
# Of a source with few groups all are open; of one with many those that need a look.
_OPEN: Final = 2
_SENT_AFTER_S: Final = 0.1
_ORDER: Final = (*FRAME_NAMES, *ROW_KINDS)  # usual readings first
_NO_CLASS_COLOUR: Final = "#8C959F"


def show_groups(inspection: Inspection, format_words: dict[str, str]) -> None:
    """A card for each group of label files: reading, evidence, rivals and images."""
    groups = inspection.examination.reading.groups
    excerpt = shown_groups(groups)
    if blocked := [group for group in groups if group.is_blocked]:
        what = ", ".join(code(group.key) for group in blocked[:4])
        st.warning(
            f"{counted(len(blocked), 'group')} of labels can be read in more than one way: {what}. "
            "Choose the reading under which the boxes fit the images.",
            icon=":material/help:",
        )
    for number, group in enumerate(excerpt):
        is_open = len(excerpt) <= _OPEN or group.is_blocked or group.repairs > 0 or bool(_choices_of(group))
        with st.expander(_title(group, format_words), expanded=is_open, icon=_icon(group)):
            _show_group(inspection, group, f"{number}-{group.key}")
    _show_unused(groups)
    if len(groups) > len(excerpt):
        rest = counted(len(groups) - len(excerpt), "more group is not", "more groups are not")
        st.caption(f"{rest} shown: no choice was made there, and the boxes need no more repairs than here.")


def _show_unused(groups: list[GroupReading]) -> None:
    """Offer to forget choices of groups that are not there any more, after the format was changed."""
    unused = set(chosen(READINGS)) - {name for group in groups for name in _choices_of(group)}
    if not unused:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"No label goes by the reading chosen for {', '.join(map(code, sorted(unused)))}.", width="content")
        st.button(
            "Forget it", type="tertiary", key="import-forget", on_click=take_back, args=(READINGS, sorted(unused))
        )


def _title(group: GroupReading, format_words: dict[str, str]) -> str:
    words = format_words.get(group.format, group.format)
    return f"**{escape(group.key)}** · {escape(words)} · {escape(group.what)} · {counted(group.objects, 'object')}"


def _icon(group: GroupReading) -> str:
    if group.is_blocked:
        return ":material/block:"
    return ":material/edit:" if group.is_chosen else ":material/build_circle:" if group.repairs else ":material/check:"


@st.fragment
def _show_group(inspection: Inspection, group: GroupReading, key: str) -> None:
    """A card. It is a fragment: a choice redraws the boxes at once, and then reads the source again."""
    in_part_px = next((each for each in inspection.examination.reading.groups if each.key == f"{group.key}:px"), None)
    is_stale = chosen(READINGS) != dict(inspection.options.readings)
    readings, taken = _readings(group), None if group.is_blocked else group.name
    if not is_stale and st.session_state.get(f"import-reading-{key}") != taken:
        st.session_state[f"import-reading-{key}"] = taken
    _show_choice(group, key, in_part_px)
    excerpt = readings.get(chosen(READINGS).get(group.key, ""), group) if is_stale else group
    if is_stale:
        st.caption("Checking again …")
    elif group.is_blocked:
        st.caption(escape(group.evidence))
    else:
        st.caption(f"{_repairs(group)} {escape(group.evidence)}")
    images = group_examples(group, excerpt.name)
    opened = _show_images(inspection, images, key, f"Drawn as {excerpt.words}. " if group.is_blocked else "")
    if is_stale:
        # A new run discards what the server has not sent yet.
        time.sleep(_SENT_AFTER_S)
        st.rerun()
    if opened is not None:
        _show_image(inspection, images[opened])


def _show_images(inspection: Inspection, images: list[GroupImage], key: str, words: str) -> int | None:
    """Draws the images; the number of the one that was clicked."""
    if not images:
        st.caption("No object of this group lies on an image that can be shown.")
        return None
    tiles = [_tile(inspection, number, image) for number, image in enumerate(images)]
    event = image_grid(tiles, key=f"import-read-grid-{key}", tile_px=140, columns=SHOWN_IMAGES)
    if any(box.repair for image in images for box in image.boxes):
        words += "Dashed boxes need a repair. "
    if any(image.regions for image in images):
        words += "Hatched regions are ignored: nothing is learned there, and no detection there counts."
    if words:
        st.caption(words)
    return event.opened


def _readings(group: GroupReading) -> dict[str, GroupReading | Rival]:
    """The reading and its rivals, by name."""
    readings: list[GroupReading | Rival] = [group, *group.rivals]
    return {each.name: each for each in readings}


def _repairs(group: GroupReading) -> str:
    verb = "needs" if group.objects == 1 else "need"
    return f"{count(group.repairs)} of {counted(group.objects, 'box', 'boxes')} {verb} a repair."


def _show_choice(group: GroupReading, key: str, in_part_px: GroupReading | None) -> None:
    """The reading and its rivals; a click on another one chooses it."""
    readings = _readings(group)
    # An order that a choice does not change.
    names = sorted(readings, key=lambda name: (readings[name].repairs, _ORDER.index(name)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.segmented_control(
            "Choose how the numbers are meant" if group.is_blocked else "Read as",
            names,
            default=None if group.is_blocked else group.name,
            format_func=lambda name: f"{capital(readings[name].words)} · {counted(readings[name].repairs, 'repair')}",
            key=f"import-reading-{key}",
            on_change=_choose,
            args=(group.key, f"import-reading-{key}", in_part_px),
            help="  \n".join(f"**{capital(readings[name].words)}**: {readings[name].help}" for name in names),
            required=not group.is_blocked,
            wrap=True,
        )
        if made := _choices_of(group):
            show_undo(READINGS, made, f"import-detected-{key}")


def _choose(group: str, key: str, in_part_px: GroupReading | None) -> None:
    """Takes the choice. Files of the group in px, which were read on their own, keep their reading."""
    choose(READINGS, group, st.session_state[key])
    if in_part_px is not None and in_part_px.key not in chosen(READINGS):
        choose(READINGS, in_part_px.key, in_part_px.name)


def _choices_of(group: GroupReading) -> list[str]:
    """The keys of the choices by which a group was read."""
    return [name for name in dict.fromkeys((group.key, _row_group(group.key))) if name in chosen(READINGS)]


def _row_group(key: str) -> str:
    """The group for whose rows a kind was chosen, if `key` is that of the boxes in them (`labels#7:box`)."""
    rows, _, kind = key.rpartition(":")
    return rows if kind in ROW_KINDS else key


def _tile(inspection: Inspection, number: int, image: GroupImage) -> Tile:
    faulty = sum(bool(box.repair) for box in image.boxes)
    note = counted(image.objects, "object")
    return Tile(
        id=number,
        url=_address(inspection, image.image, _THUMBNAIL_PX),
        width=image.width,
        height=image.height,
        boxes=_boxes(image),
        caption=image.image.rpartition("/")[2],
        note=f"{note} · {faulty} to repair" if faulty else note,
    )


def _boxes(image: GroupImage) -> list[dict[str, Any]]:
    """The boxes for the grid and the viewer: those that need a repair are dashed, ignored regions hatched."""
    boxes = []
    for number, box in enumerate(image.boxes):
        x1, x2 = sorted(box.corners[0::2])
        y1, y2 = sorted(box.corners[1::2])
        drawn = {
            "id": number,
            "category_id": box.category_id,
            "name": box.name,
            "box": [x1, y1, x2, y2],
            "repair": bool(box.repair),
            "note": box.repair,
        }
        boxes.append(drawn if box.category_id >= 0 else drawn | {"colour": _NO_CLASS_COLOUR})
    return boxes + [region_box(number, region.corners, region.reason) for number, region in enumerate(image.regions, 1)]


@st.dialog("How it was read", width="large")
def _show_image(inspection: Inspection, image: GroupImage) -> None:
    url = _address(inspection, image.image, _LARGE_PX)
    name = image.image.rpartition("/")[2]
    image_viewer(url, image.width, image.height, _boxes(image), "classes", key="import-read-image", title=name)


def _address(inspection: Inspection, image: str, size: int) -> str:
    """A data URL: a source that is not imported has no address."""
    changed = inspection.examination.tree.changed_ns.get(image, 0)
    content = _thumbnail(f"{inspection.tree}/{image} {changed} {inspection.bit_range}", size, inspection, image)
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


@st.cache_data(max_entries=300, show_spinner=False)
def _thumbnail(scope: str, size: int, _inspection: Inspection, _image: str) -> bytes:
    return source_image(_inspection, _image, size)
