"""Groups of runs that were started together: a line of the list, the open group, and the link from a run."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from core.figures.words.numbers import ago, counted, percent
from core.services import training
from core.services.runs import RunDescription, RunSummary
from core.services.training import RunGroup
from core.settings import Settings
from core.training.metrics.overfitting import overfitting_words
from core.training.run.groups import IMAGES, SWEEP, Spread
from pages.widgets import address
from pages.widgets.actor import actor_of
from pages.widgets.badges import chip
from pages.widgets.text import capital, escape

_TITLES = {"ap": "AP", "ap50": "AP50"}
# Kinds of groups that are planned as a whole: "Seed 2 of 3".
_COUNTED = ("seeds", "folds")


def entries(
    listed: Sequence[RunSummary], all_runs: Sequence[RunSummary], picked: Sequence[str]
) -> list[RunSummary | RunGroup]:
    """The entries of the list: a group of the `listed` runs is one entry, with all its runs among `all_runs`.

    Runs that are picked to compare, damaged, or in the open group are single entries.
    """
    opened = address.text("group")
    by_id = {group.group: group for group in training.groups_among(all_runs)}
    lines: dict[str, RunSummary | RunGroup] = {}
    for run in listed:
        part = run.group
        if not part or part.group == opened or run.run in picked or run.damaged:
            lines.setdefault(run.run, run)
        else:
            lines.setdefault(part.group, by_id[part.group])
    return list(lines.values())


def open_group(all_runs: Sequence[RunSummary]) -> RunGroup | None:
    """The group of the address, or None."""
    wanted = address.text("group")
    return next((group for group in training.groups_among(all_runs) if group.group == wanted), None) if wanted else None


def show_group_line(group: RunGroup) -> None:
    """The line of a group in the list of runs."""
    key = group.group
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"group-row-{key}"):
        with st.container(width=370, gap=None):
            page, icon, parameters = _home(group.kind, key, group.origin)
            st.page_link(page, label=f"{icon} **{escape(group.name)}**", query_params=parameters)
            number = group.of if group.kind in _COUNTED else len(group.runs)
            st.caption(f"{counted(number, *_words(group))} · {ago(group.created)}")
        with st.container(width=366):
            st.html(_phases(group), width="content")
        # The runs of a learning curve differ on purpose: no figure stands for them.
        if group.kind != IMAGES:
            ap, ap50 = (_figure(group, name) for name in _TITLES)
            st.markdown(f"AP **{ap}**  \n:small[:gray[AP50 {ap50}]]", width=120)


def show_group(group: RunGroup) -> None:
    """The open group: mean, spread and values of the best and last checkpoints. The list below has its runs."""
    with st.container(border=True, key="group"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.subheader(escape(group.name), anchor=False, width="content")
            st.html(_phases(group), width="content")
            st.space("stretch")
            runs = [run.run for run in group.runs]
            st.page_link("pages/runs.py", label="Compare", icon=":material/stacked_line_chart:",
                         query_params={"group": group.group, "compare": runs})  # fmt: skip
            st.page_link("pages/runs.py", label="All runs", icon=":material/close:")
        with st.container(horizontal=True, gap="medium", key="group-figures"):
            for spreads, words in ((group.best, "Best"), (group.last, "Last")):
                for name, title in _TITLES.items():
                    with st.container(width=180, gap=None):
                        st.metric(f"{words} {title}", plus_minus(spreads[name]))
                        st.caption(" · ".join(percent(value) for value in spreads[name].values))
        for note in group.notes:
            st.caption(f":material/info: {escape(note)}")


def show_membership(run: RunDescription) -> None:
    """On a run's page: its group, and notes about its splits."""
    for note in run.notes:
        st.caption(f":material/info: {escape(note)}")
    if part := run.group:
        of = f" of {part.of}" if part.kind in _COUNTED else ""
        label = f"{escape(capital(part.label))}{of} in {escape(part.name)}"
        page, icon, parameters = _home(part.kind, part.group, part.origin)
        st.page_link(page, label=label, icon=icon, query_params=parameters)


def show_turn(run: RunDescription) -> None:
    """Below the curves: the result of the overfitting check."""
    if said := overfitting_words(run.turned, run.best):
        st.caption(f":material/trending_up: {escape(said)}")


def show_everything(settings: Settings, run: RunDescription) -> None:
    """For an ended run: the button that repeats its recipe on all splits."""
    if not run.ended or not run.recipe or not run.checkpoints:
        return
    with st.popover("Train on everything", icon=":material/select_all:"):
        st.markdown(
            "Repeats this recipe on training, validation and test images, for the model that you will use. The new run "
            "sees each image as often as this run had at its best checkpoint. It has no AP: no image is left to "
            "evaluate on."
        )
        if st.button("Train on everything", type="primary", key="run-everything"):
            new = training.train_on_everything(settings, run.run, actor=actor_of(settings))
            st.switch_page("pages/run.py", query_params={"run": new})


def plus_minus(spread: Spread) -> str:
    """Mean and standard deviation, `52.3 ± 1.8`; only the mean if there is no spread."""
    if spread.deviation is None:
        return percent(spread.mean)
    return f"{percent(spread.mean)} ± {percent(spread.deviation)}"


def _words(group: RunGroup) -> tuple[str, str]:
    return {"seeds": ("seed", "seeds"), "folds": ("fold", "folds")}.get(group.kind, ("run", "runs"))


def _home(kind: str, key: str, origin: str) -> tuple[str, str, dict[str, str]]:
    """The page about a group, its icon, and its address."""
    if kind == SWEEP:
        return "pages/sweep.py", ":material/tune:", {"run": origin, "sweep": key}
    if kind == IMAGES:
        return "pages/learning_curve.py", ":material/stacks:", {"run": origin, "curve": key}
    return "pages/runs.py", ":material/layers:", {"group": key}


def _figure(group: RunGroup, name: str) -> str:
    """Mean and deviation; the best of a sweep, whose trials differ on purpose."""
    if group.kind == SWEEP:
        return percent(max((value for value in group.best[name].values if value is not None), default=None))
    return plus_minus(group.best[name])


def _phases(group: RunGroup) -> str:
    """The phases of a group's runs as chips with counts."""
    counts = Counter(run.phase for run in group.runs)
    chips = (f"{chip(phase or 'damaged')}&nbsp;{number}" for phase, number in counts.items())
    return f'<span style="display:inline-flex;gap:.6em;align-items:center;font-size:.85rem">{"".join(chips)}</span>'
