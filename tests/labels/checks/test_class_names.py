"""Names that are almost the same, and pairs of names that only look so."""

import pytest

from core.labels.checks.class_names import similar_names


@pytest.mark.parametrize(
    ("names", "how"),
    [
        pytest.param(["Helmet", "helmet"], "case", id="case"),
        pytest.param(["ＣＡＴ", "cat"], "case", id="full-width letters"),
        pytest.param(["no-helmet", "no_helmet"], "case, blanks or punctuation", id="hyphen"),
        pytest.param(["person", " person"], "case, blanks or punctuation", id="a leading blank"),
        pytest.param(["car", "cars"], "a plural", id="plural"),
        pytest.param(["Berry", "berries"], "a plural", id="plural of y"),
        pytest.param(["bus", "buses"], "a plural", id="plural of s"),
        pytest.param(["raccoon", "racoon"], "one letter", id="a letter lost"),
        pytest.param(["received", "recieved"], "one letter", id="two letters swapped"),
        pytest.param(["excavator", "excavater"], "one letter", id="a letter changed"),
        pytest.param(["truck", "person", "trucck"], "one letter", id="not neighbours"),
    ],
)
def test_names_that_are_almost_the_same_are_found(names: list[str], how: str) -> None:
    assert list(similar_names(names)) == [(0, len(names) - 1, how)]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["cat", "car", "bat"], id="short words"),
        pytest.param(["mouse", "house"], id="words of five letters"),
        pytest.param(["class1", "class2", "class10"], id="numbers"),
        pytest.param(["blood type a", "blood type b"], id="single letters"),
        pytest.param(["person", "person"], id="equal names"),
        pytest.param(["", " ", "?", "!"], id="no letters"),
        pytest.param(["traffic light", "traffic sign", "hot dog", "dog"], id="shared words"),
    ],
)
def test_names_that_differ_are_not(names: list[str]) -> None:
    assert list(similar_names(names)) == []


def test_the_letters_of_very_many_names_are_not_compared_but_their_case_is() -> None:
    names = [f"part{number}x" for number in range(6000)]
    assert list(similar_names([*names, "raccoon", "racoon", "Racoon"])) == [(6001, 6002, "case")]
