"""The checks of `--part train`: the device, the quick preset, and Faster R-CNN R50-FPN beside a bare loop."""

from typing import Any, Final

from measuring.nowhere import Nowhere

from core.services import runs, training
from core.settings import Settings
from gpu_checks.ground import ACTOR, Ground, check_losses, pace
from gpu_checks.report import NO_GPU, Check, CheckError, NotRunError

# More than this over the bare loop, with 95 % certainty, is wrong.
_MOST_RATIO: Final = 1.1
# What 300 iterations on the demo data reach with every start that the product has.
_LEAST_AP50: Final = 0.25


def train_checks(ground: Ground, facts: dict[str, Any], has_gpu: bool) -> list[Check]:
    """The checks in the order of their worth. `facts` are torch's."""
    return [
        Check(name="device", measure=lambda figures: _check_device(ground.settings, facts, figures), least_s=0),
        Check(name="quick preset", measure=lambda figures: _train_quick(ground, has_gpu, figures), least_s=30),
        Check(
            name="R50-FPN in single precision",
            measure=lambda figures: _train_large(ground, figures, is_mixed=False),
            least_s=25,
        ),
        Check(
            name="R50-FPN in mixed precision",
            measure=lambda figures: _train_large(ground, figures, is_mixed=True),
            least_s=20,
            needs_gpu=True,
        ),
    ]


def _check_device(settings: Settings, facts: dict[str, Any], figures: dict[str, Any]) -> None:
    """The product, which does not ask torch, and torch see the same device."""
    devices = runs.devices(settings)
    slot, gpu = devices.slots[0], facts["gpu"]
    figures.update(device=slot.title, memory_mib=slot.memory_mib, problem=devices.problem, torch=gpu)
    if slot.is_gpu != (gpu is not None):
        raise CheckError(f"The product trains on {slot.title}, and torch sees {gpu['name'] if gpu else 'no GPU'}.")
    if gpu is None:
        raise NotRunError(NO_GPU)
    # The name of a slice has its profile in it, and the title of one of several its number.
    if gpu["name"] not in slot.title:
        raise CheckError(f"The product calls the GPU {slot.title}, torch {gpu['name']}.")
    # The driver keeps some memory, which torch does not see.
    if slot.memory_mib is not None and not 0.9 <= gpu["memory_mib"] / slot.memory_mib <= 1.01:
        raise CheckError(f"The driver says {slot.memory_mib} MiB, torch {gpu['memory_mib']} MiB.")


def _train_quick(ground: Ground, has_gpu: bool, figures: dict[str, Any]) -> None:
    state = ground.train(ground.request("quick", ground.sizes.quick))
    figures.update(pace(ground.settings, state.run))
    figures.update(iterations=state.iteration, seconds=_seconds(ground, state.run), device=state.device)
    figures.update(ap=state.metrics.get("ap"), ap50=state.metrics.get("ap50"))
    check_losses(figures)
    if has_gpu:
        _check_gpu_used(figures, state.device)
        if not (figures["ap50"] or 0) >= _LEAST_AP50:
            raise CheckError(f"AP50 is {figures['ap50']}, not at least {_LEAST_AP50}.")


def _check_gpu_used(figures: dict[str, Any], device: str) -> None:
    if device.startswith("CPU") or not figures["peak_gpu_mib"]:
        raise CheckError(f"The run was trained on {device}, with a peak of {figures['peak_gpu_mib']} MiB of the GPU.")


def _seconds(ground: Ground, run: str) -> float:
    """From the first to the last record of metrics, so validations count and the start does not."""
    lines, _ = runs.read_metrics(ground.settings, run)
    return round(lines[-1]["time"] - lines[0]["time"], 1)


def _train_large(ground: Ground, figures: dict[str, Any], is_mixed: bool) -> None:
    sizes = ground.sizes
    length = sizes.warm_up + sizes.blocks * sizes.block
    request = ground.request(
        f"R50 {'mixed' if is_mixed else 'single'}",
        sizes.large,
        iterations=length,
        evaluate_every=length,
        mixed_precision=is_mixed,
    )
    run = training.start_run(ground.settings, request, Nowhere(), actor=ACTOR)
    numbers = (str(number) for number in (sizes.warm_up, sizes.block, sizes.blocks))
    measured = ground.child("beside_bare_loop", str(ground.folder_of(run).root), *numbers)
    state = ground.end(run)
    figures.update(measured, iterations=state.iteration, batch=request.changes.batch, device=state.device)
    figures.update({name: pace(ground.settings, run)[name] for name in ("first_loss", "last_loss")})
    check_losses(figures)
    if figures["ratio_95"][0] > _MOST_RATIO:
        raise CheckError(f"A step takes {figures['ratio']} times as long as in the bare loop.")
