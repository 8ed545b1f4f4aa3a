"""VGG Image Annotator, versions 1 to 3, and its CSV.

Schema (VIA's documentation and source): annotations by key (name and size in bytes, joined): filename, size (bytes, -1
if unknown), regions, file_attributes. Version 1: regions is a table by number; version 2: a list. region:
shape_attributes {name: rect (x, y, width, height), polygon (all_points_x, all_points_y), circle (cx, cy, r), ellipse
(cx, cy, rx, ry), point, polyline}, px; region_attributes: what the user defines. A project has _via_settings,
_via_img_metadata, _via_attributes.
CSV: filename, file_size, file_attributes, region_count, region_id, region_shape_attributes, region_attributes (JSON).
Version 3, a project: file {fid: {fname, src, type 2}}, view {vid: {fid_list}}, metadata {mid: {vid, xy, av}}; xy is
[shape, numbers ...]: 2 rectangle x, y, width, height; 7 polygon x1, y1, ...; av {attribute: value}; attribute
{aid: {aname, options}}.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _region(label: str, x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {
        "shape_attributes": {"name": "rect", "x": x, "y": y, "width": width, "height": height},
        "region_attributes": {"species": label},
    }


def _ticked(label: str, *box: int) -> dict[str, Any]:
    return _region(label, *box) | {"region_attributes": {"type": {label: True}}}


_CAT_A, _DOG_A, _CAT_B = ("cat", 20, 10, 60, 50), ("dog", 100, 20, 80, 70), ("cat", 12, 40, 60, 80)
_DOG_POLYGON = {
    "shape_attributes": {"name": "polygon", "all_points_x": [100, 180, 180, 120], "all_points_y": [20, 20, 90, 90]},
    "region_attributes": {"species": "dog"},
}


def _entry(name: str, regions: Any) -> dict[str, Any]:
    return {f"{name}-1": {"filename": name, "size": -1, "regions": regions, "file_attributes": {}}}


def _first_version(name: str, *regions: dict[str, Any]) -> dict[str, Any]:
    content = {
        "fileref": "", "size": -1, "filename": name, "base64_img_data": "", "file_attributes": {},
        "regions": {str(number): region for number, region in enumerate(regions)},
    }  # fmt: skip
    return {f"{name}-1": content}


_SECOND = {
    **_entry("a.jpg", [_region(*_CAT_A), _DOG_POLYGON]),
    **_entry("b.jpg", [_region(*_CAT_B)]),
    **_entry("c.jpg", []),
}
_CSV_HEAD = "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"


def _csv_row(name: str, count: int, number: int, label: str, x: int, y: int, width: int, height: int) -> str:
    shape = f'{{""name"":""rect"",""x"":{x},""y"":{y},""width"":{width},""height"":{height}}}'
    return f'{name},1000,"{{}}",{count},{number},"{shape}","{{""species"":""{label}""}}"\n'


def _third(mid: str, vid: str, xy: list[float], value: str) -> dict[str, Any]:
    return {mid: {"vid": vid, "flg": 0, "z": [], "xy": xy, "av": {"1": value}}}


LAYOUTS = {
    "version 1": Layout(
        format="via",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "via_region_data.json": {
                **_first_version("a.jpg", _region(*_CAT_A), _region(*_DOG_A)),
                **_first_version("b.jpg", _region(*_CAT_B)),
            }
        },
        objects=scene(),
    ),
    # A file in each folder of a split, as Matterport's balloon data set has it.
    "version 2, a file in each split": Layout(
        format="via",
        images=images_at("train/a.jpg", "val/b.jpg"),
        files={
            "train/via_region_data.json": _entry("a.jpg", [_region(*_CAT_A), _DOG_POLYGON]),
            "val/via_region_data.json": _entry("b.jpg", [_region(*_CAT_B)]),
        },
        objects=scene("train/a.jpg", "val/b.jpg"),
        splits={"train/a.jpg": "train", "val/b.jpg": "val"},
    ),
    # VIA's list of files is no statement that an image without regions was looked at, but its entry is explicit.
    "version 2, a project": Layout(
        format="via",
        images=images_at("images/a.jpg", "images/b.jpg", "images/c.jpg"),
        files={
            "via_project_1Jan2026.json": {
                "_via_settings": {"ui": {}, "core": {"default_filepath": "images/"}, "project": {"name": "pets"}},
                "_via_img_metadata": _SECOND,
                "_via_attributes": {
                    "region": {
                        "species": {
                            "type": "dropdown", "options": {"cat": "", "dog": ""}, "default_options": {},
                        }
                    },
                    "file": {},
                },
                "_via_data_format_version": "2.0.10",
                "_via_image_id_list": ["a.jpg-1", "b.jpg-1", "c.jpg-1"],
            }
        },
        objects=scene("images/a.jpg", "images/b.jpg"),
        background=("images/c.jpg",),
    ),
    "version 2, classes as ticked boxes": Layout(
        format="via",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "via_export_json.json": {
                **_entry("a.jpg", [_ticked(*_CAT_A), _ticked(*_DOG_A)]),
                **_entry("b.jpg", [_ticked(*_CAT_B)]),
            }
        },
        objects=scene(),
    ),
    "CSV": Layout(
        format="via",
        images=SIZES,
        files={
            "via_export_csv.csv": _CSV_HEAD
            + _csv_row("a.jpg", 2, 0, *_CAT_A)
            + _csv_row("a.jpg", 2, 1, *_DOG_A)
            + _csv_row("b.jpg", 1, 0, *_CAT_B)
            + 'c.jpg,1000,"{}",0,0,"{}","{}"\n'
        },
        objects=scene(),
        background=("c.jpg",),
    ),
    "version 3": Layout(
        format="via",
        images=images_at("a.jpg", "b.jpg"),
        files={
            "via3_project.json": {
                "project": {"pid": "p", "pname": "pets", "data_format_version": "3.1.1", "vid_list": ["1", "2"]},
                "config": {"file": {"loc_prefix": {"1": "", "2": ""}}},
                "attribute": {
                    "1": {"aname": "species", "anchor_id": "FILE1_Z0_XY1", "type": 4, "desc": "",
                          "default_option_id": "", "options": {"0": "cat", "1": "dog"}}
                },
                "file": {
                    "1": {"fid": "1", "fname": "a.jpg", "type": 2, "loc": 1, "src": "a.jpg"},
                    "2": {"fid": "2", "fname": "b.jpg", "type": 2, "loc": 1, "src": "b.jpg"},
                },
                "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}},
                "metadata": {
                    **_third("1_a", "1", [2, 20, 10, 60, 50], "0"),
                    **_third("1_b", "1", [7, 100, 20, 180, 20, 180, 90, 120, 90], "1"),
                    **_third("2_a", "2", [2, 12, 40, 60, 80], "0"),
                },
            }
        },
        objects=scene(),
    ),
}  # fmt: skip
