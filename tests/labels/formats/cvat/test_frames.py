"""CVAT for video: frames become images by CVAT's names, and frames without a shape are background.

The format as published (CVAT documentation, "XML annotation format", interpolation mode): <track id label> with one
shape for each frame in which the object is seen: `frame`, `outside`, `occluded`, `keyframe`, and the geometry. A shape
with outside="1" ends a track: the object has left. Shapes with keyframe="0" are interpolated. <meta><task> has <size>,
<start_frame>, <stop_frame> (of the video, both included), <frame_filter> ("step=N"), <original_size> and <source>. The
export with images holds images/frame_000000.PNG and so on, numbered as in the video.
"""

from pathlib import Path

import pytest

from core.labels.formats.cvat import frames as cvat_frames
from core.labels.formats.cvat import reader as cvat
from core.labels.formats.written import Written
from tests.labels.formats.written_files import found_in, rows_of, written_of


def shape(frame: object, outside: int = 0, keyframe: int = 1, x: int = 10) -> str:
    """A box in a frame."""
    flags = f'outside="{outside}" occluded="0" keyframe="{keyframe}"'
    return f'<box frame="{frame}" {flags} xtl="{x}" ytl="10" xbr="40" ybr="40" z_order="0"/>'


def track(*shapes: str, label: str = "car", more: str = 'id="0" source="manual"') -> str:
    """A <track> of shapes."""
    return f'<track label="{label}" {more}>{"".join(shapes)}</track>'


def task(inside: str, name: str = "task") -> str:
    """A <meta> of a video task of 80 x 60 px."""
    size = "<original_size><width>80</width><height>60</height></original_size>"
    return f"<meta><{name}><mode>interpolation</mode>{size}<source>clip.mp4</source>{inside}</{name}></meta>"


FIVE = "<size>5</size><start_frame>0</start_frame><stop_frame>4</stop_frame>"


def written(folder: Path, *parts: str) -> Written:
    """The reading of one file."""
    return written_of(folder, {"annotations.xml": f"<annotations>{''.join(parts)}</annotations>"}, cvat)


def frames_of(found: Written) -> list[str]:
    """The first name of each image."""
    return [entry.image for entry in found.entries]


def test_a_track_is_read_frame_by_frame_until_its_object_leaves(tmp_path: Path) -> None:
    found = written(tmp_path, task(FIVE), track(shape(1), shape(2, keyframe=0, x=12), shape(3, outside=1)))
    assert rows_of(found) == [("frame_000001", "car", [10, 10, 40, 40]), ("frame_000002", "car", [12, 10, 40, 40])]
    assert found.left_out == {"outside the frame": 1}
    assert found.attributes[1] == {"source": "manual", "track_id": "0", "occluded": "0", "keyframe": "0"}
    assert found.findings == []


def test_frames_without_a_shape_are_annotated_and_empty(tmp_path: Path) -> None:
    found = written(tmp_path, task(FIVE), track(shape(1)))
    assert sorted(frames_of(found)) == [f"frame_{number:06d}" for number in range(5)]
    assert all(entry.is_annotated for entry in found.entries)
    assert {(entry.width, entry.height) for entry in found.entries} == {(80, 60)}
    assert "background" in found.evidence


def test_a_frame_that_a_track_in_view_skips_is_not_background(tmp_path: Path) -> None:
    found = written(tmp_path, task(FIVE), track(shape(0), shape(3)))
    assert [entry.image for entry in found.entries if not entry.is_annotated] == ["frame_000001", "frame_000002"]
    assert found_in(found) == [("image-without-label", "look", "annotations.xml", 0)]
    assert "2 frames, such as 1," in found.findings[0].message


def test_a_frame_in_which_an_object_has_left_is_background(tmp_path: Path) -> None:
    found = written(tmp_path, task(FIVE), track(shape(0), shape(1, outside=1), shape(4)))
    assert [entry.is_annotated for entry in found.entries] == [True] * 5
    assert found.findings == []


def test_a_video_without_a_track_is_background(tmp_path: Path) -> None:
    assert len(written(tmp_path, task(FIVE)).entries) == 5


@pytest.mark.parametrize(
    ("meta", "frames"),
    [
        pytest.param("", [7], id="nothing stated: only frames with shapes"),
        pytest.param(task("<start_frame>5</start_frame><stop_frame>8</stop_frame>"), [5, 6, 7, 8], id="start and stop"),
        pytest.param(
            task("<start_frame>1</start_frame><stop_frame>9</stop_frame><frame_filter>step=3</frame_filter>"),
            [1, 4, 7],
            id="each third",
        ),
        pytest.param(task("<size>2</size><start_frame>6</start_frame>"), [6, 7], id="start and size"),
        pytest.param(
            task("<size>2</size><start_frame>6</start_frame><stop_frame>99</stop_frame>", "job"), [6, 7],
            id="a job of a part of the task",
        ),
        pytest.param(task("<stop_frame>-3</stop_frame><size>x</size>"), [7], id="no numbers"),
    ],
)  # fmt: skip
def test_meta_says_which_frames_there_are(tmp_path: Path, meta: str, frames: list[int]) -> None:
    found = written(tmp_path, meta, track(shape(7)))
    assert sorted(frames_of(found)) == [f"frame_{number:06d}" for number in frames]


def test_a_frame_has_the_names_of_common_tools_to_try(tmp_path: Path) -> None:
    entry = written(tmp_path, task(FIVE), track(shape(3))).entries[0]
    assert entry.image == "frame_000003"
    assert {"frame_3", "frame_0003", "000003", "clip_000003", "clip_3"} <= set(entry.other_images)


@pytest.mark.parametrize("frame", ["", "x", "-1", "1.5", "9" * 30, "٣"])
def test_a_shape_in_no_frame_belongs_to_no_image(tmp_path: Path, frame: str) -> None:
    found = written(tmp_path, track(shape(frame), shape(0)))
    entry = found.entries[found.entry[0]]
    assert (entry.is_annotated, entry.image.startswith("frame '")) == (False, True)
    assert frames_of(found)[1] == "frame_000000"


@pytest.mark.parametrize(("label", "tag"), [("", "box"), ("car", "polyline"), ("car", "skeleton")])
def test_what_cannot_be_read_blocks_in_its_frame(tmp_path: Path, label: str, tag: str) -> None:
    found = written(tmp_path, track(shape(0).replace("box", tag), shape(1, outside=1).replace("box", tag), label=label))
    assert [row[:2] for row in found_in(found)] == [("malformed-line", "blocks")]
    assert (len(found.unreadable), found.left_out, frames_of(found)) == (1, {"outside the frame": 1}, ["frame_000000"])


def test_a_stated_number_of_frames_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cvat_frames, "_MOST_EMPTY", 50)
    found = written(tmp_path, task("<stop_frame>999999999</stop_frame>"), track(shape(7)))
    assert len(found.entries) == 51
    assert found_in(found) == [("image-without-label", "look", "annotations.xml", 0)]
    assert "1,000,000,000 frames" in found.findings[0].message


def test_the_same_frame_of_two_tasks_of_a_project_is_two_images(tmp_path: Path) -> None:
    """A project names the second image of one name in a subset with `_1`."""
    tasks = "".join(
        f"<task><id>{number}</id><subset>{subset}</subset><mode>interpolation</mode>"
        f"<start_frame>{start}</start_frame><stop_frame>1</stop_frame></task>"
        for number, subset, start in [(8, "train", 1), (9, "train", 0), (10, "val", 1)]
    )
    meta = f"<meta><project><tasks>{tasks}</tasks></project></meta>"
    tracks = [track(shape(1), more=f'id="0" task_id="{number}"') for number in (9, 8, 10)]
    found = written(tmp_path, meta, *tracks)
    assert [image for image, _, _ in rows_of(found)] == [
        "train/frame_000001_1", "train/frame_000001", "val/frame_000001",
    ]  # fmt: skip
    assert sorted(frames_of(found)) == [
        "train/frame_000000", "train/frame_000001", "train/frame_000001_1", "val/frame_000001",
    ]  # fmt: skip
    assert [entry.other_images for entry in found.entries] == [()] * 4
    assert {entry.split for entry in found.entries} == {"train", "val"}


def test_two_files_have_frames_of_their_own(tmp_path: Path) -> None:
    text = f"<annotations>{task(FIVE)}{track(shape(1))}</annotations>"
    found = written_of(tmp_path, {"x/a.xml": text, "y/a.xml": text}, cvat)
    assert [entry.file for entry in found.entries] == ["x/a.xml"] * 5 + ["y/a.xml"] * 5
    assert [found.entries[entry].file for entry in found.entry] == ["x/a.xml", "y/a.xml"]
