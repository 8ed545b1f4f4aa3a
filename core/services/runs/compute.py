"""Where runs go: the devices of this machine, or a cluster; and what of a recipe cannot be had there."""

from dataclasses import dataclass

from core.errors import RecipeError
from core.settings import Settings
from core.training.launch.devices import Device, find_devices, slots_for, usable_cores
from core.training.launch.ray_api import JobState
from core.training.launch.ray_launcher import cluster_device, cluster_title, grant_for
from core.training.launch.ray_snapshot import view_of
from core.training.recipe.blockers import Blocker
from core.training.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterState:
    """The cluster that runs are sent to, as last seen; `problem` says why it cannot be asked at the moment."""

    title: str
    is_gpu: bool
    running: int  # runs and evaluations of this app
    waiting: int
    problem: str


def main_device(settings: Settings) -> Device:
    """What a run is planned for: the first device of this machine, or the cluster."""
    return cluster_device(settings.ray_address) if settings.ray_address else find_devices()[0]


def most_devices(settings: Settings) -> int:
    """How many devices one run can have: the GPUs of one machine; 1 on the CPU, where more processes gain nothing."""
    if settings.ray_address:
        return max([1, *(node.gpus for node in view_of(settings.ray_address).snapshot().nodes)])
    return len(find_devices())


def cores_a_process(settings: Settings, processes: int) -> int:
    """The cores that each process of a training has where runs go; 1 where it cannot run there (place_blockers)."""
    try:
        cores = grant_for(processes, view_of(settings.ray_address).snapshot().nodes).cpus if settings.ray_address else 0
    except RecipeError:
        return 1
    return max(1, (cores or usable_cores()) // processes)


def cluster_state(settings: Settings) -> ClusterState | None:
    """The cluster of the settings, in the time that a look at memory takes; None where runs stay on this machine."""
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


def place_blockers(settings: Settings, recipe: Recipe) -> list[Blocker]:
    """What of the recipe cannot be had where runs go."""
    found = []
    if rest := recipe.batch % recipe.devices:
        less, more = recipe.batch - rest, recipe.batch - rest + recipe.devices
        found.append(
            Blocker(
                message=f"A batch of {recipe.batch} images cannot be shared by {recipe.devices} devices.",
                remedy=f"Choose a batch of {less} or {more}." if less else f"Choose a batch of {more}.",
            )
        )
    try:
        _check_devices(settings, recipe.devices)
    except RecipeError as error:
        found.append(Blocker(message=error.message, remedy=error.remedy))
    if (cluster := cluster_state(settings)) and cluster.problem:
        remedy = "Start it, or correct RAY_ADDRESS; without RAY_ADDRESS runs are trained on this machine."
        found.append(Blocker(message=cluster.problem, remedy=remedy))
    return found


def _check_devices(settings: Settings, processes: int) -> None:
    """Raises RecipeError where no machine that runs go to has so many devices."""
    if settings.ray_address:
        grant_for(processes, view_of(settings.ray_address).snapshot().nodes)
        return
    devices = find_devices()
    slots_for(processes, devices)
    if not devices[0].is_gpu and processes > usable_cores():
        raise RecipeError(
            f"The run wants {processes} processes, and this machine has no GPU and {usable_cores()} cores.",
            "Train in one process: on the CPU it uses all cores.",
        )
