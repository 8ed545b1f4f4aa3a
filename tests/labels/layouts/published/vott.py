"""VoTT's JSON, as one project or one file an asset.

Schema (VoTT 2, its source, `applicationState.ts`): name, version, tags, assets by id: {asset, regions}. asset: format,
id, name, path, size {width, height}, state (2: tagged, 1: visited). region: id, type, tags, boundingBox {left, top,
width, height} in px, points [{x, y}, ...]. A file of one asset has the same {asset, regions}.
"""

from typing import Any

from tests.labels.layouts.layout import Layout
from tests.labels.layouts.published.scene import SIZES, images_at, scene


def _vott_asset(name: str, *regions: tuple[str, float, float, float, float]) -> dict[str, Any]:
    width, height = SIZES[name]
    asset = {"format": "jpg", "id": f"id-of-{name}", "name": name, "path": f"file:C:/pets/{name}", "type": 1,
             "size": {"width": width, "height": height}, "state": 2 if regions else 1}  # fmt: skip
    return {"asset": asset, "version": "2.2.0", "regions": [_vott_region(*region) for region in regions]}


def _vott_region(tag: str, left: float, top: float, width: float, height: float) -> dict[str, Any]:
    right, bottom = left + width, top + height
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    return {
        "id": f"{tag}-{left}", "type": "RECTANGLE", "tags": [tag], "points": [{"x": x, "y": y} for x, y in corners],
        "boundingBox": {"left": left, "top": top, "width": width, "height": height},
    }  # fmt: skip


_VOTT = [
    _vott_asset("a.jpg", ("cat", 20, 10, 60, 50), ("dog", 100, 20, 80, 70)),
    _vott_asset("b.jpg", ("cat", 12, 40, 60, 80)),
    _vott_asset("c.jpg"),
]


LAYOUTS = {
    "a project's export": Layout(
        format="vott",
        images=images_at("vott-json-export/a.jpg", "vott-json-export/b.jpg", "vott-json-export/c.jpg"),
        files={
            "vott-json-export/pets-export.json": {
                "name": "pets",
                "version": "2.2.0",
                "tags": [{"name": "cat", "color": "#5db300"}, {"name": "dog", "color": "#e81123"}],
                "assets": {asset["asset"]["id"]: asset for asset in _VOTT},
            }
        },
        objects=scene("vott-json-export/a.jpg", "vott-json-export/b.jpg"),
        background=("vott-json-export/c.jpg",),
    ),
    "one file an asset": Layout(
        format="vott",
        images=SIZES,
        files={f"{number}-asset.json": asset for number, asset in enumerate(_VOTT)},
        objects=scene(),
        background=("c.jpg",),
    ),
}
