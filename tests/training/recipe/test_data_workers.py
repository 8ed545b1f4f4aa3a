import pytest

from core.training.recipe.build import make_recipe
from core.training.recipe.changes import RecipeChanges
from core.training.recipe.data_workers import choose_loaders
from core.training.recipe.presets import find_preset

# 2 images of at most 800 x 1333 px, three bytes a pixel, three batches a process: about 19 MB each.
RECIPE = make_recipe(find_preset("finetune"), 100, RecipeChanges(input_sizes=(640, 800), input_max=1333))
EACH = 2 * 3 * 800 * 1333 * 3


@pytest.mark.parametrize(
    ("on_gpu", "cores", "shared", "expected"),
    [
        pytest.param(False, 64, None, 0, id="on the CPU none"),
        pytest.param(True, 6, None, 6, id="one a core"),
        pytest.param(True, 64, None, 8, id="no more than help"),
        pytest.param(True, 16, 2 * EACH * 3 + 1, 3, id="what half of the shared memory holds"),
        pytest.param(True, 16, EACH, 0, id="64 MB of a plain container are too few for large images"),
        pytest.param(True, 1, None, 1, id="one core still reads while the GPU works"),
    ],
)
def test_loaders_follow_cores_and_shared_memory(on_gpu: bool, cores: int, shared: int | None, expected: int) -> None:
    chosen = choose_loaders(RECIPE, on_gpu, cores, shared)
    assert chosen.processes == expected
    assert chosen.reason


def test_a_larger_batch_leaves_room_for_fewer() -> None:
    larger = make_recipe(find_preset("finetune"), 100, RecipeChanges(input_sizes=(640, 800), input_max=1333, batch=8))
    assert choose_loaders(larger, True, 16, 2 * EACH * 4).processes == 1
