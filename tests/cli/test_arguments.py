"""Which arguments of a command line are options, values of options, or plain arguments."""

import click
import pytest

from core.cli.arguments import SpreadOption, in_order

OPTIONS = [
    click.Option(["--json"], is_flag=True),
    click.Option(["--iterations"], type=int),
    click.Option(["--input-sizes"]),
    click.Option(["--false-positive-cost", "--false-alarm-cost"]),
    SpreadOption(["--accept"], type=int),
    click.Option(["--rename"], nargs=2, multiple=True),
]
BY_NAME = {name: option for option in OPTIONS for name in option.opts}


def read(line: str, is_free: bool = False) -> str:
    """The reordered line; an underscore stands for a blank."""
    args = [part.replace("_", " ") for part in line.split()]
    return " ".join(arg.replace(" ", "_") for arg in in_order(args, BY_NAME, is_free=is_free))


@pytest.mark.parametrize(
    ("line", "ordered"),
    [
        pytest.param("run --json text", "--json -- run text", id="an option between arguments"),
        pytest.param("run -_too_dark --json", "--json -- run -_too_dark", id="a list in Markdown is an argument"),
        pytest.param("run -5 -.5", "-- run -5 -.5", id="numbers are arguments"),
        pytest.param("--iterations -3 run", "--iterations -3 -- run", id="a negative number is a value"),
        pytest.param("--iter 3", "--iterations 3 --", id="a shortened option"),
        pytest.param("--iter=3", "--iterations=3 --", id="a shortened option with its value"),
        pytest.param("--false 3", "--false-alarm-cost 3 --", id="two names of one option are no choice"),
        pytest.param("--i 3", "--i -- 3", id="begins two options: click says so"),
        pytest.param("--frob 3", "--frob -- 3", id="unknown: click says so"),
        pytest.param("run --accept 3 5 --json", "--accept 3 --accept 5 --json -- run", id="several values"),
        pytest.param("run --rename a b --rename -c d", "--rename a b --rename -c d -- run", id="two values each"),
        pytest.param("--accept=3 run", "--accept=3 -- run", id="one of several values"),
        pytest.param("run -- --json -x", "-- run --json -x", id="all arguments behind two dashes"),
        pytest.param("run - x", "-- run - x", id="one dash"),
        pytest.param("", "--", id="nothing"),
    ],
)
def test_options_come_first_and_everything_else_behind_two_dashes(line: str, ordered: str) -> None:
    assert read(line) == ordered


def test_a_free_verb_takes_unknown_options_as_arguments() -> None:
    assert read("run +good -bad --json", is_free=True) == "--json -- run +good -bad"


@pytest.mark.parametrize("line", ["--iterations", "--iterations --json", "--accept", "--accept --json 3", "--rename a"])
def test_an_option_without_its_value_is_refused(line: str) -> None:
    with pytest.raises(click.UsageError, match=r"requires (an argument|2 arguments)"):
        read(line)
