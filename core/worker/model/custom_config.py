"""A custom model's config.yaml -> Detectron2's configuration, or the reason why it cannot be used.

Detectron2's reader falls back to unsafe YAML, which can run code from the file, and follows `_BASE_` to any path or
address. This one reads plain values only, and a base must be a file of the model zoo that comes with Detectron2.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from detectron2 import modeling
from detectron2.modeling.anchor_generator import ANCHOR_GENERATOR_REGISTRY
from detectron2.modeling.proposal_generator.rpn import RPN_HEAD_REGISTRY

from core.errors import AppError
from core.worker.model.detectron import CfgNode, get_cfg, has_compiled_operators, model_zoo, zoo_config
from core.yaml_files import YamlError, YamlLimits, YamlTooLargeError, read_yaml

# Detectron2's dumps use aliases for a list that two settings share.
_LIMITS: Final = YamlLimits(aliases=True)
DETECTORS: Final = ("GeneralizedRCNN", "RetinaNet")
PARTS: Final = {
    "MODEL.BACKBONE.NAME": modeling.BACKBONE_REGISTRY,
    "MODEL.PROPOSAL_GENERATOR.NAME": modeling.PROPOSAL_GENERATOR_REGISTRY,
    "MODEL.ANCHOR_GENERATOR.NAME": ANCHOR_GENERATOR_REGISTRY,
    "MODEL.RPN.HEAD_NAME": RPN_HEAD_REGISTRY,
    "MODEL.ROI_HEADS.NAME": modeling.ROI_HEADS_REGISTRY,
    "MODEL.ROI_BOX_HEAD.NAME": modeling.ROI_BOX_HEAD_REGISTRY,
    "MODEL.ROI_MASK_HEAD.NAME": modeling.ROI_MASK_HEAD_REGISTRY,
}
_REMEDY: Final = "Give the config.yaml that Detectron2 wrote beside the weights."
_COMPILE: Final = "Set up with a compiled Detectron2 (README, `make setup DETECTRON2=…`), or choose another model."


def own_config(text: str) -> CfgNode:
    """The configuration in the text of a config.yaml, with Detectron2's defaults for missing keys.

    Raises AppError for a text that is no configuration, for unknown keys, and for values of a wrong type.
    """
    settings = _parse(text)
    base = settings.pop("_BASE_", None)
    cfg = zoo_config(_zoo_name(base)) if base is not None else get_cfg()
    if settings.get("VERSION", cfg.VERSION) != cfg.VERSION:
        raise AppError("The configuration is of an older version of Detectron2.", _REMEDY)
    keys = set(keys_of(cfg))
    for key, value in _leaves(settings):
        if key not in keys:
            near = difflib.get_close_matches(key.upper(), keys, n=2)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise AppError(
                f"The configuration sets {key}, which Detectron2 does not have.{hint}",
                "Correct it. Settings of projects other than Detectron2 are not supported.",
            )
        try:
            cfg.merge_from_list([key, value])
        except (ValueError, TypeError, SyntaxError, AttributeError, AssertionError) as error:
            was = value_at(cfg, key)
            raise AppError(
                f"The configuration sets {key} to {str(value)[:80]!r}, but it takes a value like {was!r}.", _REMEDY
            ) from error
    return cfg


def check_usable(cfg: CfgNode) -> None:
    """Raises AppError, naming the part, for a model that does not detect boxes or that this Detectron2 cannot run."""
    kind = cfg.MODEL.META_ARCHITECTURE
    if kind not in DETECTORS:
        raise AppError(f"The model is a {kind}, which does not detect boxes.", f"Use {' or '.join(DETECTORS)}.")
    for key, wants in (("MODEL.KEYPOINT_ON", "keypoints"), ("MODEL.LOAD_PROPOSALS", "proposals made elsewhere")):
        if value_at(cfg, key):
            raise AppError(f"The model needs {wants} ({key}), which data sets here do not have.", "Use another model.")
    for key, registry in PARTS.items():
        name = value_at(cfg, key)
        if name and name not in registry:
            raise AppError(
                f"The model has a part {name!r} ({key}), which Detectron2 does not have.",
                "Custom Python model code is not supported.",
            )
    for key, operator in _compiled(cfg):
        if not has_compiled_operators():
            raise AppError(f"The model needs Detectron2's compiled operator for {operator} ({key}).", _COMPILE)


def keys_of(cfg: CfgNode, prefix: str = "") -> list[str]:
    """All dotted keys of a configuration, sorted."""
    keys: list[str] = []
    for name, value in cfg.items():
        keys += keys_of(value, f"{prefix}{name}.") if isinstance(value, CfgNode) else [f"{prefix}{name}"]
    return sorted(keys)


def value_at(cfg: CfgNode, key: str) -> Any:
    """The value of a dotted key."""
    node: Any = cfg
    for part in key.split("."):
        node = node[part]
    return node


def _parse(text: str) -> dict[str, Any]:
    try:
        yaml = read_yaml(text, _LIMITS)
    except YamlTooLargeError as error:
        message = f"The configuration has more settings than Detectron2 can take{error.where}: {error.problem}."
        raise AppError(message, _REMEDY) from error
    except YamlError as error:
        message = f"The configuration is no plain YAML{error.where}: {error.problem}."
        raise AppError(message, f"{error.remedy} {_REMEDY}") from error
    if not isinstance(yaml, dict):
        raise AppError("The configuration holds no settings.", _REMEDY)
    return yaml


def _leaves(tree: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value


def _zoo_name(base: Any) -> str:
    """The model zoo's file that `_BASE_` names. Raises AppError for any other file or address."""
    parts = [part for part in PurePosixPath(str(base)).parts if part not in (".", "..")]
    name = "/".join(parts[-2:])
    folder = Path(model_zoo.get_config_file("Base-RCNN-FPN.yaml")).parent
    for candidate in dict.fromkeys((name, parts[-1] if parts else "")):
        if candidate.endswith(".yaml") and folder.joinpath(candidate).is_file():
            return candidate
    raise AppError(
        f"The configuration builds on {str(base)[:80]!r}, which is no file of Detectron2's model zoo.", _REMEDY
    )


def _compiled(cfg: CfgNode) -> Iterator[tuple[str, str]]:
    if any(cfg.MODEL.RESNETS.DEFORM_ON_PER_STAGE):
        yield "MODEL.RESNETS.DEFORM_ON_PER_STAGE", "deformable convolution"
    for key in ("PROPOSAL_GENERATOR.NAME", "ANCHOR_GENERATOR.NAME", "ROI_HEADS.NAME", "ROI_BOX_HEAD.POOLER_TYPE"):
        if value_at(cfg, f"MODEL.{key}") in ("RRPN", "RotatedAnchorGenerator", "RROIHeads", "ROIAlignRotated"):
            yield f"MODEL.{key}", "rotated boxes"
