import json
from pathlib import Path

import pytest

from core.figures.words.numbers import counted
from core.files import read_json
from core.services import evaluation as evaluating
from core.settings import Settings
from core.training.launch.launcher import LocalLauncher
from core.training.run.status import Phase
from core.workspace.layout import Layout
from core.workspace.registry import Registry
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.evaluated import EvaluationMaker
from tests.factories.runs import RunMaker
from tests.factories.tiny_dataset import DatasetMaker
from tests.services.evaluation.test_attributes import evaluate_voc


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setattr(LocalLauncher, "spawn", lambda self, folder: None)
    return workspace(monkeypatch, tmp_path)


@pytest.fixture
def evaluation(settings: Settings) -> str:
    dataset = DatasetMaker(train=2, val=12).make(settings)
    return EvaluationMaker(dataset=dataset, missed=0.3, mixed_up=0.3, seed=3).make(settings)


def tiles(page: object) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}  # type: ignore[attr-defined]


def test_without_runs_and_evaluations_the_page_explains_itself(settings: Settings) -> None:
    page = open_page("evaluate")

    assert not page.exception
    assert "No run has a checkpoint yet" in texts(page)


def test_a_run_is_evaluated_on_a_split_of_its_data(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    page = open_page("evaluate", of=run)

    page.button(key="evaluate").click().run()

    (row,) = evaluating.list_evaluations(settings)
    assert (row.run, row.dataset, row.split) == (run, dataset, "val")
    assert page.query_params == {"evaluation": row.id}


def test_a_run_on_images_mapped_by_another_range_is_warned_of(settings: Settings) -> None:
    dataset = DatasetMaker(name="first", facts={"bit_range": [0, 1000]}).make(settings)
    other = DatasetMaker(name="*second*", facts={"bit_range": [0, 4095]}).make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    page = open_page("evaluate", of=run)
    assert not page.warning

    next(box for box in page.selectbox if box.label == "On").select(other).run()
    assert r"those of \*second\* were mapped from 0 to 4,095" in page.warning[0].value


def test_a_result_says_that_its_images_were_mapped_by_another_range(settings: Settings) -> None:
    key = EvaluationMaker(dataset=DatasetMaker(train=2, val=12).make(settings)).make(settings)
    request = Layout(settings.workspace).folder("evaluation", key) / "request.json"
    request.write_text(json.dumps(read_json(request) | {"notes": ["Brightness differs: *so*."]}))
    page = open_page("evaluate", evaluation=key)
    assert not page.exception
    assert [warning.value for warning in page.warning] == [r"Brightness differs\: \*so\*\."]


def test_an_old_link_to_a_run_does_not_evaluate_another_run(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    other = RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    page = open_page("evaluate", of="r-gone00")

    assert page.error[0].value.startswith("There is no run ")
    assert "evaluate" not in [button.key for button in page.button]

    page.selectbox[0].select(other).run()
    page.button(key="evaluate").click().run()
    assert evaluating.list_evaluations(settings)[0].run == other


def test_a_run_without_a_checkpoint_says_so(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    RunMaker(dataset=dataset, classes=("red", "blue")).make(settings)
    empty = RunMaker(name="young", phase=Phase.QUEUED, iteration=0, dataset=dataset, classes=("red", "blue")).make(
        settings
    )
    page = open_page("evaluate", of=empty)

    assert "'young' has no checkpoint yet" in page.error[0].value
    assert "evaluate" not in [button.key for button in page.button]


@pytest.mark.parametrize("preset", ["quick", "thorough"])
def test_test_time_augmentation_can_be_added_to_a_recipe_without_it(settings: Settings, preset: str) -> None:
    dataset = DatasetMaker().make(settings)
    page = open_page("evaluate", of=RunMaker(dataset=dataset, classes=("red", "blue"), preset=preset).make(settings))
    (toggle,) = page.toggle
    assert (toggle.value, toggle.disabled) == ((False, False) if preset == "quick" else (True, True))
    if preset == "quick":
        toggle.set_value(True).run()
    page.button(key="evaluate").click().run()

    (row,) = evaluating.list_evaluations(settings)
    request = read_json(Layout(settings.workspace).folder("evaluation", row.id) / "request.json")
    assert request["mirrored"] == (preset == "quick")


def test_test_time_augmentation_cannot_be_added_for_a_model_without_proposals(settings: Settings) -> None:
    dataset = DatasetMaker().make(settings)
    run = RunMaker(dataset=dataset, classes=("red", "blue"), model="retinanet_R_50_FPN_3x").make(settings)
    (toggle,) = open_page("evaluate", of=run).toggle
    assert (toggle.value, toggle.disabled) == (False, True)


def test_the_tiles_are_the_command_lines_figures(settings: Settings, evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation)

    expected = evaluating.summarise(evaluating.open_evaluation(settings, evaluation), 0.5, 0.5)
    assert not page.exception
    assert tiles(page)["AP"] == f"{expected['ap'] * 100:.1f}"
    assert tiles(page)["AP50"] == f"{expected['ap50'] * 100:.1f}"


def test_the_score_in_the_address_rules_the_counts_and_not_the_ap(evaluation: str) -> None:
    low = tiles(open_page("evaluate", evaluation=evaluation, score="0"))
    high = tiles(open_page("evaluate", evaluation=evaluation, score="0.95"))

    assert low["AP"] == high["AP"]
    assert float(low["Recall"]) > float(high["Recall"])


def test_moving_the_slider_is_kept_in_the_address(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation)

    page.slider(key="address:score").set_value(0.8).run()

    assert page.query_params["score"] == "0.8"


def test_a_cell_in_the_address_is_told_in_words_with_as_many_boxes_as_the_matrix(
    settings: Settings, evaluation: str
) -> None:
    matrix = evaluating.summarise(evaluating.open_evaluation(settings, evaluation))["confusion"]["matrix"]

    page = open_page("evaluate", evaluation=evaluation, cell="0:2")

    assert f"{matrix[0][2]} boxes: missed `red` on" in texts(page)


def test_a_class_and_an_outcome_are_told_in_words(settings: Settings, evaluation: str) -> None:
    rows = evaluating.summarise(evaluating.open_evaluation(settings, evaluation))["per_class"]

    page = open_page("evaluate", evaluation=evaluation, **{"class": "blue"}, outcome="missed")

    assert f"{rows[1]['fn']} missed `blue` on" in texts(page)


@pytest.mark.parametrize(
    ("cause", "words"),
    [("class", "{} of `blue` (wrong class) on"), ("missed", "{} `blue` missed outright on")],
)
def test_a_cause_and_a_class_are_told_in_words(settings: Settings, evaluation: str, cause: str, words: str) -> None:
    outcomes = evaluating.open_evaluation(settings, evaluation).outcomes(0.1, 0.5)
    table = outcomes.truths if cause == "missed" else outcomes.detections
    number = int(((table["cause"] == cause) & (table["category_id"] == 1)).sum())
    assert number > 0

    page = open_page("evaluate", evaluation=evaluation, cause=cause, score="0.1", **{"class": "blue"})

    assert words.format(number if cause == "missed" else counted(number, "false positive")) in texts(page)


def test_the_chip_of_a_cause_removes_it(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, cause="class")

    page.button(key="chip-cause").click().run()

    assert page.query_params == {"evaluation": evaluation}


def test_ticked_causes_are_kept_in_the_address_and_give_the_command_lines_ap(
    settings: Settings, evaluation: str
) -> None:
    page = open_page("evaluate", evaluation=evaluation, tab="Causes")

    page.checkbox(key="address:repair:class").check().run()
    page.checkbox(key="address:repair:missed").check().run()

    opened = evaluating.open_evaluation(settings, evaluation)
    document = evaluating.summarise(opened, repair=evaluating.causes_of(["class", "missed"]))
    before, after = (f"{ap * 100:.1f}" for ap in (document["ap_at_iou"], document["repaired"]["ap"]))
    assert not page.exception
    assert page.query_params["repair"] == ["class", "missed"]
    assert before != after
    assert f"AP at IoU 0.5: {before} → {after} without these mistakes" in texts(page)


def test_each_chip_removes_its_part_of_the_filter(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, **{"class": "blue"}, outcome="missed", image="9")

    page = open_page("evaluate", evaluation=evaluation, **{"class": "blue"}, outcome="missed")
    page.button(key="chip-outcome").click().run()

    assert page.query_params == {"evaluation": evaluation, "class": "blue"}


@pytest.mark.parametrize(
    "parameters",
    [
        {"score": "nan", "iou": "1e9"},
        {"cell": "9:9"},
        {"cell": "2:2"},
        {"cell": "١:٢"},
        {"cause": "bad luck", "repair": "everything"},
        {"class": "<script>", "outcome": "x", "sort": "drop table"},
        {"image": "99999", "page": "-1"},
    ],
    ids=lambda parameters: ",".join(parameters),
)
def test_an_invalid_address_shows_the_whole_evaluation(evaluation: str, parameters: dict[str, str]) -> None:
    page = open_page("evaluate", evaluation=evaluation, **parameters)

    assert not page.exception
    assert not page.error
    assert "**12 images**" in texts(page)


def test_an_evaluation_that_failed_says_why(settings: Settings) -> None:
    folder = settings.workspace / "evaluations" / "e-cutoff"
    folder.mkdir(parents=True)
    Registry(settings).add("evaluation", "e-cutoff", "cut off")

    page = open_page("evaluate", evaluation="e-cutoff")

    assert not page.exception
    assert "stopped at once" in page.error[0].value


def test_an_evaluation_that_does_not_exist_is_a_message_and_no_traceback(settings: Settings) -> None:
    page = open_page("evaluate", evaluation="e-nobody")

    assert not page.exception
    assert "There is no evaluation" in page.error[0].value


def test_the_files_of_another_detector_are_evaluated_and_shown(settings: Settings, tmp_path: Path) -> None:
    truth, found = tmp_path / "truth.json", tmp_path / "found.json"
    image = {"id": 1, "file_name": "one.png", "width": 100, "height": 100}
    box = {"image_id": 1, "category_id": 1, "bbox": [10, 10, 50, 50]}
    annotation = {**box, "id": 1, "area": 2500, "iscrowd": 0}
    document = {"images": [image], "annotations": [annotation], "categories": [{"id": 1, "name": "crane"}]}
    truth.write_text(json.dumps(document))
    found.write_text(json.dumps([{**box, "score": 0.9}]))
    page = open_page("evaluate")

    for field, path in zip(page.text_input, (truth, found), strict=False):
        field.set_value(str(path))
    page.button[-1].click().run()

    assert not page.exception
    assert tiles(page)["AP"] == "100.0"


def test_a_bad_line_of_a_csv_is_a_message_and_the_fields_keep_their_text(settings: Settings, tmp_path: Path) -> None:
    truth, found = tmp_path / "truth.json", tmp_path / "found.csv"
    truth.write_text(json.dumps({"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "crane"}]}))
    found.write_text("image_id,class,score,x1,y1,x2,y2\n1,crane,98,0,0,9,9\n")
    page = open_page("evaluate")

    for field, path in zip(page.text_input, (truth, found), strict=False):
        field.set_value(str(path))
    page.button[-1].click().run()

    assert not page.exception
    assert 'line 2\\: "98"' in page.error[0].value
    assert page.text_input[1].value == str(found)
    assert not evaluating.list_evaluations(settings)


def test_missing_files_show_a_message_with_a_remedy(settings: Settings) -> None:
    page = open_page("evaluate")

    page.button[-1].click().run()

    assert "of the detections is empty" in page.error[0].value
    assert not evaluating.list_evaluations(settings)


def test_a_slice_in_the_address_is_told_in_words_and_its_chip_removes_it(settings: Settings) -> None:
    dataset = DatasetMaker(train=8, val=12).make(settings)
    evaluation = EvaluationMaker(dataset=dataset, split="all", missed=0.3, seed=3).make(settings)

    page = open_page("evaluate", evaluation=evaluation, slice="split:train")

    assert "**8 images**" in texts(page)
    assert page.button(key="chip-slice").label == r"Split\: train"
    page.button(key="chip-slice").click().run()
    assert page.query_params == {"evaluation": evaluation}
    assert "**20 images**" in texts(page)


def test_an_unknown_slice_shows_the_whole_evaluation(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, slice="size:<b>")

    assert not page.exception
    assert "**12 images**" in texts(page)


def test_the_address_keeps_the_view_of_objects(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, outcome="missed")
    page.segmented_control(key="address:view").set_value("objects").run()

    assert not page.exception
    assert page.query_params["view"] == "objects"
    assert "False positives by falling score" in texts(page)


@pytest.mark.parametrize("box", ["truth:1", "truth:99999", "<b>", "detection"])
def test_a_box_in_the_address_opens_its_image(evaluation: str, box: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, image="3", box=box, view="objects")

    assert not page.exception
    assert not page.error
    page.button(key="evaluation-close").click().run()
    assert "box" not in page.query_params
    assert "image" not in page.query_params


def test_ap_of_masks_stands_among_the_tiles(settings: Settings) -> None:
    dataset = DatasetMaker(train=2, val=12, masks="polygons").make(settings)
    evaluation = EvaluationMaker(dataset=dataset, masks=True).make(settings)

    page = open_page("evaluate", evaluation=evaluation)

    expected = evaluating.summarise(evaluating.open_evaluation(settings, evaluation))["segm"]["ap"]
    assert tiles(page)["Mask AP"] == f"{expected * 100:.1f}"


def labels_of(page: object) -> dict[str, str]:
    """The labels and values of the choices on a page."""
    return {box.label: box.value for box in page.selectbox}  # type: ignore[attr-defined]


def test_images_are_filtered_by_an_attribute_in_the_address(settings: Settings, tmp_path: Path) -> None:
    key = evaluate_voc(settings, tmp_path / "voc")
    page = open_page("evaluate", evaluation=key, attribute="difficult", value="1")

    assert not page.exception
    assert (labels_of(page)["Attribute"], labels_of(page)["Value"]) == ("difficult", "1")
    assert "**1 image** that have `difficult: 1`" in texts(page)
    next(box for box in page.selectbox if box.label == "Attribute").select("weather").run()
    assert (page.query_params["attribute"], "value" in page.query_params) == ("weather", False)
    next(box for box in page.selectbox if box.label == "Value").select("day").run()
    assert "**2 images** that have `weather: day`" in texts(page)

    page.button(key="chip-attribute").click().run()
    assert {"attribute", "value"}.isdisjoint(page.query_params)
    assert "**3 images**" in texts(page)


def test_an_evaluation_without_attributes_offers_no_filter_by_them(evaluation: str) -> None:
    page = open_page("evaluate", evaluation=evaluation, attribute="difficult", value="1")

    assert not page.exception
    assert "Attribute" not in labels_of(page)
    assert "that have `" not in texts(page)


def test_damaged_attributes_take_only_their_filter_with_them(settings: Settings, tmp_path: Path) -> None:
    key = evaluate_voc(settings, tmp_path / "voc")
    (Layout(settings.workspace).version("pets", "v1") / "attributes.parquet").write_bytes(b"no parquet")
    page = open_page("evaluate", evaluation=key, attribute="difficult")

    assert not page.exception
    assert "Attribute" not in labels_of(page)
    assert "There is no filter by attributes" in texts(page)
    assert "**3 images**" in texts(page)
