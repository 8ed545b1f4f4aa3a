"""The checks of `--part failures`: the queue, stop, kill and resume, the largest batch, and running out of memory."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any, Final

from core.progress import say_nothing
from core.services import runs, training
from core.training.launch.liveness import observe
from core.training.run.checkpoints import find_checkpoint
from core.training.run.status import ENDED, Phase
from gpu_checks.ground import ACTOR, FROM_RANDOM, Ground, validation
from gpu_checks.report import Check, CheckError

# Two GPU runs of the same recipe differ in their last digits, because sums are in no fixed order there, and training
# makes that grow. A resumed run may be so many times as far from one as the two are from each other, or so far at all.
_TIMES: Final = 5.0
_APART: Final = 0.005
# What another program leaves free, so that a batch of some images is too much.
_FREE_MIB: Final = 5120
_MEMORY: Final = replace(FROM_RANDOM, input_sizes=(800,), test_size=800, mixed_precision=False)


def failures_checks(ground: Ground, has_gpu: bool) -> list[Check]:
    """The checks in the order of their worth."""
    part = _Failures(ground, has_gpu)
    return [
        Check(name="queue of two runs", measure=part.check_queue, least_s=30),
        Check(name="kill -9 and resume", measure=part.check_kill, least_s=25),
        Check(name="stop and resume", measure=part.check_stop, least_s=25),
        Check(name="largest batch", measure=part.check_largest_batch, least_s=25),
        Check(name="out of memory", measure=part.check_out_of_memory, least_s=25, needs_gpu=True),
    ]


class _Failures:
    """The checks, and what one leaves for the next."""

    def __init__(self, ground: Ground, has_gpu: bool) -> None:
        self._ground, self._has_gpu = ground, has_gpu
        self._whole: list[dict[str, float]] = []  # validations of the runs that nobody disturbed
        self._too_large = 0  # a batch that does not fit beside the other program

    def check_queue(self, figures: dict[str, Any]) -> None:
        """Two runs that are started together are trained one after the other. Both have the same recipe and seed."""
        ground = self._ground
        first, second = (ground.start(ground.request(f"whole {place}", ground.sizes.exact)) for place in (1, 2))
        seen: set[tuple[Phase, Phase]] = set()

        def has_ended() -> bool:
            states = [runs.describe_run(ground.settings, run) for run in (first, second)]
            seen.add((Phase(states[0].phase), Phase(states[1].phase)))
            return all(state.ended for state in states)

        try:
            ground.wait(has_ended, "two runs")
        finally:
            for run in (first, second):
                if not runs.describe_run(ground.settings, run).ended:
                    runs.kill(ground.settings, run, actor=ACTOR)
        self._whole = [validation(ground.settings, ground.end(run).run) for run in (first, second)]
        figures["phases"] = sorted(" ".join(pair) for pair in seen)
        figures["apart"] = self._spread()
        if (Phase.RUNNING, Phase.QUEUED) not in seen and (Phase.QUEUED, Phase.RUNNING) not in seen:
            raise CheckError("Neither run waited while the other was trained.")
        if (Phase.RUNNING, Phase.RUNNING) in seen:
            raise CheckError("Both runs were trained at once.")
        if not self._has_gpu and self._spread() != 0:
            raise CheckError("Two runs of one recipe differ on the CPU.")

    def check_kill(self, figures: dict[str, Any]) -> None:
        """A worker that is killed with its loaders loses what came after the last checkpoint, and nothing else."""
        ground = self._ground
        run = ground.start(ground.request("killed", ground.sizes.exact))
        folder = ground.folder_of(run)

        def is_beyond_a_checkpoint() -> bool:
            state, last = runs.describe_run(ground.settings, run), find_checkpoint(folder, "last")
            if state.ended:
                raise CheckError(f"The run was {state.phase} before it could be killed. {state.reason}")
            return last is not None and 0 < last.iteration < state.iteration < state.of_iterations

        ground.wait(is_beyond_a_checkpoint, "a checkpoint")
        before = runs.describe_run(ground.settings, run).iteration
        os.killpg(_pid(ground, run), signal.SIGKILL)
        ground.end(run, Phase.LOST)
        last = find_checkpoint(folder, "last")
        figures.update(killed_after=before, resumes_from=last.iteration if last else 0)
        self._check_resumed(run, figures)

    def check_stop(self, figures: dict[str, Any]) -> None:
        """A stopped run writes a checkpoint and goes on from it."""
        ground = self._ground
        run = ground.start(ground.request("stopped", ground.sizes.exact))
        ground.wait(lambda: runs.describe_run(ground.settings, run).iteration > 0, "a first step")
        runs.stop(ground.settings, run, actor=ACTOR)
        state = ground.end(run, Phase.STOPPED)
        figures["stopped_after"] = state.iteration
        self._check_resumed(run, figures)

    def _check_resumed(self, run: str, figures: dict[str, Any]) -> None:
        """The run goes on and ends as one that nobody disturbed."""
        ground = self._ground
        while len(self._whole) < (2 if self._has_gpu else 1):  # the queue was not checked before
            name = f"whole {len(self._whole) + 1}"
            self._whole.append(validation(ground.settings, ground.train(ground.request(name, ground.sizes.exact)).run))
        runs.resume(ground.settings, run, actor=ACTOR)
        resumed = validation(ground.settings, ground.end(run).run)
        apart, spread = _apart(resumed, self._whole[0]), self._spread()
        figures.update(apart=apart, two_whole_runs_apart=spread, is_bit_equal=apart == 0)
        if apart > (max(_TIMES * spread, _APART) if spread else 0):
            raise CheckError(
                f"The validation loss of the resumed run is {apart:.2%} from that of a whole one, two whole ones are "
                f"{spread:.2%} apart."
            )

    def _spread(self) -> float:
        """How far two undisturbed runs are apart; 0 with only one, as on the CPU, where they are equal."""
        return _apart(*self._whole) if len(self._whole) == 2 else 0.0

    def check_largest_batch(self, figures: dict[str, Any]) -> None:
        """The search for the largest batch ends, on a GPU at one that does not fit into what another program leaves."""
        ground = self._ground
        if not self._has_gpu:
            self._search(ground.request("", ground.sizes.quick), figures)
            return
        with _other_program(ground):
            trials = self._search(ground.request("", _MEMORY), figures)
        too_large = [trial for trial in trials if not trial.fits]
        if not too_large:
            raise CheckError(f"A batch of {trials[-1].batch} fits into {figures['memory_mib']:.0f} MiB.")
        # If it only left too little, the next one will not fit.
        self._too_large = too_large[0].batch * (1 if too_large[0].why == "out of memory" else 2)

    def _search(self, request: training.TrainRequest, figures: dict[str, Any]) -> tuple[Any, ...]:
        checked = training.run_preflight(self._ground.settings, request, say_nothing, True, actor=ACTOR)
        measured = checked.measured
        figures.update(
            batch=measured.batch,
            why=measured.batch_source,
            device=measured.device,
            memory_mib=round(measured.memory_mib),
            trials=[[trial.batch, trial.fits, round(trial.peak_mib), trial.why] for trial in measured.trials],
        )
        if not measured.trials[0].fits or measured.batch < 1:
            raise CheckError("Not even one image fits.")
        return measured.trials

    def check_out_of_memory(self, figures: dict[str, Any]) -> None:
        """A batch that is too large fails in CUDA itself, and the run goes on with half of it, and finishes."""
        ground, batch = self._ground, self._too_large or 8
        request = ground.request("too large", replace(_MEMORY, batch=batch, iterations=4, evaluate_every=8))
        with _other_program(ground):
            state = ground.train(request)
        figures.update(
            batch=batch,
            retries=[[retry.failure, retry.cause, retry.change, retry.iteration] for retry in state.retries],
            iterations=state.of_iterations,
        )
        if not state.retries:
            raise CheckError(f"A batch of {batch} did not run out of memory.")
        first = state.retries[0]
        changed = asdict(first)["knobs"]
        if first.failure != "gpu memory" or list(changed.get("batch", ())) != [batch, batch // 2]:
            raise CheckError(f"It was taken for {first.failure!r}, and changed {changed}.")


def _pid(ground: Ground, run: str) -> int:
    """The process of a run's worker."""
    folder = ground.folder_of(run)
    seen = observe(folder.status, folder.lock)
    if seen.phase in ENDED or not seen.pid:
        raise CheckError(f"The run was {seen.phase} before it could be killed.")
    return seen.pid


def _apart(left: dict[str, float], right: dict[str, float]) -> float:
    """The relative difference of two validation losses; over 0 if any other figure differs."""
    if left == right:
        return 0.0
    a, b = left["val_loss/total"], right["val_loss/total"]
    return max(abs(a - b) / max(abs(a), abs(b)), 1e-12)


@contextmanager
def _other_program(ground: Ground) -> Iterator[None]:
    """Another program takes the GPU's memory but for a rest: only its size is chosen here, the shortage is real."""
    with subprocess.Popen(
        [sys.executable, "-m", "gpu_checks.take_memory", str(_FREE_MIB)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        try:
            assert program.stdout is not None
            if not program.stdout.readline():
                raise CheckError("The other program could not take the GPU's memory.")
            yield
        finally:
            program.kill()
