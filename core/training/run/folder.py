"""The files of a run's folder, by name, and who writes each."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths in a run's folder. Each file has one writer."""

    root: Path

    @property
    def recipe(self) -> Path:
        """recipe.json (core.training.recipe.recipe), written before the start. `resume` and `extend` replace it."""
        return self.root / "recipe.json"

    @property
    def job(self) -> Path:
        """job.json, written by the launcher: the folders of data, slots and weights (core.training.run.job)."""
        return self.root / "job.json"

    @property
    def splits(self) -> Path:
        """splits.json (core.training.run.splits), if the run has other splits than its data version."""
        return self.root / "splits.json"

    @property
    def status(self) -> Path:
        """status.json (core.training.run.status), written by the worker."""
        return self.root / "status.json"

    @property
    def metrics(self) -> Path:
        """metrics.jsonl (core.training.metrics.log), appended by the worker."""
        return self.root / "metrics.jsonl"

    @property
    def curves(self) -> Path:
        """curves.npz (core.training.metrics.curve_file): the metrics at a bounded size; can be deleted at any time."""
        return self.root / "curves.npz"

    @property
    def log(self) -> Path:
        """log.txt: standard output and error of the worker."""
        return self.root / "log.txt"

    @property
    def weights(self) -> Path:
        """weights.json: the outcome of each tensor of the start weights, written by the worker."""
        return self.root / "weights.json"

    @property
    def lock(self) -> Path:
        """worker.lock: held by lockf for the worker's whole life."""
        return self.root / "worker.lock"

    @property
    def cluster(self) -> Path:
        """cluster.json (core.training.launch.ray_launcher), written by the launcher: the cluster's job, if any."""
        return self.root / "cluster.json"

    @property
    def launch_lock(self) -> Path:
        """launch.lock: held by flock during a start, resume or kill of the run; never by the worker."""
        return self.root / "launch.lock"

    @property
    def stop_request(self) -> Path:
        """requests/stop, created by a page to stop with a checkpoint; the launcher removes it before a start."""
        return self.root / "requests" / "stop"

    @property
    def checkpoints(self) -> Path:
        """last.pth, best.pth and index.json ({"last": {iteration}, "best": {iteration, ap, ap50} | null})."""
        return self.root / "checkpoints"

    @property
    def samples(self) -> Path:
        """The detections on a few fixed validation images at every evaluation (core.evaluation.validation_samples)."""
        return self.root / "samples"

    @property
    def repaired_from(self) -> Path:
        """repaired_from.json: which failed run this one repairs, from which iteration on, and what was changed."""
        return self.root / "repaired_from.json"

    @property
    def repaired_by(self) -> Path:
        """repaired_by.json: the run that repairs this failed one. core.services.training.recovery writes both."""
        return self.root / "repaired_by.json"

    @property
    def environment(self) -> Path:
        """environment.json (core.worker.engine.environment): packages, device, data hash and revision of each start."""
        return self.root / "environment.json"

    @property
    def notes(self) -> Path:
        """notes.json (core.training.run.notes), written by pages and command line: note, tags, archived or not."""
        return self.root / "notes.json"
