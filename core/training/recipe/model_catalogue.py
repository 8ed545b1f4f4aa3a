"""The models that can be trained, as plain data.

Sources: COCO AP of boxes and masks, and weights, are from Detectron2's model zoo (MODEL_ZOO.md, 3x schedules);
parameters are counted on the built models with 80 classes. The small models are this project's; their settings are in
core.worker.model.config. A step of the cascade takes 1.4 times as long as one of the plain model, and its boxes fit
much better. A test compares the catalogue with the installed Detectron2.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from core.errors import RecipeError
from core.shapes import built


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model. Sizes in px: short sides in training (one is drawn), cap of the long side, short side in use."""

    key: str
    title: str
    task: str
    parameters: float  # millions, with 80 classes
    coco_ap: float | None  # published box AP on COCO val2017, 0 to 1; None if there is none
    memory: str  # small, medium or large, in training
    config: str  # file in Detectron2's model zoo; "" for the small model
    weights: str  # zoo path of the COCO weights; "" if there are none
    input_sizes: tuple[int, ...]
    input_max: int
    test_size: int
    needs_polygons: bool = False
    mask_ap: float | None = None  # published AP of masks, like coco_ap
    has_proposals: bool = True  # of the R-CNN family; test-time augmentation is for these
    has_imagenet_weights: bool = False  # its backbone is the one of core.training.recipe.bundled_weights
    # Only for a custom model (core.services.models): its whole configuration, and the classes of its weights by index.
    yaml: str = ""
    classes: tuple[str, ...] = ()

    @property
    def has_zoo_weights(self) -> bool:
        """Whether training can start from published COCO weights."""
        return bool(self.weights)

    @property
    def cached_weights(self) -> str:
        """The name of downloaded weights in the workspace's cache."""
        return self.weights.replace("/", "_")

    @property
    def is_own(self) -> bool:
        """Whether it is a custom model, which is not in the catalogue."""
        return bool(self.yaml)


BOXES: Final = "boxes"
MASKS: Final = "boxes and masks"


def _zoo(key: str, title: str, parameters: float, coco_ap: float, memory: str, config: str, weights: str) -> Model:
    name = f"{config}.yaml"
    return Model(
        key=key,
        title=title,
        task=BOXES,
        parameters=parameters,
        coco_ap=coco_ap,
        memory=memory,
        config=name,
        weights=f"{config}/{weights}",
        input_sizes=(640, 672, 704, 736, 768, 800),
        input_max=1333,
        test_size=800,
    )


def _dense(model: Model) -> Model:
    return replace(model, has_proposals=False)


def _masked(model: Model, mask_ap: float | None) -> Model:
    return replace(model, task=MASKS, needs_polygons=True, mask_ap=mask_ap)


_SMALL: Final = Model(
    key="small",
    title="Small Faster R-CNN (half an R-18)",
    task=BOXES,
    parameters=5.1,
    coco_ap=None,
    memory="small",
    config="",
    weights="",
    input_sizes=(256,),
    input_max=512,
    test_size=256,
)

_LITE: Final = replace(
    _SMALL,
    key="lite",
    title="Small Faster R-CNN (EfficientNet-Lite0)",
    parameters=5.3,
    has_imagenet_weights=True,
)

MODELS: Final = (
    _LITE,
    replace(_LITE, key="lite_cascade", title="Small Cascade R-CNN (EfficientNet-Lite0)", parameters=8.9),
    _masked(replace(_LITE, key="lite_mask", title="Small Mask R-CNN (EfficientNet-Lite0)", parameters=5.3), None),
    _SMALL,
    replace(_SMALL, key="small_cascade", title="Small Cascade R-CNN (half an R-18)", parameters=8.8),
    _masked(replace(_SMALL, key="small_mask", title="Small Mask R-CNN (half an R-18)", parameters=5.2), None),
    _zoo(
        "faster_rcnn_R_50_FPN_3x",
        "Faster R-CNN R50-FPN",
        41.7,
        0.402,
        "medium",
        "COCO-Detection/faster_rcnn_R_50_FPN_3x",
        "137849458/model_final_280758.pkl",
    ),
    _zoo(
        "faster_rcnn_R_101_FPN_3x",
        "Faster R-CNN R101-FPN",
        60.6,
        0.420,
        "medium",
        "COCO-Detection/faster_rcnn_R_101_FPN_3x",
        "137851257/model_final_f6e8b1.pkl",
    ),
    _zoo(
        "faster_rcnn_X_101_32x8d_FPN_3x",
        "Faster R-CNN X101-FPN",
        104.8,
        0.430,
        "large",
        "COCO-Detection/faster_rcnn_X_101_32x8d_FPN_3x",
        "139173657/model_final_68b088.pkl",
    ),
    _dense(
        _zoo(
            "retinanet_R_50_FPN_3x",
            "RetinaNet R50-FPN",
            37.9,
            0.387,
            "medium",
            "COCO-Detection/retinanet_R_50_FPN_3x",
            "190397829/model_final_5bd44e.pkl",
        ),
    ),
    _dense(
        _zoo(
            "retinanet_R_101_FPN_3x",
            "RetinaNet R101-FPN",
            56.9,
            0.404,
            "medium",
            "COCO-Detection/retinanet_R_101_FPN_3x",
            "190397697/model_final_971ab9.pkl",
        ),
    ),
    _zoo(
        "cascade_rcnn_R_50_FPN_3x",
        "Cascade R-CNN R50-FPN",
        69.3,
        0.443,
        "medium",
        # The zoo has it only with a mask head, which is not used for boxes.
        "Misc/cascade_mask_rcnn_R_50_FPN_3x",
        "144998488/model_final_480dd8.pkl",
    ),
    _masked(
        _zoo(
            "mask_rcnn_R_50_FPN_3x",
            "Mask R-CNN R50-FPN",
            44.3,
            0.410,
            "medium",
            "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x",
            "137849600/model_final_f10217.pkl",
        ),
        0.372,
    ),
    _masked(
        _zoo(
            "mask_rcnn_R_101_FPN_3x",
            "Mask R-CNN R101-FPN",
            63.3,
            0.429,
            "large",
            "COCO-InstanceSegmentation/mask_rcnn_R_101_FPN_3x",
            "138205316/model_final_a3ec72.pkl",
        ),
        0.386,
    ),
)
_BY_KEY: Final = {model.key: model for model in MODELS}


def find_model(key: str) -> Model:
    """The model with this key. Raises RecipeError, which names the existing ones."""
    if key not in _BY_KEY:
        raise RecipeError(f"There is no model {key!r}.", f"Choose one of: {', '.join(_BY_KEY)}.")
    return _BY_KEY[key]


def model_from_json(document: dict[str, Any]) -> Model:
    """The model from the JSON values of `dataclasses.asdict`. Raises ShapeError."""
    return built(Model, document)
