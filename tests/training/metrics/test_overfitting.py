"""The overfitting check on generated validation curves of known shape."""

import numpy as np
import pytest

from core.training.metrics.curves import Curve
from core.training.metrics.overfitting import find_overfitting, overfitting_since, overfitting_words
from core.training.recipe.cascade_losses import later_heads
from core.training.run.status import BestFigures, Overfitting

AT = np.arange(100, 2100, 100)  # 20 evaluations
EVERY = np.arange(10, 2010, 10)


def _noisy(values: np.ndarray, seed: int, share: float = 0.02) -> np.ndarray:
    return np.asarray(values * (1 + share * np.random.default_rng(seed).standard_normal(len(values))))


def _turned(at: np.ndarray, lowest: int) -> np.ndarray:
    """Falls from 1.4 to 0.5 and then rises by a third."""
    return np.where(at <= lowest, 0.5 + 0.9 * (1 - at / lowest) ** 2, 0.5 + 0.17 * (at - lowest) / (at[-1] - lowest))


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        pytest.param(_turned(AT, 800), 800, id="turned at 800"),
        pytest.param(np.linspace(1.5, 0.4, 20), None, id="falls to the end"),
        pytest.param(np.full(20, 0.7), None, id="never moved"),
        pytest.param(0.4 + np.exp(-AT / 300), None, id="levels off"),
        pytest.param(0.4 + np.exp(-AT / 300) + 0.004 * (AT > 1200), None, id="rises by one per cent"),
        pytest.param(np.where(AT == 2000, 3.0, np.linspace(1.5, 0.4, 20)), None, id="one bad evaluation at the end"),
        pytest.param(np.where(AT == 900, 2.0, np.linspace(1.5, 0.4, 20)), None, id="a spike that went back"),
        pytest.param(np.where(AT == 700, 0.3, _turned(AT, 800)), 800, id="a lucky evaluation beside the turn"),
        pytest.param(np.linspace(0.4, 1.5, 20), 100, id="worse from the first on"),
    ],
)
def test_the_turn_is_where_validation_rises_for_good(loss: np.ndarray, expected: int | None) -> None:
    assert overfitting_since(AT, loss) == expected


def test_a_turn_is_found_under_noise_within_two_evaluations_of_its_place() -> None:
    found = [overfitting_since(AT, _noisy(_turned(AT, 800), seed)) for seed in range(100)]
    assert all(one is not None and abs(one - 800) <= 200 for one in found)


@pytest.mark.parametrize(
    "loss",
    [
        pytest.param(0.4 + np.exp(-AT / 300), id="levels off"),
        pytest.param(np.linspace(1.5, 0.4, 20), id="falls"),
        pytest.param(np.full(20, 0.7), id="flat"),
    ],
)
@pytest.mark.parametrize("evaluations", [8, 20])
def test_noise_alone_is_seldom_taken_for_a_turn(loss: np.ndarray, evaluations: int) -> None:
    at = AT[:evaluations]
    false = sum(overfitting_since(at, _noisy(loss[:evaluations], seed)) is not None for seed in range(300))
    assert false <= 9


@pytest.mark.parametrize("evaluations", range(5))
def test_a_few_evaluations_show_no_turn(evaluations: int) -> None:
    assert overfitting_since(AT[:evaluations], np.linspace(1, 2, evaluations)) is None


def test_a_loss_that_could_not_be_computed_is_passed_over() -> None:
    loss = np.where(AT == 1000, np.nan, _turned(AT, 800))
    assert overfitting_since(AT, loss) == 800


def _curve(at: np.ndarray, values: np.ndarray) -> Curve:
    return Curve(iterations=at.astype(np.int64), values=values.astype(np.float64), times=at.astype(np.float64))


@pytest.mark.parametrize(
    ("training", "falls"),
    [
        pytest.param(lambda at: 2 - at / 2000, True, id="falls on"),
        pytest.param(lambda at: at / 2000, False, id="rises"),
    ],
)
def test_a_turn_says_whether_training_went_on_falling(training: object, falls: bool) -> None:
    every = np.arange(10, 2010, 10)
    curves = {"val_loss/total": _curve(AT, _turned(AT, 800)), "loss/total": _curve(every, training(every))}  # type: ignore[operator]
    assert find_overfitting(curves) == Overfitting(iteration=800, training_falls=falls)


def _cascade(first: np.ndarray) -> dict[str, Curve]:
    """Losses of a cascade: what its later heads lose rises from nearly nothing, as it does where training goes well."""
    curves = dict[str, Curve]()
    for kind, at in (("val_loss", AT), ("loss", EVERY)):
        later = 3 * (1 - np.exp(-at / 300))
        parts = {"cls_stage0": np.interp(at, AT, first), "cls_stage1": 0.3 * later, "box_reg_stage2": 0.7 * later}
        curves |= {f"{kind}/{name}": _curve(at, values) for name, values in parts.items()}
        curves[f"{kind}/total"] = _curve(at, np.sum(list(parts.values()), axis=0))
    return curves


def test_a_cascade_whose_later_heads_get_more_to_learn_from_has_not_turned() -> None:
    curves = _cascade(np.linspace(1.5, 0.4, 20))
    assert overfitting_since(AT, curves["val_loss/total"].values) == 100
    assert find_overfitting(curves) is None


def test_a_cascade_turns_with_the_losses_that_can_be_compared() -> None:
    assert find_overfitting(_cascade(_turned(AT, 800))) == Overfitting(iteration=800, training_falls=False)


def test_later_heads_are_those_after_the_first_stage() -> None:
    names = ["loss/total", "loss/rpn_cls", "loss/cls", "loss/cls_stage0", "loss/cls_stage1", "val_loss/box_reg_stage12"]
    assert later_heads(names) == ["loss/cls_stage1", "val_loss/box_reg_stage12"]


def test_a_run_without_validation_has_no_turn() -> None:
    assert find_overfitting({"loss/total": _curve(AT, _turned(AT, 800))}) is None


def test_the_turn_in_words_names_the_checkpoint_that_was_kept() -> None:
    said = overfitting_words(Overfitting(iteration=1800, training_falls=True), BestFigures(iteration=1780, ap=0.5))
    assert said == (
        "Validation got worse after iteration 1,800 while the training loss still fell: "
        "the best checkpoint is from 1,780."
    )
    since = Overfitting(iteration=800, training_falls=False)
    assert overfitting_words(since, None) == "Validation got worse after iteration 800."
    assert overfitting_words(None, None) == ""
