import pytest

from core.errors import RecipeError
from core.training.recipe.overrides import ConfigKey, check_overrides, coerce, from_yaml, to_yaml

KEYS = {
    "SOLVER.BASE_LR": ConfigKey("float", 0.001, "It is decided by the learning rate."),
    "SOLVER.GAMMA": ConfigKey("float", 0.1),
    "SOLVER.NESTEROV": ConfigKey("bool", False),
    "MODEL.RPN.NMS_THRESH": ConfigKey("float", 0.7),
    "MODEL.RPN.IOU_THRESHOLDS": ConfigKey("list", [0.3, 0.7]),
    "MODEL.RPN.BATCH_SIZE_PER_IMAGE": ConfigKey("int", 256),
    "MODEL.RPN.HEAD_NAME": ConfigKey("str", "StandardRPNHead", choices=("Mine", "StandardRPNHead")),
    "MODEL.ANCHOR_GENERATOR.SIZES": ConfigKey("list", [[32, 64, 128]]),
    "MODEL.PIXEL_MEAN": ConfigKey("list", [103.5, 116.3, 123.7]),
    "SOLVER.STEPS": ConfigKey("tuple", [30000]),
    "SOLVER.WEIGHT_DECAY_BIAS": ConfigKey("NoneType", None),
    "MODEL.FPN.IN_FEATURES": ConfigKey("list", []),
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SOLVER.GAMMA", 0.5),
        ("SOLVER.GAMMA", 1),
        ("SOLVER.GAMMA", "1e-3"),
        ("SOLVER.NESTEROV", True),
        ("MODEL.RPN.IOU_THRESHOLDS", (0.2, 0.8)),
        ("MODEL.RPN.HEAD_NAME", "Mine"),
        ("MODEL.ANCHOR_GENERATOR.SIZES", [[16], [22.6, 32]]),
        ("MODEL.PIXEL_MEAN", [103, 116, 123]),
        ("SOLVER.STEPS", []),
        ("SOLVER.WEIGHT_DECAY_BIAS", 0.0001),
        ("SOLVER.WEIGHT_DECAY_BIAS", None),
        ("MODEL.FPN.IN_FEATURES", ["res3", "res4"]),
    ],
)
def test_values_of_the_right_type_pass(key: str, value: object) -> None:
    assert check_overrides(KEYS, {key: value}) == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("SOLVER.GAMA", 0.5, "Did you mean SOLVER.GAMMA", id="near miss"),
        pytest.param("model.rpn.nms_thresh", 0.5, "Did you mean MODEL.RPN.NMS_THRESH", id="wrong case"),
        pytest.param("SOLVER.BASE_LR", 0.5, "decided by the learning rate", id="refused"),
        pytest.param("SOLVER.GAMMA", "much", "takes a value like 0.1", id="text for a number"),
        pytest.param("SOLVER.GAMMA", float("nan"), "takes a value like", id="not a number"),
        pytest.param("SOLVER.GAMMA", True, "takes a value like", id="switch for a number"),
        pytest.param("MODEL.RPN.BATCH_SIZE_PER_IMAGE", 1.5, "(int)", id="fraction for a count"),
        pytest.param("MODEL.RPN.IOU_THRESHOLDS", 0.5, "(list)", id="number for a list"),
        pytest.param("MODEL.RPN.IOU_THRESHOLDS", [0.3, "0.7"], "(list)", id="text in a list of numbers"),
        pytest.param("MODEL.RPN.IOU_THRESHOLDS", [0.3, 70], "from 0 to 1", id="per cent for a share"),
        pytest.param("MODEL.RPN.NMS_THRESH", 1.7, "from 0 to 1", id="no share"),
        pytest.param("MODEL.RPN.BATCH_SIZE_PER_IMAGE", -1, "cannot be negative", id="negative count"),
        pytest.param("MODEL.ANCHOR_GENERATOR.SIZES", [32, 64], "[[32, 64, 128]]", id="too shallow"),
        pytest.param("MODEL.ANCHOR_GENERATOR.SIZES", [[[32]]], "[[32, 64, 128]]", id="too deep"),
        pytest.param("MODEL.ANCHOR_GENERATOR.SIZES", [], "[[32, 64, 128]]", id="empty"),
        pytest.param("MODEL.PIXEL_MEAN", [100.0], "[103.5, 116.3, 123.7]", id="too short"),
        pytest.param("SOLVER.STEPS", [100.5], "(tuple)", id="fraction in a list of counts"),
        pytest.param("SOLVER.NESTEROV", None, "(bool)", id="nothing for a switch"),
        pytest.param("SOLVER.WEIGHT_DECAY_BIAS", "none", "(NoneType)", id="text for a number or nothing"),
        pytest.param("MODEL.FPN.IN_FEATURES", [3], "(list)", id="numbers for names"),
        pytest.param(
            "MODEL.RPN.HEAD_NAME", "StandartRPNHead", "Did you mean StandardRPNHead", id="near miss of a name"
        ),
        pytest.param("MODEL.RPN.HEAD_NAME", "Other", "It can be: 'Mine', 'StandardRPNHead'", id="unknown name"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_expected(key: str, value: object, said: str) -> None:
    (problem,) = check_overrides(KEYS, {key: value})
    assert said in problem


def test_numbers_are_given_as_detectron2_wants_them() -> None:
    given = {"SOLVER.GAMMA": "1e-3", "MODEL.RPN.NMS_THRESH": 1, "MODEL.RPN.HEAD_NAME": "1"}
    done = coerce(KEYS, given)
    assert done == {"SOLVER.GAMMA": 0.001, "MODEL.RPN.NMS_THRESH": 1.0, "MODEL.RPN.HEAD_NAME": "1"}
    assert isinstance(done["MODEL.RPN.NMS_THRESH"], float)


def test_settings_survive_the_way_through_yaml() -> None:
    settings = {"SOLVER.GAMMA": 0.5, "MODEL.RPN.IOU_THRESHOLDS": [0.2, 0.8], "MODEL.RPN.HEAD_NAME": "Mine"}
    assert from_yaml(to_yaml(settings)) == settings
    assert from_yaml(to_yaml({})) == {}


def test_dotted_and_nested_keys_mean_the_same() -> None:
    assert from_yaml("SOLVER.GAMMA: 0.5") == from_yaml("SOLVER:\n  GAMMA: 0.5") == {"SOLVER.GAMMA": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("SOLVER: [", id="cut off"),
        pytest.param("- a\n- b", id="a list"),
        pytest.param("a: &x [1]\nb: [*x, *x]", id="anchors"),
        pytest.param("a: !!python/object/apply:os.system [ls]", id="code"),
        pytest.param("[" * 5000, id="nested deeply"),
        pytest.param("a: " + "x" * 300_000, id="huge"),
    ],
)
def test_yaml_that_is_no_list_of_settings_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(RecipeError) as caught:
        from_yaml(text)
    assert caught.value.remedy
