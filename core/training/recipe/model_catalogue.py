"""The models that can be trained, as plain data.

Sources: COCO AP of boxes and masks, and weights, are from Detectron2's model zoo (MODEL_ZOO.md: 3x schedules, and *New
baselines* for those trained with large-scale jitter); parameters are counted on the built models with 80 classes. The
small models are this project's; their settings are in core.worker.model.config. A step of the cascade takes 1.4 times
as long as one of the plain model, and its boxes fit much better. A test compares the catalogue with the installed
Detectron2.
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
    has_batch_norm: bool = False  # core.training.recipe.norm_statistics says what training does with it
    # Entries of one series differ in their weights alone: those after so many epochs on COCO. "" for a single one.
    series: str = ""
    coco_epochs: int = 0
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


# The model without its mask head, and with it: millions of parameters and memory. Both start from the same file.
_JITTERED_SIZES: Final = {50: (43.7, 46.3, "medium"), 101: (62.6, 65.3, "large")}


def _jittered(depth: int, epochs: int, coco_ap: float, mask_ap: float, weights: str) -> tuple[Model, Model]:
    """The two forms of a model trained with large-scale jitter: for boxes alone, and for masks too."""
    alone, masked, memory = _JITTERED_SIZES[depth]
    config = f"new_baselines/mask_rcnn_R_{depth}_FPN_{epochs}ep_LSJ"

    def entry(kind: str, parameters: float) -> Model:
        key, title = f"{kind.lower()}_rcnn_R_{depth}_FPN", f"{kind} R-CNN R{depth}-FPN"
        model = _zoo(
            f"{key}_{epochs}ep_LSJ", f"{title} (jitter, {epochs} epochs)", parameters, coco_ap, memory, config, weights
        )
        # The input sizes are those of the other models: the published AP was measured at 800 px, and after training on
        # squares of 1024 px at a tenth to twice the size, the model knows objects of any size.
        series = f"{key}_LSJ"
        return replace(model, config=f"{config}.py", has_batch_norm=True, series=series, coco_epochs=epochs)

    return entry("Faster", alone), _masked(entry("Mask", masked), mask_ap)


# Weakest first, as the zoo's table has them.
_JITTERED: Final = (
    _jittered(50, 100, 0.446, 0.403, "42047764/model_final_bb69de.pkl"),
    _jittered(50, 200, 0.463, 0.417, "42047638/model_final_89a8d3.pkl"),
    _jittered(50, 400, 0.474, 0.425, "42019571/model_final_14d201.pkl"),
    _jittered(101, 100, 0.464, 0.416, "42025812/model_final_4f7b58.pkl"),
    _jittered(101, 200, 0.480, 0.431, "42131867/model_final_0bb7ae.pkl"),
    _jittered(101, 400, 0.489, 0.437, "42073830/model_final_f96b26.pkl"),
)

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
    *(boxes for boxes, _ in _JITTERED),
    *(masks for _, masks in _JITTERED),
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


def series_of(model: Model) -> tuple[Model, ...]:
    """The entries that differ from the model in their weights alone, with itself; the shortest training first."""
    return tuple(other for other in MODELS if other.series == model.series) if model.series else (model,)


def model_from_json(document: dict[str, Any]) -> Model:
    """The model from the JSON values of `dataclasses.asdict`. Raises ShapeError."""
    return built(Model, document)
