"""A process of a training beside the leader: computes its part of each batch and writes nothing. core.worker only."""

import torch

from core.training.devices import Device
from core.training.job import Job
from core.training.recipe import Recipe
from core.training.run_folder import RunFolder
from core.worker.config import make_config
from core.worker.data import open_run_data
from core.worker.detectron import use_all_cores
from core.worker.hooks import Agree, LearningRate, SeedByIteration, ShareNormalizer
from core.worker.reporting import StopSwitch
from core.worker.starting import build_for
from core.worker.stream import training_stream
from core.worker.team import Team
from core.worker.trainer import make_trainer
from core.worker.training import team_batches, training_records


def follow(folder: RunFolder, recipe: Recipe, job: Job, device: Device, stop: StopSwitch, team: Team) -> None:
    """Train beside the leader (core.worker.training.train), with its weights, until it ends.

    A signal that this process gets asks the leader for a stop. Raises whatever training raises.
    """
    use_all_cores()
    on_gpu = device.is_gpu and torch.cuda.is_available()
    data = open_run_data(folder, job)
    cfg = make_config(recipe, list(job.classes), "cuda" if on_gpu else "cpu", data.fullest())
    stream = training_stream(training_records(data, recipe, job, cfg), cfg, recipe)
    # Here it waits for the leader, which may be downloading weights.
    start = team.from_leader(None)
    if start is None:  # it was stopped before it began
        return
    trainer = make_trainer(cfg, build_for(recipe, cfg), team_batches(stream, cfg, recipe, start, team))
    trainer.join(team, start, on_gpu)
    rate = LearningRate(cfg, trainer.optimizer, recipe.rate_until)
    trainer.register_hooks([SeedByIteration(recipe.seed, team), rate, ShareNormalizer(team), Agree(team, stop)])
    trainer.train(start, cfg.SOLVER.MAX_ITER)
