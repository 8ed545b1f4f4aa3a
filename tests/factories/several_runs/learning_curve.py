"""Maker of learning curves in a few milliseconds, with the write functions of the services."""

from dataclasses import replace

from core.settings import Settings
from core.training.run.folder import RunFolder
from core.training.run.groups import IMAGES, GroupPart
from core.training.run.job import read_job, write_job
from core.training.run.splits import RunSplits, write_splits
from core.workspace.layout import Layout
from core.workspace.registry import new_id
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker

SHARES = (0.25, 0.5, 1.0)
IMAGES_OF = {0.25: 10, 0.5: 20, 1.0: 40}
AP_OF = {0.25: 0.30, 0.5: 0.38, 1.0: 0.45}


def finished_run(settings: Settings) -> RunMaker:
    """A maker of finished runs on a new data set of 40 training images."""
    dataset = DatasetMaker(train=40, val=12).make(settings)
    return RunMaker(dataset=dataset, classes=("red", "blue"), images=40, top_ap=AP_OF[1.0])


def make_curve(settings: Settings, without: tuple[int, ...] = ()) -> tuple[str, str]:
    """A learning curve of three seeds, without the runs at some places (from 1). Returns first run and group."""
    maker = finished_run(settings)
    origin, group = maker.make(settings), new_id("g")
    places = [(seed, share) for seed in (1, 2, 3) for share in SHARES]
    for place, (seed, share) in enumerate(places, 1):
        if (seed, share) == (1, 1.0) or place in without:
            continue
        label = f"{share * 100:.0f} % of the images, seed {seed}"
        top = AP_OF[share] + 0.004 * (seed - 2)
        run = replace(maker, name=f"first look, {label}", seed=seed, top_ap=top, images=IMAGES_OF[share]).make(settings)
        folder = RunFolder(Layout(settings.workspace).folder("run", run))
        part = GroupPart(
            group=group,
            name="Learning curve of first look",
            kind=IMAGES,
            place=place,
            of=9,
            label=label,
            origin=origin,
            share=share,
            seed=seed,
        )
        write_job(folder, replace(read_job(folder), group=part))
        ids = range(1, 41)
        write_splits(
            folder, RunSplits(train=tuple(ids[: IMAGES_OF[share]]), val=(), unused=tuple(ids[IMAGES_OF[share] :]))
        )
    return origin, group
