"""Plans and starts a training run."""

from collections.abc import Mapping
from typing import Any

from core.actor import Actor
from core.errors import RecipeError
from core.services.training.create_run import NewRun, make_run
from core.services.training.detectron_keys import config_keys
from core.services.training.plan import Plan, make_plan
from core.services.training.request import TrainRequest
from core.settings import Settings
from core.training.launch import launcher as launch
from core.training.recipe import overrides as expert
from core.training.recipe.model_catalogue import Model
from core.workspace.layout import Layout


def plan_run(settings: Settings, request: TrainRequest) -> Plan:
    """The plan for a request: recipe, facts, differences from the preset, blockers.

    Raises AppError for an unknown data set, weights or keys, and for invalid numbers.
    """
    return make_plan(settings, request)


def start_run(
    settings: Settings, request: TrainRequest, launcher: launch.LocalLauncher | None = None, *, actor: Actor
) -> str:
    """Start the training in a separate process and return its run id at once.

    Raises RecipeError for a blocked plan, and leaves nothing behind then.
    """
    return make_run(settings, new_run(plan_run(settings, request)), launcher, actor=actor)


def new_run(chosen: Plan) -> NewRun:
    """The run of a plan, not started yet. Raises RecipeError for a blocked plan."""
    if chosen.blockers:
        first = chosen.blockers[0]
        raise RecipeError(" ".join(blocker.message for blocker in chosen.blockers), first.remedy)
    return NewRun(chosen.name, chosen.recipe, chosen.data, chosen.weights_file)


def has_downloaded(settings: Settings, model: Model) -> bool:
    """Whether a model's published weights are already in the workspace."""
    return bool(model.weights) and Layout(settings.workspace).weights.joinpath(model.cached_weights).is_file()


def check_overrides(settings: Settings, overrides: Mapping[str, Any]) -> list[str]:
    """Faults of expert settings, a sentence each, with similar keys; empty if there are none."""
    return expert.check_overrides(config_keys(settings), overrides)


def expert_yaml(chosen: Plan) -> str:
    """The plan's expert settings as YAML; "" if there are none."""
    return expert.to_yaml(chosen.recipe.overrides)


def parse_expert_yaml(text: str) -> dict[str, Any]:
    """Parse YAML into `overrides` of a request. Raises RecipeError, with the line, for invalid YAML."""
    return expert.from_yaml(text)
