"""The field's words in names and in prose, so that a newcomer meets one word for one thing.

Keys of files, of `--json` and of addresses stay as earlier versions wrote them: a string without a space is taken for
a key. Everything else that stays is in NAMES_THAT_STAY and PROSE_THAT_STAYS with its reason.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = ("core", "pages", "web", "tools", "benchmarks", "tests", "server.py", "streamlit_app.py")
PRODUCT = ("core", "pages", "web", "tools", "server.py", "streamlit_app.py")
TEXTS = ("README.md", "CONTRIBUTING.md", "docs", "core/report/assets", "pages/widgets/assets")
# Made by a program from what the code holds, or a record of what was.
NOT_READ = {"tests/test_words.py", "tests/factories/workspace_be2820a.py", "tests/factories/workspace_be2820a.json"}

# Word -> the field's. A name is cut at underscores and capitals; none of its parts is one of these, or its plural.
NAMES = {
    "picture": "image",
    "outline": "mask",
    "knob": "setting",
    "obstacle": "blocker",
    "alarm": "false positive",
    "judge": "evaluate, Validator",
    "judged": "evaluated, outcomes",
    "judging": "evaluating",
    "looker": "TestTimeAugmentation",
    "team": "process group",
    "leader": "rank zero",
    "suspect": "label issue",
    "desk": "services",
    "brought": "custom",
    "doubted": "label issues",
    "own_model": "custom model",
    "lost_ap": "delta AP",
    "put_away": "archived",
}
# These hide what a variable is: settings, a run, detections, arguments. A test's scope is a few lines.
VAGUE = ("here", "one", "found", "given", "known", "shown")
PROSE = {
    r"pictures?": "image",
    r"outlines?": "mask",
    r"false alarms?": "false positive",
    r"knobs?": "setting",
    r"obstacles?": "blocker",
    r"own models?": "custom model",
    r"lost AP": "delta AP",
    r"judge[sd]?|judging|judgements?": "evaluate, match, decide",
    r"leaders?": "rank 0",
    r"suspects?|suspected": "label issue",
    r"put away": "archived",
    r"the desk|the room|rooms?": "services, package",
    r"what became of": "outcome",
    r"that somebody|somebody (?:brought|brings)|breaks off": "say who does what",
    r"by itself|by themselves|of its own|of their own": "automatically, alone, separate",
    r"Imported by": "nothing: the import contracts say it",
    r"(?:product|interface|redesign)\.md": "nothing: a clone does not hold it",
}

_OF_STATUS = {"pictures": "a key of status.json and of `run --json`"}
# Where ("" is everywhere) -> name -> why it stays.
NAMES_THAT_STAY: dict[str, dict[str, str]] = {
    "": {
        "pictures_ahead": "a key of recipe.json",
        "picture_s": "a key of result.json",
        "false_alarm_cost": "a key of thresholds.json",
        "suspect_id": "a key of decisions and a column of stored tables",
    },
    "core/training/run/status.py": {**_OF_STATUS, "knobs": "a key of its retries"},
    "core/services/runs/summary.py": _OF_STATUS,
    "benchmarks/reading/image_pass.py": {"outline": "an argument of Pillow"},
    "core/labels/reading/accounts.py": {"found": "a key of the accounts in --json"},
    "core/labels/reading/assembling.py": {"found": "a field of the accounts"},
    "pages/sections/datasets/import_accounts.py": {"found": "a field of the accounts"},
    "core/services/training/rerun.py": _OF_STATUS,
    "core/services/training/curve_points.py": _OF_STATUS,
    "core/worker/commands/train.py": _OF_STATUS,
    "core/worker/process/failure_handling.py": {"knobs": "a key of the retries in status.json"},
    "tests/factories/": _OF_STATUS,
    "tests/worker/commands/test_own_splits.py": _OF_STATUS,
    "tests/process/test_failures.py": {"knobs": "a key of the retries in status.json"},
    "core/cli/": {"suspects": "a verb", "suspects_verb": "the function of a verb"},
    "core/evaluation/store.py": {"outlines": "a key of scores.json"},
    "core/figures/images.py": {"outline": "an argument of Pillow"},
    "core/demo/": {"outline": "of a roof", "outlines": "of roofs"},
    "tests/evaluation/test_store.py": {"outline": "a column of stored tables"},
    "tests/pages/": {"suspect": "a key of addresses"},
}
# Where -> words -> why they stay.
PROSE_THAT_STAYS: dict[str, dict[str, str]] = {
    "benchmarks/search/bccd_search.py": {"picture": "a key of its log", "pictures": "a key of its log"},
    "core/cli/nouns/findings.py": {"pictures": "a key of `slices --json`"},
    "core/cli/nouns/label_review.py": {"suspects": "a key of `suspects --json`"},
    "core/evaluation/advice/on_ap.py": {"suspects": "a tab in the addresses of earlier versions"},
    "core/training/failures/table.py": {"picture": "in an exception of earlier versions"},
    "pages/dataset.py": {"pictures": "a tab in the addresses of earlier versions"},
    "pages/sections/evaluate/tabs.py": {"suspects": "a tab in the addresses of earlier versions"},
    "tests/damage/test_rebuilding.py": {"suspects": "a verb"},
    "tests/evaluation/advice/test_on_ap.py": {"suspects": "a tab in the addresses of earlier versions"},
    "tests/pages/": {"suspects": "a tab in the addresses of earlier versions", "pictures": "another one"},
    "tests/process/test_workspace_of_today.py": {"suspects": "a verb"},
    "tests/storage/test_stuck_disk.py": {"suspects": "a verb"},
}


def _files(places: tuple[str, ...], *suffixes: str) -> list[str]:
    paths = [
        path for place in places for path in ((ROOT / place).rglob("*") if (ROOT / place).is_dir() else [ROOT / place])
    ]
    names = {path.relative_to(ROOT).as_posix() for path in paths if path.suffix in suffixes}
    return sorted(names - NOT_READ)


def _reasons(table: dict[str, dict[str, str]], file: str) -> set[str]:
    return {word for place, words in table.items() if file.startswith(place) for word in words}


def _parts(name: str) -> str:
    """A name's parts in the singular, joined by underscores with one at either end."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)
    return "".join(f"_{part.lower().removesuffix('s')}" for part in parts) + "_"


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def name_faults(file: str, text: str) -> list[str]:
    """Each name of a Python text that has a better one, with its line."""
    stay, faults = _reasons(NAMES_THAT_STAY, file), []
    for token in _tokens(text):
        if token.type != tokenize.NAME or token.string in stay:
            continue
        parts = _parts(token.string)
        better = [better for word, better in NAMES.items() if f"_{word}_" in parts]
        if token.string.strip("_").lower() in VAGUE and file.startswith(PRODUCT):
            better.append("the thing that it is")
        faults += [f"{file}:{token.start[0]}: {token.string} -> {better[0]}"] if better else []
    return faults


def prose_faults(file: str, text: str, first: int = 1) -> list[str]:
    """Each word of a text that has a better one, with its line; what stands between backticks is code."""
    stay = _reasons(PROSE_THAT_STAYS, file)
    plain = re.sub(
        r"```.*?```|`[^`\n]*`|\{[^{}\n]*\}", lambda code: re.sub(r"[^\n]", "·", code.group()), text, flags=re.S
    )
    faults = []
    for word, better in PROSE.items():
        for match in re.finditer(rf"(?<![\w/.-])(?:{word})(?![\w/]|-\w)", plain, re.IGNORECASE):
            if match.group().lower() not in stay:
                line = first + plain.count("\n", 0, match.start())
                faults.append(f"{file}:{line}: {match.group()} -> {better}")
    return faults


def _prose_of(text: str) -> Iterator[tuple[int, str]]:
    """Comments and the strings of a Python text that are sentences, each with its first line."""
    for token in _tokens(text):
        is_sentence = token.type == tokenize.STRING and re.search(r"\s", token.string)
        is_title = token.type == tokenize.STRING and re.fullmatch(r"[\"'][A-Z][a-z]+[\"']", token.string)
        if token.type == tokenize.COMMENT or is_sentence or is_title:
            yield token.start[0], token.string


def _texts(places: tuple[str, ...], *suffixes: str) -> Iterator[tuple[str, str]]:
    return ((file, (ROOT / file).read_text("utf-8")) for file in _files(places, *suffixes))


def test_names_are_the_fields() -> None:
    assert [fault for file, text in _texts(CODE, ".py") for fault in name_faults(file, text)] == []


def test_docstrings_comments_and_messages_use_the_fields_words() -> None:
    prose = ((file, *part) for file, text in _texts(CODE, ".py") for part in _prose_of(text))
    assert [fault for file, line, text in prose for fault in prose_faults(file, text, line)] == []


def test_documents_and_assets_use_the_fields_words() -> None:
    texts = [(file, _without_css_outlines(file, text)) for file, text in _texts(TEXTS, ".md", ".js", ".css", ".html")]
    assert [fault for file, text in texts for fault in prose_faults(file, text)] == []


def _without_css_outlines(file: str, text: str) -> str:
    return re.sub(r"outline(-offset)?:", "", text) if file.endswith(".css") else text


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param("small_pictures = 1", ["x.py:1: small_pictures -> image"], id="a part of a name in the plural"),
        pytest.param("class OwnModel: ...", ["x.py:1: OwnModel -> custom model"], id="parts that stand together"),
        pytest.param("own = model", [], id="parts of two names"),
        pytest.param("key = 'pictures'", [], id="a key"),
    ],
)
def test_a_name_with_a_better_word_is_found(text: str, faults: list[str]) -> None:
    assert name_faults("x.py", text) == faults


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "Ten pictures.\nNo\nfalse alarms", ["1: pictures", "3: false alarms"], id="words with their lines"
        ),
        pytest.param("`pictures` and {picture} and\n```\nknobs\n```", [], id="code"),
        pytest.param("docs/pictures/a.png, a-picture-b", [], id="addresses"),
        pytest.param("A Judgement", ["1: Judgement"], id="capitals"),
    ],
)
def test_prose_with_a_better_word_is_found(text: str, words: list[str]) -> None:
    assert [fault.removeprefix("x:").split(" ->")[0] for fault in prose_faults("x", text)] == words
