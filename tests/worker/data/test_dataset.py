import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.boxes import area_xyxy
from core.errors import RecipeError
from core.tables import boxes_xyxy
from core.worker.data.augment import evaluation_mapper
from core.worker.data.dataset import BatchPositions, DataVersion, PositionStream, open_data, records, training_batches
from core.worker.model.config import make_config
from tests.factories.tiny_dataset import DatasetMaker
from tests.factories.workers.tiny_run import CLASSES, tiny_data, tiny_recipe


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataVersion:
    maker = DatasetMaker(train=6, val=2, background=2, unlabelled=3)
    return open_data(tiny_data(tmp_path_factory.mktemp("workspace"), maker))


def test_records_carry_the_size_of_the_image_itself(data: DataVersion) -> None:
    for record in records(data, data.split("all")):
        assert Image.open(record["file_name"]).size == (record["width"], record["height"])


def test_records_carry_the_boxes_of_the_table(data: DataVersion) -> None:
    images = data.split("val")
    boxes = [item["bbox"] for record in records(data, images) for item in record["annotations"]]
    np.testing.assert_array_equal(boxes, boxes_xyxy(data.annotations_of(images)))


def test_unlabelled_images_are_left_out_and_background_is_the_recipes_choice(data: DataVersion) -> None:
    kept, dropped = data.split("train"), data.split("train", keep_background=False)
    assert (len(kept), len(dropped)) == (6, 4)
    assert sum(not record["annotations"] for record in records(data, kept)) == 2


def test_a_model_for_masks_refuses_objects_that_have_none(data: DataVersion) -> None:
    with pytest.raises(RecipeError, match="objects with a box only"):
        records(data, data.split("train"), masks=True)


def test_crowd_regions_are_no_training_objects(data: DataVersion) -> None:
    crowded = data.annotations.assign(is_crowd=[True] + [False] * (len(data.annotations) - 1))
    changed = DataVersion(folder=data.folder, images=data.images, annotations=crowded, categories=data.categories)
    record = next(r for r in records(changed, changed.split("train")) if r["annotations"])
    sample = evaluation_mapper(make_config(tiny_recipe(), list(CLASSES)), with_objects=True)(record)
    assert (len(record["annotations"]), len(sample["instances"])) == (2, 1)


def _stream(data: DataVersion, seed: int = 1) -> PositionStream:
    cfg = make_config(tiny_recipe(), list(CLASSES))
    return PositionStream(records(data, data.split("train")), evaluation_mapper(cfg, with_objects=True), seed)


def test_every_epoch_shows_every_image_once_in_an_order_of_its_own(data: DataVersion) -> None:
    stream = _stream(data)
    shown = [stream[position]["image_id"] for position in range(18)]
    epochs = [shown[start : start + 6] for start in (0, 6, 12)]
    assert all(sorted(epoch) == sorted(epochs[0]) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 1


def test_a_stream_that_starts_late_goes_on_as_the_long_one(data: DataVersion) -> None:
    whole = [s["image_id"] for batch in training_batches(_stream(data), 4, range(8), 0) for s in batch]
    np.random.rand(100)  # what happens elsewhere does not matter
    late = [s["image_id"] for batch in training_batches(_stream(data), 4, range(5, 8), 0) for s in batch]
    assert late == whole[5 * 4 :]


@pytest.mark.skipif(sys.platform != "linux", reason="macOS starts its loaders anew")
def test_loaders_are_forked_though_python_3_14_would_not(data: DataVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method("forkserver", force=True)
    try:
        stream = _stream(data)
        # A mapper that cannot be pickled, as a fork server would have to.
        monkeypatch.setattr(stream, "_mapper", lambda record: {"image_id": record["image_id"]})
        (batch,) = training_batches(stream, 4, range(1), 1)
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert [sample["image_id"] for sample in batch] == [stream.record(position)["image_id"] for position in range(4)]


def test_two_seeds_give_two_orders(data: DataVersion) -> None:
    orders = [[_stream(data, seed)[position]["image_id"] for position in range(12)] for seed in (1, 2)]
    assert orders[0] != orders[1]


def test_ranks_share_a_batch_without_overlap() -> None:
    first, second = (list(BatchPositions(4, 2, 4, rank, world=2)) for rank in (0, 1))
    assert (first, second) == ([[8, 10], [12, 14]], [[9, 11], [13, 15]])


def test_boxes_are_scaled_with_the_image(data: DataVersion) -> None:
    record = records(data, data.split("val"))[0]
    sample = evaluation_mapper(make_config(tiny_recipe(), list(CLASSES)), with_objects=True)(record)
    assert tuple(sample["image"].shape) == (3, 64, 64)
    ratio = sample["instances"].gt_boxes.area().numpy() / area_xyxy(
        np.array([a["bbox"] for a in record["annotations"]])
    )
    np.testing.assert_allclose(ratio, (64 / 96) ** 2, rtol=1e-5)


def test_the_folder_of_images_is_the_versions_own(data: DataVersion) -> None:
    assert all(Path(record["file_name"]).parent == data.folder / "images" for record in records(data, data.images))
