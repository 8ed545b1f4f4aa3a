"""Copies and near copies, within a split and across splits, against a comparison of every pair."""

from random import Random

import pandas as pd
import pytest

from core.labels.checks.copy_checks import check_copies
from core.labels.checks.thresholds import Thresholds

Table = tuple[pd.DataFrame, pd.DataFrame]


def random_table(seed: int) -> Table:
    """Up to 30 images in four scenes, as copies, near copies and strangers, in random splits."""
    draw = Random(seed)
    number = draw.randint(1, 30)
    scenes = [draw.getrandbits(63) | 1 for _ in range(4)]
    looks = [
        draw.choice(scenes) ^ sum(1 << bit for bit in draw.sample(range(64), draw.choice([0, 0, 1, 3])))
        for _ in range(number)
    ]
    pixels = [f"p{look}" if draw.random() < 0.6 else f"q{index}" for index, look in enumerate(looks)]
    return table(pixels, looks, [draw.choice(["train", "val", "test", ""]) for _ in looks])


def table(pixels: list[str], looks: list[int], splits: list[str]) -> Table:
    """The images and facts of these hashes."""
    ids = range(len(looks))
    images = pd.DataFrame({"image_id": ids, "source": [f"{index}.png" for index in ids], "split": splits})
    hashes = [f"{look:016x}" for look in looks]
    facts = pd.DataFrame({"image_id": ids, "problem": "", "pixels_hash": pixels, "look_hash": hashes})
    return images, facts


def expected(images: pd.DataFrame, facts: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Image -> check and the first partner, by comparing each image with each earlier one."""
    splits, pixels = images["split"].tolist(), facts["pixels_hash"].tolist()
    looks = [int(digest, 16) for digest in facts["look_hash"]]
    result = {}
    for index in range(len(looks)):
        same = [other for other in range(index) if pixels[other] == pixels[index]]
        alike = [other for other in range(index) if (looks[other] ^ looks[index]).bit_count() <= 3]
        across = [
            [other for other in group if splits[other] and splits[index] and splits[other] != splits[index]]
            for group in (same, alike)
        ]
        for check, partners in (
            ("duplicate-across-splits", across[0] or across[1]),
            ("duplicate-image", same),
            ("near-duplicate-image", alike),
        ):
            if partners:
                result[f"{index}.png"] = (check, f"{partners[0]}.png")
                break
    return result


@pytest.mark.parametrize("seed", range(40))
def test_each_image_is_found_with_its_first_partner(seed: int) -> None:
    images, facts = random_table(seed)
    findings = check_copies(images, facts, Thresholds())
    partners = {finding.image: finding.message.split(" as ")[1].split(" (")[0].rstrip(".") for finding in findings}
    assert {finding.image: (finding.check, partners[finding.image]) for finding in findings} == expected(images, facts)


def test_images_that_were_not_decoded_are_no_copies() -> None:
    images, facts = table(["", ""], [0, 0], ["train", "val"])
    assert check_copies(images, facts.assign(look_hash=""), Thresholds()) == []


def test_flat_images_are_no_near_copies() -> None:
    assert check_copies(*table(["a", "b"], [0, 0], ["train", "val"]), Thresholds()) == []


def test_the_number_of_bits_can_be_changed() -> None:
    apart = table(["a", "b"], [1 << 60 | 0b11111, 1 << 60], ["train", "train"])
    assert check_copies(*apart, Thresholds()) == []
    (finding,) = check_copies(*apart, Thresholds(near_duplicate_bits=5))
    assert finding.check == "near-duplicate-image"
