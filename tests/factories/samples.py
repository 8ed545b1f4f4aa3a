"""Maker of sample predictions: a run on a real data set that finds more objects at each validation."""

from dataclasses import dataclass

import pandas as pd

from core.evaluation.predictions import Truth, choose_images, truth_of
from core.evaluation.validation_samples import SampleBook
from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.status import Phase
from core.workspace.datasets import VersionFolder, load_labels
from core.workspace.layout import Layout
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker


@dataclass(frozen=True, kw_only=True)
class SampledRunMaker:
    """A run of 400 iterations with samples after each of `steps`; it misses less and less."""

    dataset: str
    name: str = "sampled"
    phase: Phase = Phase.FINISHED
    steps: tuple[int, ...] = (100, 200, 300, 400)
    seed: int = 1

    def make(self, settings: Settings) -> str:
        """Writes the run and its samples, and returns its id."""
        names = tuple(self._truth(settings).categories["name"])
        run = RunMaker(name=self.name, phase=self.phase, dataset=self.dataset, classes=names, seed=self.seed).make(
            settings
        )
        for iteration in self.steps:
            self.add_step(settings, run, iteration)
        return run

    def add_step(self, settings: Settings, run: str, iteration: int) -> None:
        """Writes the files of one more validation, as the worker does."""
        truth = self._truth(settings)
        folder = RunFolder(Layout(settings.workspace).folder("run", run))
        SampleBook(folder.samples, truth.images, truth.annotations).write(iteration, self.found(truth, iteration))

    def found(self, truth: Truth, iteration: int) -> pd.DataFrame:
        """The detections of the model at this iteration."""
        left = max(0.05, 0.9 - iteration / 450)
        return EvaluationMaker(dataset=self.dataset, missed=left, strays=3 * left, seed=self.seed).detections(truth)

    def _truth(self, settings: Settings) -> Truth:
        labels = load_labels(VersionFolder(Layout(settings.workspace).version(self.dataset, "v1")))
        return choose_images(truth_of(labels), "val")
