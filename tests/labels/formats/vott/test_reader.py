"""VoTT 2: exports, single asset files, and project files.

Schema (VoTT's application state, `IProject`, `IAsset`, `IAssetMetadata`, `IRegion`): an export is the project (`name`,
`tags` [{name, color}], `videoSettings`, …) with `assets`, a table by id of {asset, regions, version}. An asset file,
`ID-asset.json`, is one of these; it exists for tagged assets only. The project file, `.vott`, lists the assets without
their regions. An asset has `id`, `name`, `path`, `size` in px, `state` (0 not visited, 1 visited, 2 tagged) and `type`
(1 image, 2 video, 3 frame of a video). A region has `type` (RECTANGLE, SQUARE, POLYGON, POLYLINE, POINT), `tags`,
`boundingBox` (left, top, width, height in px) and `points` [{x, y}].
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.labels.formats.vott import reader as vott
from core.labels.formats.written import CORNER_SIZE_PX, CORNERS_PX
from tests.labels.formats.reader_files import (
    assert_whole,
    blocked,
    claimed,
    found,
    objects_of,
    read_claimed,
    tree_of,
)


def box(left: float = 10, top: float = 10, width: float = 40, height: float = 30) -> dict[str, Any]:
    """A bounding box."""
    return {"left": left, "top": top, "width": width, "height": height}


def points(*pairs: tuple[object, object]) -> list[dict[str, object]]:
    """Points as VoTT writes them."""
    return [{"x": x, "y": y} for x, y in pairs]


CORNERS = points((10, 10), (50, 10), (50, 40), (10, 40))
TRIANGLE = points((10, 10), (50, 25), (20, 40))


def region(*tags: object, **fields: object) -> dict[str, Any]:
    """A rectangle, of the class "cat" unless told otherwise."""
    made = {"id": "r", "type": "RECTANGLE", "tags": list(tags) or ["cat"], "boundingBox": box(), "points": CORNERS}
    return made | fields


def asset(*regions: object, name: str = "a.jpg", **fields: object) -> dict[str, Any]:
    """A tagged asset of 80 x 60 px with its regions."""
    made = {
        "format": "jpg", "id": f"id-{name}", "name": name, "path": f"file:F:/dataset/{name}",
        "size": {"width": 80, "height": 60}, "state": 2, "type": 1,
    }  # fmt: skip
    return {"asset": made | fields, "regions": list(regions), "version": "2.1.0"}


def export(*assets: Any, tags: object = None) -> dict[str, Any]:
    """An export of these assets."""
    table = {one["asset"]["id"] if isinstance(one, dict) else str(n): one for n, one in enumerate(assets)}
    return {
        "name": "pets", "securityToken": "", "videoSettings": {"frameExtractionRate": 15},
        "tags": [{"name": "cat", "color": "#5db300"}] if tags is None else tags, "id": "p", "version": "2.1.0",
        "assets": table,
    }  # fmt: skip


def project(*assets: dict[str, Any]) -> dict[str, Any]:
    """A project file: assets without their regions."""
    listed = {one["asset"]["id"]: one["asset"] for one in assets}
    return export() | {"sourceConnection": {"providerType": "localFileSystemProxy"}, "assets": listed}


@pytest.mark.parametrize(
    ("one", "frame", "values", "polygon"),
    [
        (region(), CORNER_SIZE_PX, [10, 10, 40, 30], None),
        (region(type="SQUARE"), CORNER_SIZE_PX, [10, 10, 40, 30], None),
        (region(points=[]), CORNER_SIZE_PX, [10, 10, 40, 30], None),
        (region(boundingBox=None), CORNERS_PX, [10, 10, 50, 40], None),
        (region(type="POLYGON", points=TRIANGLE), CORNER_SIZE_PX, [10, 10, 40, 30], [10, 10, 50, 25, 20, 40]),
        (region(type="POLYGON", points=TRIANGLE, boundingBox=None), CORNERS_PX, [10, 10, 50, 40],
         [10, 10, 50, 25, 20, 40]),
    ],
    ids=["rectangle", "square", "box only", "points only", "polygon", "polygon without a box"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["export", "asset"])
def test_a_region_is_read_from_exports_and_asset_files(
    tmp_path: Path, kind: str, one: dict[str, Any], frame: object, values: list[float], polygon: list[float] | None
) -> None:
    files = {"pets-export.json": export(asset(one))} if kind == "export" else {"1-asset.json": asset(one)}
    written = read_claimed(vott, tmp_path, files)
    assert [(token, four) for _, token, four in objects_of(written)] == [("cat", values)]
    assert written.polygons == ({0: [polygon]} if polygon else {})
    assert written.groups[0].frame == frame
    assert (written.entries[0].width, written.entries[0].height) == (80, 60)
    assert written.findings == []


@pytest.mark.parametrize(
    ("one", "check", "says"),
    [
        (region(type="POINT"), "malformed-line", '"POINT" makes no box'),
        (region(type="POLYLINE"), "malformed-line", '"POLYLINE" makes no box'),
        (region(type=None), "malformed-line", "null"),
        (region(tags=[]), "malformed-line", "no class"),
        (region(tags="cat"), "malformed-line", 'its `tags` are "cat"'),
        (region(tags=["\ud800"]), "malformed-line", "half a character"),
        (region(boundingBox=None, points=None), "malformed-line", "neither"),
        (region(boundingBox={"left": 1}), "malformed-line", "no `top`"),
        (region(boundingBox=box(left=1e300)), "non-finite", "`left`"),
        (region(points=[7]), "malformed-line", "the point 7"),
        (region(boundingBox=box(left=30)), "doubtful-reading", "differ by over a pixel"),
        (7, "malformed-line", "it is 7"),
    ],
    ids=["point", "polyline", "no type", "no tag", "tags as text", "half a character", "no box", "box without top",
         "too large", "broken point", "box and points differ", "no object"],
)  # fmt: skip
def test_what_is_no_object_is_refused_by_name(tmp_path: Path, one: object, check: str, says: str) -> None:
    written = read_claimed(vott, tmp_path, {"pets-export.json": export(asset(region(), one))})
    assert found(written) == [(check, "pets-export.json", 2)]
    assert says in blocked(written)[0]
    assert len(written.token) == len(written.unreadable) == 1


def test_the_first_tag_is_the_class_and_the_others_are_said(tmp_path: Path) -> None:
    tags = [{"name": "dog"}, {"name": "cat"}, {"name": "wet"}, 7, {"name": None}]
    document = export(asset(region("cat", "wet", "far"), region("dog")), tags=tags)
    written = read_claimed(vott, tmp_path, {"pets-export.json": document})
    assert written.token == ["cat", "dog"]
    assert written.attributes == {0: {"tags": "wet, far"}}
    assert [name for name, _ in written.classes] == ["dog", "cat", "wet"]
    assert found(written) == [("several-classes", "pets-export.json", 0)]


def test_asset_files_and_their_export_are_counted_once(tmp_path: Path) -> None:
    one, other = asset(region(), region("dog")), asset(region(), name="b.jpg")
    files = {"1-asset.json": one, "2-asset.json": other, "vott-json-export/pets-export.json": export(one, other)}
    written = read_claimed(vott, tmp_path, files)
    assert written.token == ["cat", "dog", "cat"]
    assert len(written.entries) == 2
    assert written.left_out == {"the same region in another file": 3}
    assert written.findings == []


def test_an_asset_file_that_differs_from_the_export_blocks_the_image(tmp_path: Path) -> None:
    moved = asset(region(boundingBox=box(left=13), points=[]))
    files = {"1-asset.json": moved, "pets-export.json": export(asset(region()), asset(region(), name="b.jpg"))}
    written = read_claimed(vott, tmp_path, files)
    assert found(written) == [("doubtful-reading", "pets-export.json", 0)]
    assert "pets-export.json has 1, 1-asset.json has 1" in blocked(written)[0]
    assert [(name, token) for name, token, _ in objects_of(written)] == [("file:F:/dataset/b.jpg", "cat")]
    assert written.unreadable == [(0, "cat")] * 2


def test_asset_files_of_a_folder_are_one_group(tmp_path: Path) -> None:
    files = {f"{name}-asset.json": asset(region(), name=f"{name}.jpg") for name in "abc"}
    written = read_claimed(vott, tmp_path, files)
    assert [group.key for group in written.groups] == [". (box)"]


@pytest.mark.parametrize(
    ("fields", "image", "others"),
    [
        ({"name": "b c.jpg", "path": "file:F:/data/b%20c.jpg"}, "file:F:/data/b%20c.jpg",
         ("F:/data/b c.jpg", "b c.jpg")),
        ({"name": "v.mp4#t=7.1", "path": "file:/d/v.mp4#t=7.1", "type": 3, "id": "77"}, "file:/d/v.mp4#t=7.1",
         ("/d/v.mp4#t=7.1.jpg", "/d/v.mp4#t=7.1", "v.mp4#t=7.1.jpg", "v.mp4#t=7.1", "77.jpg")),
        ({"name": "v.mp4#t=0.jpg", "path": "file:F:/v.mp4#t=0", "id": "77"}, "file:F:/v.mp4#t=0",
         ("F:/v.mp4#t=0.jpg", "F:/v.mp4#t=0", "v.mp4#t=0.jpg", "v.mp4#t=0", "77.jpg")),
        ({"name": "a.jpg", "path": "file:///home/x/a.jpg"}, "file:///home/x/a.jpg", ("/home/x/a.jpg", "a.jpg")),
        ({"name": "a.jpg", "path": "https://host/c/a%201.jpg?sv=1&sig=secret"}, "https://host/c/a%201.jpg",
         ("https://host/c/a 1.jpg", "a.jpg", "a 1.jpg")),
        ({"name": "a.jpg", "path": None}, "a.jpg", ()),
        ({"name": None, "path": 7}, "asset 1", ()),
    ],
    ids=["spaces", "frame", "frame with a suffix", "slashes", "address with a key", "name only", "nothing"],
)  # fmt: skip
def test_the_image_is_as_written_with_other_names_to_try(
    tmp_path: Path, fields: dict[str, Any], image: str, others: tuple[str, ...]
) -> None:
    one = asset(region())
    one["asset"] |= fields
    written = read_claimed(vott, tmp_path, {"pets-export.json": export(one)})
    assert (written.entries[0].image, written.entries[0].other_images) == (image, others)


def test_visited_assets_are_background_and_those_not_visited_are_not(tmp_path: Path) -> None:
    states = [(0, "new.jpg"), (1, "seen.jpg"), (2, "emptied.jpg"), (None, "old.jpg")]
    document = export(*(asset(name=name, state=state) for state, name in states), asset(region(), state=0))
    written = read_claimed(vott, tmp_path, {"pets-export.json": document})
    assert [entry.is_annotated for entry in written.entries] == [False, True, True, True, True]
    assert written.findings == []


def test_a_project_file_is_named_and_adds_only_images_that_were_visited(tmp_path: Path) -> None:
    one, seen, lost = asset(region()), asset(name="seen.jpg", state=1), asset(name="lost.jpg")
    new, video = asset(name="new.jpg", state=0), asset(name="v.mp4", type=2, state=1)
    files = {"1-asset.json": one, "pets.vott": project(one, seen, lost, new, video)}
    written = read_claimed(vott, tmp_path, files)
    assert [(entry.image[16:], entry.is_annotated) for entry in written.entries] == [
        ("seen.jpg", True), ("lost.jpg", False), ("new.jpg", False), ("a.jpg", True),
    ]  # fmt: skip
    assert found(written) == [("project-file", "pets.vott", 0), ("image-without-label", "pets.vott", 0)]
    assert "regions of 1 tagged images" in written.findings[1].message
    assert written.token == ["cat"]


def test_videos_are_left_out_and_said(tmp_path: Path) -> None:
    written = read_claimed(vott, tmp_path, {"pets-export.json": export(asset(name="v.mp4", type=2), asset(region()))})
    assert found(written) == [("no-image-file", "pets-export.json", 1)]
    assert len(written.entries) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (export() | {"assets": [1]}, [("malformed-file", 0)]),
        (export(asset(region()), 7), [("malformed-line", 2)]),
        (export(asset(region()), asset(name="b.jpg") | {"regions": 7}), [("malformed-line", 2)]),
        (json.dumps(export(asset(region())))[:-30], [("malformed-file", 1)]),
    ],
    ids=["assets", "asset", "regions", "cut off"],
)
def test_a_broken_record_or_file_is_a_finding(tmp_path: Path, content: Any, expected: list[tuple[str, int]]) -> None:
    written = read_claimed(vott, tmp_path, {"pets-export.json": content})
    assert [(finding.check, finding.line) for finding in written.findings] == expected


@pytest.mark.parametrize(
    "content",
    [
        {"images": [{"file_name": "a.jpg"}], "annotations": [{"bbox": []}], "categories": [{"name": "assets"}]},
        [{"file_name": "a.jpg", "annotations": [], "height": 1, "width": 1}],
        [{"image": "a.jpg", "annotations": [{"label": "cat", "coordinates": {}}]}],
        [{"id": 1, "annotations": [{"result": []}], "data": {"image": "a.jpg"}}],
        {"info": {}, "categories": {"label": {"labels": []}}, "items": [{"id": "a", "annotations": []}]},
        {"name": "x", "version": "1.0.0", "assets": ["a"], "tags": []},
        {"asset": {"version": "2.0", "generator": "x"}, "scenes": []},
        {"version": "5.0", "shapes": [], "imagePath": "a.jpg", "imageData": None},
        {"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [], "file_attributes": {}}},
        "[]", "", "\x00",
    ],
    ids=["coco", "detectron2", "createml", "label studio", "datumaro", "package.json", "gltf", "labelme", "via",
         "empty list", "empty", "binary"],
)  # fmt: skip
def test_files_of_other_formats_are_not_claimed(tmp_path: Path, content: Any) -> None:
    assert claimed(vott, tree_of(tmp_path, {"a.json": content})) == []


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)
REGION = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["RECTANGLE", "POLYGON", "POINT"]) | ANY, "tags": st.just(["cat", "wet"]) | ANY,
        "boundingBox": st.just(box()) | ANY, "points": st.sampled_from([CORNERS, TRIANGLE]) | ANY, "x": ANY,
    },
)  # fmt: skip
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["1", "2"]) | ANY, "name": st.just("a.jpg") | ANY, "path": st.just("file:F:/a.jpg") | ANY,
        "size": ANY, "state": st.integers(0, 2) | ANY, "type": st.integers(1, 3) | ANY, "z": ANY,
    },
)  # fmt: skip
ASSET = st.fixed_dictionaries({}, optional={"asset": FIELDS | ANY, "regions": st.lists(REGION | ANY, max_size=3) | ANY})
EXPORT = st.fixed_dictionaries(
    {"assets": st.dictionaries(st.sampled_from("1234"), ASSET | FIELDS | ANY) | ANY},
    optional={"tags": st.lists(st.fixed_dictionaries({"name": ANY}) | ANY, max_size=2) | ANY},
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(first=EXPORT | ANY, second=ASSET | ANY, third=EXPORT)
def test_any_json_is_read_or_refused(first: object, second: object, third: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        files = {"a.json": first, "b-asset.json": second, "c.vott": third}
        tree = tree_of(Path(folder), {name: json.dumps(content) for name, content in files.items()})
        claimed(vott, tree)
        assert_whole(vott.read(tree, sorted(files)))
