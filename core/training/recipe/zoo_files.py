"""The files of Detectron2's model zoo: license, address, size, and what is known about their hashes.

Sources: license and *the md5 prefix is in the file name* are from the zoo's MODEL_ZOO.md. The zoo publishes no other
hash. The three sha256 are those of public records that agree (scripts of CompressAI-Vision that check their downloads;
a Git LFS record of the R50 file). No file of the zoo could be read here, so the md5 prefix itself is not confirmed: a
file that has it is whole, and one that has it not is in doubt. Sizes of tensors are counted on the built models.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.training.recipe.bundled_weights import WeightsOrigin
from core.training.recipe.model_catalogue import Model

ZOO_LICENSE: Final = "CC BY-SA 3.0"
ZOO_LICENSE_ADDRESS: Final = "https://creativecommons.org/licenses/by-sa/3.0/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ZooFile:
    """A file of the zoo. `sha256` is "" and `bytes` None where they are not known."""

    path: str  # below the zoo's address
    tensor_bytes: int  # of its tensors together; the file is larger by less than a thousandth
    md5_starts: str  # by its name
    bytes: int | None = None
    sha256: str = ""


# Configuration -> bytes of the tensors in its file; a mask head is in it even if it is not used.
_TENSOR_BYTES: Final = {
    "COCO-Detection/faster_rcnn_R_50_FPN_3x.yaml": 167_224_704,
    "COCO-Detection/faster_rcnn_R_101_FPN_3x.yaml": 243_402_112,
    "COCO-Detection/faster_rcnn_X_101_32x8d_FPN_3x.yaml": 420_760_960,
    "COCO-Detection/retinanet_R_50_FPN_3x.yaml": 152_087_248,
    "COCO-Detection/retinanet_R_101_FPN_3x.yaml": 228_264_656,
    "Misc/cascade_mask_rcnn_R_50_FPN_3x.yaml": 288_364_664,
    "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml": 177_797_824,
    "COCO-InstanceSegmentation/mask_rcnn_R_101_FPN_3x.yaml": 253_975_232,
    **{f"new_baselines/mask_rcnn_R_50_FPN_{epochs}ep_LSJ.py": 185_450_728 for epochs in (100, 200, 400)},
    **{f"new_baselines/mask_rcnn_R_101_FPN_{epochs}ep_LSJ.py": 261_628_544 for epochs in (100, 200, 400)},
}
_SHA256: Final = {
    "model_final_280758.pkl": "3c25caca37baabbff3e22cc9eb0923db165a0c18b867871a3bf3570bac9b7ef0",
    "model_final_68b088.pkl": "fe5ad56ff746aa55c5f453b01f8395134e9281d240dbeb473411d4a6b262c9dc",
    "model_final_f10217.pkl": "9a737e290372f1f70994ebcbd89d8004dbb3ae30a605fd915a190fa4a782dd66",
}
_BYTES: Final = {"model_final_280758.pkl": 167_266_879, "model_final_f10217.pkl": 177_841_981}


def zoo_file(model: Model) -> ZooFile:
    """The file that a model of the catalogue with published weights starts from."""
    name = Path(model.weights).name
    return ZooFile(
        path=model.weights,
        tensor_bytes=_TENSOR_BYTES[model.config],
        md5_starts=Path(name).stem.rpartition("_")[2],
        bytes=_BYTES.get(name),
        sha256=_SHA256.get(name, ""),
    )


def zoo_origin(model: Model, sha256: str) -> WeightsOrigin:
    """Who trained the model's published weights, and on which terms; `sha256` is that of the file that was read."""
    return WeightsOrigin(
        words=f"Detectron2's model zoo, trained on COCO: {model.weights.rpartition('/')[0]}",
        license=ZOO_LICENSE,
        sha256=sha256,
    )


def note_of(file: Path) -> Path:
    """The JSON file beside a file of the zoo in the workspace, with its address, size and sha256."""
    return file.with_name(f"{file.name}.json")


def noted_sha256(file: Path) -> str:
    """The sha256 noted when the file was downloaded or first used; "" without a readable note."""
    try:
        note: Any = json.loads(note_of(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(note.get("sha256", "")) if isinstance(note, dict) else ""


def ends_whole(file: Path) -> bool:
    """Whether the file ends as a pickle does. An incomplete one almost never does."""
    with file.open("rb") as handle:
        handle.seek(0, 2)
        size = handle.tell()
        handle.seek(max(0, size - 1))
        return handle.read(1) == b"."
