"""Maker of runs of hundreds of thousands of iterations with a line of metrics each, as a worker writes them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from core.settings import Settings
from core.training.metrics.curve_file import curves_of_log, save_curves
from core.training.run.folder import RunFolder
from core.training.run.status import read_status, write_status
from core.workspace.layout import Layout
from tests.factories.runs import RunMaker

_EVALUATION_EVERY = 5000
_PARTS = ("cls", "box_reg", "rpn_cls", "rpn_loc")


def make_long_run(settings: Settings, lines: int, maker: RunMaker) -> str:
    """Writes the run of `maker` with this many iterations and lines of metrics and log, and returns its id."""
    run = replace(maker, iterations=400).make(settings)
    folder = RunFolder(Layout(settings.workspace).folder("run", run))
    with folder.metrics.open("w") as handle:
        handle.writelines(_metric_lines(lines, maker.seed, maker.classes))
    save_curves(folder.curves, curves_of_log(folder.metrics))
    status = read_status(folder.status)
    write_status(folder.status, status.with_(iteration=lines, of_iterations=lines, pictures=maker.images))
    return run


def _metric_lines(lines: int, seed: int, classes: tuple[str, ...]) -> Iterator[str]:
    random = np.random.default_rng(seed)
    began = 1_700_000_000.0
    for iteration in range(1, lines + 1):
        fall = 0.3 + 3 * np.exp(-3 * iteration / lines)
        noise = random.uniform(0.5, 1.5, 6).tolist()
        parts = [f'"loss/{name}": {fall * share:.6f}' for name, share in zip(_PARTS, noise, strict=False)]
        yield (
            f'{{"iteration": {iteration}, "time": {began + iteration:.3f}, "loss/total": {fall * sum(noise[:4]):.6f}, '
            f'{", ".join(parts)}, "data_s": {noise[4] / 50:.6f}, "step_s": {noise[5]:.6f}, "lr": 0.01, '
            f'"memory_mib": 1830.{iteration % 997}, "cpu": 0.93, "disk_free_mib": 74000.5, "disk_used_mib": 28000.5}}\n'
        )
        if iteration % _EVALUATION_EVERY == 0:
            ap = 0.6 * iteration / lines * noise[0] / 1.5
            per_class = "".join(
                f', "ap/{name}": {ap * share / 1.5:.4f}' for name, share in zip(classes, noise, strict=False)
            )
            losses = "".join(f', "val_loss/{name}": {fall:.4f}' for name in ("total", *_PARTS))
            yield (
                f'{{"iteration": {iteration}, "time": {began + iteration:.3f}, "ap": {ap:.4f}, "ap50": {ap * 1.4:.4f}, '
                f'"ap75": {ap:.4f}{per_class}{losses}}}\n'
            )
