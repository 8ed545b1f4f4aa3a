"""The options that change a recipe. What is left out stays with the preset and its rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from core.cli.declaring import Words
from core.cli.values import pairs, whole_numbers, yaml_value
from core.services import training
from core.training.recipe.presets import PRESETS
from core.training.recipe.recipe import CLIPS

AUTO: Final = "auto"
_SWITCH: Final = {"on": True, "off": False}


class _Batch(click.ParamType[int | str]):
    """A number of images, or `auto`."""

    name = "batch"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        if value == AUTO:
            return AUTO
        if not str(value).isdecimal():
            self.fail(f"{value!r} is neither a number of images nor {AUTO}.", param, ctx)
        return int(value)


RECIPE_OPTIONS: Final = (
    click.option(
        "--preset",
        type=Words(tuple(preset.key for preset in PRESETS)),
        help="default: quick without a GPU, else finetune",
    ),
    click.option("--model", default="", help="a model of `models`; default: the preset's"),
    click.option("--weights", default="", help="zoo, starter, own, random, a file, or a run"),
    click.option("--epochs", type=float, help="length; default: the preset's"),
    click.option("--iterations", type=int, help="length, instead of epochs"),
    click.option(
        "--batch",
        type=_Batch(),
        metavar="N|auto",
        help="images an iteration; `auto`: the largest that fits (train and preflight)",
    ),
    click.option("--lr", "--learning-rate", "lr", type=float, help="default: follows the batch size"),
    click.option("--seed", type=int),
    click.option("--input-sizes", default="", metavar="PX,PX", help="short side in training, one at random: `480,640`"),
    click.option("--test-size", type=int, metavar="PX", help="short side in validation and use"),
    click.option("--augment", multiple=True, metavar="KEY=VALUE", help="e.g. `scale=0.3`"),
    click.option("--balance", type=float, help="repeat factor: show classes on a smaller share of images more often"),
    click.option("--background-share", type=float, help="of the images shown, 0 to 0.9; default: as they are"),
    click.option("--frozen", "--frozen-stages", "frozen", type=int, metavar="STAGES", help="of the backbone"),
    click.option("--patience", type=int, help="evaluations without a better AP before it stops; 0: never"),
    click.option("--ema", type=float, help="averaged weights: the share that stays, e.g. 0.998; 0: off"),
    click.option("--clip", type=Words(CLIPS), help="how gradients are bounded"),
    click.option("--clip-at", type=float, help="their bound; default: 1"),
    click.option("--devices", type=int, metavar="N", help="GPUs of one machine; on the CPU, processes; default: 1"),
    click.option("--mixed-precision", type=Words(tuple(_SWITCH)), help="default: on GPUs and CPUs with bfloat16"),
    click.option(
        "--workers",
        "--data-workers",
        "workers",
        type=int,
        help="processes that prepare images; default: by cores and memory",
    ),
    click.option("--checkpoint-every", type=float, metavar="S", help="seconds between checkpoints; default: 120"),
    click.option("--keep-every", type=int, metavar="N", help="keep the checkpoint of each Nth iteration; 0: none"),
    click.option("--retries", type=int, metavar="N", help="after a failure where that is safe; default: 2"),
    click.option("--hang-after", type=float, metavar="S", help="seconds without a step; default: 300; 0: never"),
    click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="a Detectron2 key"),
)


def recipe_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare every option that changes a recipe."""
    for declare in reversed(RECIPE_OPTIONS):
        function = declare(function)
    return function


def request_of(**given: Any) -> training.TrainRequest:
    """The request that the options stand for. Raises AppError for a value that is none."""
    return training.TrainRequest(
        dataset=given["dataset"],
        preset=given["preset"] or "",
        model=given["model"],
        weights=given["weights"],
        epochs=given["epochs"],
        iterations=given["iterations"],
        batch=None if given["batch"] == AUTO else given["batch"],
        lr=given["lr"],
        seed=given["seed"],
        input_sizes=whole_numbers(given["input_sizes"], "--input-sizes"),
        test_size=given["test_size"],
        strengths=pairs(given["augment"], "--augment", "KEY=VALUE"),
        balance=given["balance"],
        background_share=given["background_share"],
        frozen_stages=given["frozen"],
        patience=given["patience"],
        ema=given["ema"],
        clip=given["clip"],
        clip_at=given["clip_at"],
        mixed_precision=_SWITCH.get(given["mixed_precision"] or ""),
        devices=given["devices"],
        data_workers=given["workers"],
        checkpoint_every_s=given["checkpoint_every"],
        keep_every=given["keep_every"],
        retries=given["retries"],
        hang_after_s=given["hang_after"],
        overrides={key: yaml_value(value) for key, value in pairs(given["overrides"], "--set", "KEY=VALUE").items()},
        name=given.get("name", ""),
    )
