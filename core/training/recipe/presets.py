"""Ready-made recipes for small data sets."""

from dataclasses import dataclass, field
from typing import Any, Final

from core.errors import RecipeError
from core.training.recipe.recipe import TEST_TIME_AUGMENTATION, Augmentation


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A preset. Its length is `iterations`, or `epochs` within `bounds` (iterations).

    Learning rates are for `batch` images; `scratch_learning_rate` is for random and starter weights.
    `warmup` and `decay_at` are shares of the length.
    """

    key: str
    title: str
    help: str
    model: str
    batch: int
    learning_rate: float
    scratch_learning_rate: float
    warmup: float
    decay_at: tuple[float, ...]
    evaluations: int  # evaluations on validation, with the one at the end
    augmentation: Augmentation
    iterations: int = 0
    epochs: float = 0.0
    bounds: tuple[int, int] = (1, 1_000_000)
    patience: int = 0
    ema: float = 0.0
    frozen_stages: int = 2  # of a pretrained backbone; random weights are never frozen
    overrides: dict[str, Any] = field(default_factory=dict)
    model_overrides: dict[str, Any] = field(default_factory=dict)  # only for the preset's model


# A ResNet learns from random weights at a rate of 0.01 for 2 images. The small models learn at 0.015, from ImageNet
# weights (benchmarks/search/imagenet_search.py) as from random ones.
_SCRATCH_RATE: Final = 0.01

PRESETS: Final = (
    Preset(
        key="quick",
        title="Quick look",
        help="Minutes on a CPU: is the data set right, and is there something to learn?",
        model="lite_cascade",
        batch=2,
        learning_rate=0.0025,
        scratch_learning_rate=1.5 * _SCRATCH_RATE,
        warmup=0.125,
        decay_at=(0.8,),
        evaluations=3,
        augmentation=Augmentation(),
        epochs=5,
        bounds=(100, 600),
    ),
    # From benchmarks/search/bccd_search.py on BCCD's training images alone; benchmarks/bccd_accuracy.py measures it.
    Preset(
        key="thorough",
        title="Thorough on a CPU",
        help="The small model at its best: about half an hour on two cores for 200 images.",
        model="lite_cascade",
        batch=4,
        learning_rate=0.005,
        scratch_learning_rate=2 * _SCRATCH_RATE,
        warmup=0.125,
        decay_at=(),
        evaluations=5,
        augmentation=Augmentation(flip_vertical=True, quarter_turns=True),
        epochs=56,
        bounds=(500, 8000),
        ema=0.99,
        overrides={"SOLVER.LR_SCHEDULER_NAME": "WarmupCosineLR"},
        model_overrides={
            TEST_TIME_AUGMENTATION: True,
            "MODEL.ROI_HEADS.BATCH_SIZE_PER_IMAGE": 128,
            "MODEL.ROI_HEADS.POSITIVE_FRACTION": 0.5,
        },
    ),
    Preset(
        key="finetune",
        title="Fine-tune small set",
        help="The reference recipe: COCO weights, a small learning rate, no decay.",
        model="faster_rcnn_R_50_FPN_3x",
        batch=2,
        learning_rate=0.00025,
        scratch_learning_rate=_SCRATCH_RATE,
        warmup=0.25,
        decay_at=(),
        evaluations=8,
        augmentation=Augmentation(rotation_deg=10, scale=0.2),
        iterations=2000,
    ),
    # Chosen from published recipes and not measured here, for want of a GPU (docs/benchmarks.md, "Presets for a GPU").
    Preset(
        key="strong",
        title="Strong start",
        help="For a GPU: today's R50 of the zoo (COCO AP 47.4), 30 epochs with scale jitter and a falling rate.",
        model="faster_rcnn_R_50_FPN_400ep_LSJ",
        batch=4,
        learning_rate=0.002,
        scratch_learning_rate=2 * _SCRATCH_RATE,
        warmup=0.05,
        decay_at=(0.75, 0.92),
        evaluations=10,
        augmentation=Augmentation(scale=0.5, brightness=0.2, contrast=0.2, saturation=0.2),
        epochs=30,
        bounds=(600, 10_000),
        patience=5,
    ),
    Preset(
        key="accurate",
        title="Accurate",
        help="For a GPU: today's R101 of the zoo (COCO AP 48.9), 60 epochs with more jitter; stops when validation no "
        "longer gains.",
        model="faster_rcnn_R_101_FPN_400ep_LSJ",
        batch=4,
        learning_rate=0.002,
        scratch_learning_rate=2 * _SCRATCH_RATE,
        warmup=0.05,
        decay_at=(0.75, 0.92),
        evaluations=15,
        augmentation=Augmentation(rotation_deg=10, scale=0.5, brightness=0.2, contrast=0.2, saturation=0.2, hue=0.02),
        epochs=60,
        bounds=(1500, 20_000),
        patience=5,
    ),
)
_BY_KEY: Final = {preset.key: preset for preset in PRESETS}


def find_preset(key: str) -> Preset:
    """The preset with this key. Raises RecipeError, which names the existing ones."""
    if key not in _BY_KEY:
        raise RecipeError(f"There is no preset {key!r}.", f"Choose one of: {', '.join(_BY_KEY)}.")
    return _BY_KEY[key]
