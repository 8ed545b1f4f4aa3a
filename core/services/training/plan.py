"""Plans a training before its start: recipe, facts, blockers."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.services.runs.compute import (
    cores_a_process,
    device_blockers,
    gpu_problem,
    main_device,
    most_devices,
)
from core.services.runs.timing_history import timing_history
from core.services.training import detectron_keys as config_keys
from core.services.training.create_run import free_run_name
from core.services.training.data import TrainingData, open_training_data
from core.services.training.data_blockers import model_blockers
from core.services.training.range_warnings import range_warnings
from core.services.training.request import TrainRequest
from core.services.training.start_weights import starting_point
from core.settings import Settings
from core.training.launch.devices import Device
from core.training.recipe.blockers import Blocker, augmentation_blockers
from core.training.recipe.build import epochs_for, make_recipe
from core.training.recipe.data_workers import Loaders, choose_loaders, free_shared_memory
from core.training.recipe.model_catalogue import Model
from core.training.recipe.norm_statistics import NORM_KEY, keeps_foreign_statistics
from core.training.recipe.overrides import check_overrides, coerce
from core.training.recipe.presets import find_preset
from core.training.recipe.recipe import Recipe
from core.training.run.time_estimate import estimate
from core.workspace.layout import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A setting of the recipe that differs from the preset."""

    setting: str  # the field of Recipe
    preset: Any
    chosen: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A training that can be started if `blockers` is empty. Times are seconds, None if unknown."""

    recipe: Recipe
    data: TrainingData
    model: Model
    device: Device
    name: str
    images: int  # in the training split
    objects: int
    epochs: float
    differences: tuple[Difference, ...]
    seconds: float | None
    seconds_source: str
    blockers: tuple[Blocker, ...]
    warnings: tuple[str, ...]
    weights_file: Path | None
    loaders: Loaders
    most_devices: int = 1  # that one run can use


def default_preset(settings: Settings) -> str:
    """The key of the default preset, which depends on the device."""
    return _preset_for(main_device(settings))


def make_plan(settings: Settings, request: TrainRequest) -> Plan:
    """The plan for a request. Raises AppError for something that does not exist and for invalid numbers."""
    data = open_training_data(settings, request.dataset, request.version)
    device = main_device(settings)
    preset = find_preset(request.preset or _preset_for(device))
    start = starting_point(settings, request, preset)
    model, changes = start.model, start.changes
    images = max(1, _training_images(data, changes.keep_background))
    recipe = make_recipe(preset, images, changes, custom=model if model.is_own else None)
    cores = cores_a_process(settings, recipe.devices)
    loaders = choose_loaders(recipe, device.is_gpu, cores, free_shared_memory())
    usual = replace(make_recipe(preset, images), data_workers=loaders.processes)
    if changes.data_workers is None:
        recipe = replace(recipe, data_workers=loaders.processes)
    else:
        loaders = Loaders(changes.data_workers, "as chosen")
    blockers = [*_data_blockers(data), *model_blockers(model, start.weights.kind, data)]
    blockers += [*augmentation_blockers(model, len(recipe.views) > 1), *device_blockers(settings, recipe)]
    if recipe.overrides:
        keys = config_keys.config_keys(settings)
        blockers += [
            Blocker(message=problem, remedy="Correct the expert settings.")
            for problem in check_overrides(keys, recipe.overrides)
        ]
        recipe = replace(recipe, overrides=coerce(keys, recipe.overrides))
    time = estimate(recipe, device.is_gpu, data.images["val"], timing_history(Layout(settings.workspace)))
    return Plan(
        recipe=recipe,
        data=data,
        model=model,
        device=device,
        name=request.name.strip() or free_run_name(settings, f"{data.name} {preset.key} 1"),
        images=_training_images(data, changes.keep_background),
        objects=data.objects["train"],
        epochs=epochs_for(recipe.iterations, images, recipe.batch),
        differences=_differences(usual, recipe),
        seconds=time.seconds if time else None,
        seconds_source=time.source if time else "not measured on this device yet",
        blockers=tuple(blockers),
        warnings=(*range_warnings(settings, data, recipe), *_warnings(settings, data, recipe, model, device)),
        weights_file=start.weights_file,
        loaders=loaders,
        most_devices=most_devices(settings),
    )


def _preset_for(device: Device) -> str:
    return "finetune" if device.is_gpu else "quick"


def _training_images(data: TrainingData, keep_background: bool | None) -> int:
    return data.images["train"] - (data.background["train"] if keep_background is False else 0)


def _data_blockers(data: TrainingData) -> list[Blocker]:
    remedy = "Import the data set again with another split or with more labels."
    return [
        Blocker(message=f"Data set {data.name!r} is not ready: {reason}.", remedy=remedy) for reason in data.reasons
    ]


def _warnings(settings: Settings, data: TrainingData, recipe: Recipe, model: Model, device: Device) -> list[str]:
    background, cache = data.background["train"], Layout(settings.workspace).weights
    warnings = []
    if background:
        fate = "trained on as background" if recipe.keep_background else "left out"
        have, they_are = ("image has", "it is") if background == 1 else ("images have", "they are")
        warnings.append(f"{background} training {have} no objects; {they_are} {fate}.")
    if data.unlabelled:
        warnings.append(f"{data.unlabelled} images are not labelled yet and are left out.")
    if not device.is_gpu:
        slow = " This model needs one: expect hours." if model.memory != "small" else ""
        why = gpu_problem(settings)
        begins = f"{why} Training" if why else "No GPU was found; training"
        warnings.append(f"{begins} runs on the {device.title}.{slow}")
        if recipe.devices > 1:
            warnings.append(f"{recipe.devices} processes share the CPU: one alone is as fast.")
    if recipe.weights.kind == "zoo" and model.weights and not (cache / model.cached_weights).is_file():
        warnings.append("The COCO weights are downloaded at the start; that needs the internet, or the file by hand.")
    if recipe.weights.kind == "random" and model.memory != "small":
        warnings.append("From random weights this model needs far more images and time than from COCO weights.")
        if keeps_foreign_statistics(model, recipe.norm_statistics, recipe.overrides):
            # Two images of the demo data: a loss of 161 in the first iteration, and of 2.9 with group norm.
            warnings.append(
                f"Its norms are frozen as COCO weights need them, so random ones may diverge. Set {NORM_KEY} to GN in "
                "the expert settings."
            )
    if recipe.background_share is not None and not (background and recipe.keep_background):
        warnings.append("There are no background images to train on, so their share has no effect.")
    if recipe.mixed_precision and not device.is_gpu:
        warnings.append(
            "Mixed precision needs a GPU, or a CPU with bfloat16: any other CPU trains in single precision."
        )
    if recipe.batch > data.images["train"]:
        warnings.append("The batch is larger than the training split: images repeat within an iteration.")
    return warnings


def _differences(preset: Recipe, chosen: Recipe) -> tuple[Difference, ...]:
    left, right = preset.to_json(), chosen.to_json()
    # `own` is the custom model that `model` names.
    settings = [setting for setting in left if setting != "own" and left[setting] != right[setting]]
    return tuple(Difference(setting=setting, preset=left[setting], chosen=right[setting]) for setting in settings)
