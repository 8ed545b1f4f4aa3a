"""A rank of a training other than rank 0: computes its part of each batch and writes nothing."""

import torch

from core.training.launch.devices import Device
from core.training.process.status_reporter import StopSwitch
from core.training.recipe.recipe import Recipe
from core.training.run.folder import RunFolder
from core.training.run.job import Job
from core.worker.commands.train import rank_batches, training_records
from core.worker.data.dataset import open_run_data
from core.worker.data.training_stream import training_stream
from core.worker.engine.distributed import ProcessGroup
from core.worker.engine.hooks import Agree, LearningRate, SeedByIteration, ShareNormalizer
from core.worker.engine.trainer import make_trainer
from core.worker.model.config import make_config
from core.worker.model.detectron import use_all_cores
from core.worker.weights.initial_weights import build_for


def follow(
    folder: RunFolder, recipe: Recipe, job: Job, device: Device, stop: StopSwitch, processes: ProcessGroup
) -> None:
    """Trains together with rank 0 (core.worker.commands.train.train), with its weights, until it ends.

    A signal to this process asks rank 0 for a stop. Raises whatever training raises.
    """
    use_all_cores()
    on_gpu = device.is_gpu and torch.cuda.is_available()
    data = open_run_data(folder, job)
    cfg = make_config(recipe, list(job.classes), "cuda" if on_gpu else "cpu", data.fullest())
    stream = training_stream(training_records(data, recipe, job, cfg), cfg, recipe)
    # Waits for rank 0, which may be downloading weights.
    start = processes.from_rank_zero(None)
    if start is None:  # stopped before it began
        return
    trainer = make_trainer(cfg, build_for(recipe, cfg), rank_batches(stream, cfg, recipe, start, processes))
    trainer.join(processes, start, on_gpu)
    rate = LearningRate(cfg, trainer.optimizer, recipe.rate_until)
    trainer.register_hooks(
        [SeedByIteration(recipe.seed, processes), rate, ShareNormalizer(processes), Agree(processes, stop)]
    )
    trainer.train(start, cfg.SOLVER.MAX_ITER)
