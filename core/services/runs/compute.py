"""Where runs are trained (this machine's devices or a cluster), and which recipes cannot run there."""

from dataclasses import dataclass

from core.errors import RecipeError
from core.figures.words.numbers import counted
from core.settings import Settings
from core.training.launch.devices import (
    Device,
    find_devices,
    slots_for,
    usable_cores,
    usable_for,
    why_no_gpu,
)
from core.training.launch.ray_api import JobState
from core.training.launch.ray_launcher import cluster_device, cluster_title, grant_for
from core.training.launch.ray_snapshot import view_of
from core.training.recipe.blockers import Blocker
from core.training.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState:
    """Last known state of the cluster; `problem` says why it cannot be reached, "" if it can."""

    title: str
    is_gpu: bool
    running: int  # runs and evaluations of this app
    waiting: int
    problem: str


def main_device(settings: Settings) -> Device:
    """The device that runs are planned for: the first of this machine, or the cluster."""
    return cluster_device(settings.ray_address) if settings.ray_address else find_devices()[0]


def most_devices(settings: Settings) -> int:
    """How many devices a run can use: the GPUs of one machine, or 1 on the CPU, where more processes gain nothing."""
    if settings.ray_address:
        return max([1, *(node.gpus for node in view_of(settings.ray_address).snapshot().nodes)])
    # A MIG slice trains alone.
    return max(1, len(usable_for(2, find_devices())))


def gpu_problem(settings: Settings) -> str:
    """Why runs are trained on the CPU of a machine with a GPU; "" if they are not, or if it has none."""
    return "" if settings.ray_address or find_devices()[0].is_gpu else why_no_gpu()


def cores_a_process(settings: Settings, processes: int) -> int:
    """The cores for each process of a training; 1 if it cannot run at all (`device_blockers` says why)."""
    try:
        cores = grant_for(processes, view_of(settings.ray_address).snapshot().nodes).cpus if settings.ray_address else 0
    except RecipeError:
        return 1
    return max(1, (cores or usable_cores()) // processes)


def cluster_state(settings: Settings) -> ClusterState | None:
    """Cached state of the cluster; None if runs are trained on this machine."""
    if not settings.ray_address:
        return None
    snapshot = view_of(settings.ray_address).snapshot()
    states = [job.state for key, job in snapshot.jobs.items() if key.startswith("detdesk-")]
    return ClusterState(
        title=cluster_title(settings.ray_address),
        is_gpu=main_device(settings).is_gpu,
        running=states.count(JobState.RUNNING),
        waiting=states.count(JobState.PENDING),
        problem=snapshot.problem,
    )


def device_blockers(settings: Settings, recipe: Recipe) -> list[Blocker]:
    """Why the recipe cannot run on this machine's devices or the cluster; empty if it can."""
    blockers = []
    if rest := recipe.batch % recipe.devices:
        less, more = recipe.batch - rest, recipe.batch - rest + recipe.devices
        blockers.append(
            Blocker(
                message=f"A batch of {recipe.batch} images cannot be shared by {recipe.devices} devices.",
                remedy=f"Choose a batch of {less} or {more}." if less else f"Choose a batch of {more}.",
            )
        )
    try:
        _check_devices(settings, recipe.devices)
    except RecipeError as error:
        blockers.append(Blocker(message=error.message, remedy=error.remedy))
    if (cluster := cluster_state(settings)) and cluster.problem:
        remedy = "Start it, or correct RAY_ADDRESS; without RAY_ADDRESS runs are trained on this machine."
        blockers.append(Blocker(message=cluster.problem, remedy=remedy))
    return blockers


def _check_devices(settings: Settings, processes: int) -> None:
    """Raise RecipeError if no machine has so many devices."""
    if settings.ray_address:
        grant_for(processes, view_of(settings.ray_address).snapshot().nodes)
        return
    devices = find_devices()
    slots_for(processes, devices)
    if not devices[0].is_gpu and processes > usable_cores():
        raise RecipeError(
            f"The run wants {processes} processes, and this machine has no GPU and {counted(usable_cores(), 'core')}.",
            "Train in one process: on the CPU it uses all cores.",
        )
