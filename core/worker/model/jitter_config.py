"""The zoo's models trained with large-scale jitter, as keys of Detectron2's YAML.

Detectron2 describes them as code only (model_zoo/configs/new_baselines): SyncBN everywhere, two convolutions in the
RPN, a box head of four convolutions and one layer, nothing frozen. tests/worker/model/test_jitter_config.py holds
names, shapes and losses of the built models to that code. `BN` has the tensors of SyncBN;
core.worker.model.norm_statistics decides what training does with it.
"""

from pathlib import PurePosixPath
from typing import Any, Final

from core.worker.model.detectron import CfgNode, zoo_config

# The same models of 2019, by which these differ in the keys below.
_BASES: Final = {
    "R_50": "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml",
    "R_101": "COCO-InstanceSegmentation/mask_rcnn_R_101_FPN_3x.yaml",
}
_KEYS: Final[dict[str, Any]] = {
    "MODEL.RESNETS.NORM": "BN",
    "MODEL.FPN.NORM": "BN",
    "MODEL.RPN.CONV_DIMS": [-1, -1],
    "MODEL.ROI_BOX_HEAD.NUM_CONV": 4,
    "MODEL.ROI_BOX_HEAD.CONV_DIM": 256,
    "MODEL.ROI_BOX_HEAD.NUM_FC": 1,
    "MODEL.ROI_BOX_HEAD.FC_DIM": 1024,
    "MODEL.ROI_BOX_HEAD.NORM": "BN",
    "MODEL.ROI_MASK_HEAD.NORM": "BN",
}


def jitter_config(name: str) -> CfgNode:
    """The configuration of the model zoo's file `name`, e.g. `new_baselines/mask_rcnn_R_50_FPN_400ep_LSJ.py`."""
    depth = next(depth for depth in _BASES if f"_{depth}_" in PurePosixPath(name).name)
    cfg = zoo_config(_BASES[depth])
    for key, value in _KEYS.items():
        cfg.merge_from_list([key, value])
    return cfg
