import pytest

from core.worker.engine.hooks import LearningRate
from core.worker.engine.optimizer import RATE_SHARE
from core.worker.engine.trainer import StoppableTrainer, make_trainer
from core.worker.model.config import make_config
from core.worker.model.detectron import CfgNode, build
from tests.factories.workers.tiny_run import tiny_recipe


def _trainer(factor: float) -> tuple[CfgNode, StoppableTrainer]:
    overrides = {**tiny_recipe().overrides, "SOLVER.BIAS_LR_FACTOR": factor}
    cfg = make_config(tiny_recipe(10, learning_rate=0.01, warmup=0, decay_at=(5,), overrides=overrides), ["blob"])
    return cfg, make_trainer(cfg, build(cfg), [])


def _rates(cfg: CfgNode, trainer: StoppableTrainer, iteration: int) -> dict[str, set[float]]:
    """The rates that biases and other weights have at an iteration."""
    hook = LearningRate(cfg, trainer.optimizer)
    hook.trainer = trainer
    trainer.iter = iteration
    hook.before_step()
    biases = {id(weight) for name, weight in trainer.model.named_parameters() if name.endswith("bias")}
    rates: dict[str, set[float]] = {"biases": set(), "others": set()}
    for group in trainer.optimizer.param_groups:
        for weight in group["params"]:
            rates["biases" if id(weight) in biases else "others"].add(round(group["lr"], 6))
    return rates


@pytest.mark.parametrize(("iteration", "rate"), [(2, 0.01), (7, 0.001)], ids=["at first", "after the decay"])
def test_biases_learn_at_the_rate_that_the_expert_sets(iteration: int, rate: float) -> None:
    assert _rates(*_trainer(3.0), iteration) == {"biases": {round(3 * rate, 6)}, "others": {rate}}


def test_a_resumed_training_keeps_the_rates_of_biases() -> None:
    cfg, first = _trainer(3.0)
    _, resumed = _trainer(3.0)
    resumed.optimizer.load_state_dict(first.optimizer.state_dict())
    assert _rates(cfg, resumed, 2) == {"biases": {0.03}, "others": {0.01}}


def test_a_checkpoint_of_an_earlier_version_goes_on_at_one_rate() -> None:
    cfg, trainer = _trainer(1.0)
    state = trainer.optimizer.state_dict()
    for group in state["param_groups"]:
        del group[RATE_SHARE]
    trainer.optimizer.load_state_dict(state)
    assert all(RATE_SHARE not in group for group in trainer.optimizer.param_groups)
    assert _rates(cfg, trainer, 2) == {"biases": {0.01}, "others": {0.01}}
