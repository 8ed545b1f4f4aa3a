"""Maker of runs in every phase, in a few milliseconds, with the write functions of launcher and worker."""

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.files import append_json_line, write_json
from core.settings import Settings
from core.training.launch import liveness
from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.presets import find_preset
from core.training.run.checkpoints import list_checkpoints, write_index
from core.training.run.folder import RunFolder
from core.training.run.job import Job, write_job
from core.training.run.status import BestFigures, Phase, Status, write_status
from core.workspace.layout import Layout
from core.workspace.registry import Registry, new_id

CLASSES = ("RBC", "WBC", "Platelets")
_FAILURE = {
    "reason": "The loss became NaN at iteration 151.",
    "exception": "FloatingPointError: Loss became infinite or NaN at iteration=151!",
    "remedy": "Start again with half the learning rate.",
}


@dataclass(frozen=True, kw_only=True)
class RunMaker:
    """The properties of a run; `iteration` defaults to the end for a finished run and to 60 % for any other."""

    name: str = "first look"
    phase: Phase = Phase.FINISHED
    iterations: int = 400
    iteration: int | None = None
    dataset: str = "cells"
    version: str = "v1"
    classes: tuple[str, ...] = CLASSES
    top_ap: float = 0.51
    seed: int = 1
    images: int = 205
    learning_rate: float | None = None
    preset: str = "quick"
    model: str | None = None

    def make(self, settings: Settings) -> str:
        """Writes the run and returns its id. A queued or running one lives as long as this process."""
        layout = Layout(settings.workspace)
        run = new_id("r")
        folder = RunFolder(layout.folder("run", run))
        folder.root.mkdir(parents=True)
        changes = RecipeChanges(
            iterations=self.iterations, learning_rate=self.learning_rate, seed=self.seed, model=self.model
        )
        recipe = make_recipe(find_preset(self.preset), self.images, changes)
        write_json(folder.recipe, recipe.to_json())
        data = layout.version(self.dataset, self.version)
        write_job(
            folder,
            Job(
                run=run,
                name=self.name,
                dataset=self.dataset,
                version=self.version,
                data=data,
                slots=layout.slots,
                weights_cache=layout.weights,
                weights_file=None,
                classes=self.classes,
            ),
        )
        for record in metric_records(self, self.reached, recipe.evaluate_every):
            append_json_line(folder.metrics, record)
        folder.log.write_text("\n".join(_log_lines(self)) + "\n")
        self._write_checkpoints(folder, recipe.evaluate_every)
        write_status(folder.status, self._status(folder))
        if self.phase in (Phase.QUEUED, Phase.STARTING, Phase.RUNNING):
            liveness.hold(folder.lock)
        Registry(settings).add("run", run, self.name)
        return run

    @property
    def reached(self) -> int:
        """Finished iterations."""
        if self.iteration is not None:
            return self.iteration
        return {Phase.FINISHED: self.iterations, Phase.QUEUED: 0}.get(self.phase, self.iterations * 6 // 10)

    def _status(self, folder: RunFolder) -> Status:
        written = Phase.RUNNING if self.phase is Phase.LOST else self.phase
        best = next((checkpoint for checkpoint in list_checkpoints(folder) if checkpoint.kind == "best"), None)
        lives = self.phase in (Phase.RUNNING, Phase.STARTING)
        status = Status(
            phase=written,
            iteration=self.reached,
            of_iterations=self.iterations,
            pictures=self.images,
            eta_s=(self.iterations - self.reached) * 0.7 if lives else None,
            device="CPU, 2 cores",
            pid=99_999_999,
            started=time.time() - 600,
            updated=time.time() - 120,
            best=BestFigures(iteration=best.iteration, ap=best.ap, ap50=best.ap50) if best else None,
            activity="training" if lives else "",
            metrics=_last_values(self),
        )
        if self.phase is Phase.FAILED:
            return status.with_(**_FAILURE)
        if self.phase is Phase.QUEUED:
            return status.with_(reason="Waits for the CPU: 1 run is before it.")
        if self.phase is Phase.STOPPED:
            return status.with_(reason=f"Stopped on request after iteration {self.reached}.")
        return status

    def _write_checkpoints(self, folder: RunFolder, every: int) -> None:
        if not self.reached:
            return
        folder.checkpoints.mkdir(parents=True)
        best: dict[str, Any] | None = None
        (folder.checkpoints / "last.pth").write_bytes(b"no weights in here")
        evaluated = [record for record in metric_records(self, self.reached, every) if "ap" in record]
        if evaluated:
            top = max(evaluated, key=lambda record: float(record["ap"]))
            best = {"iteration": top["iteration"], "ap": top["ap"], "ap50": top["ap50"]}
            (folder.checkpoints / "best.pth").write_bytes(b"no weights in here")
        write_index(folder.checkpoints, last=self.reached, best=best)


def metric_records(maker: RunMaker, until: int, every: int, step: int = 10) -> list[dict[str, Any]]:
    """Lines of metrics.jsonl: a falling training loss every `step` iterations, a validation every `every`."""
    random = np.random.default_rng(maker.seed)
    begin = time.time() - 0.7 * until
    records = []
    for iteration in range(step, until + 1, step):
        fall = math.exp(-3 * iteration / maker.iterations)
        parts = {"rpn_cls": 0.3, "rpn_loc": 0.1, "cls": 0.7, "box_reg": 0.5}
        losses = {
            f"loss/{name}": round(size * (0.25 + fall) * random.uniform(0.85, 1.15), 5) for name, size in parts.items()
        }
        record: dict[str, Any] = {"iteration": iteration, "time": begin + 0.7 * iteration}
        record |= {"loss/total": round(sum(losses.values()), 5), **losses, "lr": 0.01, "step_s": 0.7, "data_s": 0.05}
        record |= {"memory_mib": 1830.0, "cpu": 0.93, "disk_free_mib": 75_000.0, "disk_used_mib": 28_000.0}
        records.append(record)
        # As the worker does: on schedule, and at the end.
        if (iteration % every < step and iteration >= every) or iteration == maker.iterations:
            records.append(_validation(maker, iteration, begin, fall))
    return records


def _validation(maker: RunMaker, iteration: int, begin: float, fall: float) -> dict[str, Any]:
    ap = round(maker.top_ap * (1 - fall * 0.9), 4)
    return {
        "iteration": iteration,
        "time": begin + 0.7 * iteration,
        "val_loss/total": round(1.7 * (0.3 + fall), 5),
        "ap": ap,
        "ap50": min(1.0, round(ap * 1.6, 4)),
        "ap75": round(ap * 1.05, 4),
        **{f"ap/{name}": round(ap * (0.8 + 0.2 * place), 4) for place, name in enumerate(maker.classes)},
    }


def _last_values(maker: RunMaker) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for record in metric_records(maker, maker.reached, max(1, maker.iterations // 4)):
        values |= {name: value for name, value in record.items() if name not in ("iteration", "time")}
    return values


def _log_lines(maker: RunMaker) -> list[str]:
    lines = [f"Run {maker.name}: {maker.iterations} iterations of 2 images on CPU, 2 cores."]
    lines += [f"iteration {done} of {maker.iterations}" for done in range(20, maker.reached + 1, 20)]
    return (
        [*lines, "Traceback (most recent call last):", _FAILURE["exception"]] if maker.phase is Phase.FAILED else lines
    )
