"""Settings whose value is the user's, else the preset's, else a fixed default.

Each is defined here once: `Recipe` and `RecipeChanges` inherit the field, and command line, form and docs/cli.md follow
from it. CONTRIBUTING.md shows how to add one.
"""

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from core.training.recipe.setting import setting

# How gradients are bounded: each value, or the norm of a tensor (Detectron2's SOLVER.CLIP_GRADIENTS).
CLIPS: Final = ("value", "norm", "off")
# With more, less than one image in ten would have objects.
MOST_BACKGROUND: Final = 0.9
# The most that a killed worker loses.
CHECKPOINT_EVERY_S: Final = 120.0
# Each retry repeats the training's set-up, so more would hide the problem.
_MOST_RETRIES: Final = 2
# Well above the slowest step of the largest model on a CPU.
_HANG_AFTER_S: Final = 300.0

# None in the user's changes, where it means "not set"; Never in a recipe, where every setting has a value.
Unset = TypeVar("Unset")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainSettings(Generic[Unset]):
    """The settings. A preset's field of the same name (patience, ema) takes precedence over the default."""

    seed: int | Unset = setting(1, help_text="of weights, order and augmentation", limits=(0, 2**31 - 1))
    balance: float | Unset = setting(
        0.0,
        help_text="show classes on a smaller share of the images than this more often (repeat factor); 0: off",
        limits=(0, 1),
        unit="as the share of images below which a class is shown more often",
    )
    background_share: float | Unset | None = setting(
        None,
        help_text="of the images shown, those without objects, 0 to 0.9",
        rule="as many as there are",
        limits=(0, MOST_BACKGROUND),
        unit="as the share of background images",
    )
    keep_background: bool | Unset = setting(True, help_text="train on images without objects")
    patience: int | Unset = setting(
        0,
        help_text="evaluations without a better AP before it stops; 0: never",
        rule="the preset's",
        limits=(0, 1000),
        unit="evaluations of patience",
    )
    ema: float | Unset = setting(
        0.0,
        help_text="use averaged weights, of which so much stays at an iteration; e.g. 0.998; 0: off",
        rule="the preset's",
        limits=(0, 0.99999),
        unit="as the share of averaged weights that stays",
    )
    clip: str | Unset = setting("value", help_text="how gradients are bounded", choices=CLIPS)
    clip_at: float | Unset = setting(
        1.0, help_text="the bound of gradients", limits=(1e-6, 1e6), unit="as the bound of gradients"
    )
    devices: int | Unset = setting(
        1, help_text="GPUs of one machine, a process each; on the CPU, processes", metavar="N", limits=(1, 64)
    )
    mixed_precision: bool | Unset | None = setting(
        None, help_text="fewer digits where they do no harm", rule="on GPUs and CPUs with bfloat16"
    )
    # 0 prepares images in the training process.
    data_workers: int | Unset = setting(
        0,
        help_text="processes that prepare images",
        option="--workers",
        rule="by cores and memory",
        limits=(0, 64),
    )
    checkpoint_every_s: float | Unset = setting(
        CHECKPOINT_EVERY_S,
        help_text="seconds between checkpoints",
        option="--checkpoint-every",
        metavar="S",
        limits=(1, 86_400),
        unit="seconds between checkpoints",
    )
    keep_every: int | Unset = setting(
        0,
        help_text="keep the checkpoint of each Nth iteration besides best and last; 0: none",
        metavar="N",
        limits=(0, 10_000_000),
        unit="iterations between kept checkpoints",
    )
    # Only for failures that core.training.failures.table calls safe.
    retries: int | Unset = setting(
        _MOST_RETRIES,
        help_text="new tries after a failure where that is safe",
        metavar="N",
        limits=(0, _MOST_RETRIES),
        unit="automatic retries",
    )
    hang_after_s: float | Unset = setting(
        _HANG_AFTER_S,
        help_text="seconds without a step or an evaluated image until a run counts as hung; 0: never",
        option="--hang-after",
        metavar="S",
        limits=(0, 86_400),
        unit="seconds until a run counts as hung",
    )
