"""The learning curve: its start, its answer in sentences, the chart, a table by class, and its runs."""

from typing import Any, Final

import streamlit as st

from core.figures.learning_curve import learning_curve_figure
from core.figures.words.more_images import LIMITS, gain_words
from core.figures.words.numbers import NONE, count, counted, duration, percent, signed
from core.services import training
from core.services.training import LearningCurve
from core.settings import Settings
from core.training.metrics.more_images import ClassCurve, Gain
from core.training.run.groups import CURVE_SEEDS, USUAL_CURVE_SEEDS
from pages.widgets import address
from pages.widgets.actor import actor_of
from pages.widgets.cached import is_dark
from pages.widgets.charts import show_chart
from pages.widgets.progress import progress_bar
from pages.widgets.text import capital, escape

_HEIGHT: Final = 380


def show_start(settings: Settings, curve: LearningCurve) -> None:
    """What a learning curve is, and the button that starts it."""
    st.subheader("Would more images help?", anchor=False)
    st.markdown(
        f"Trains **{escape(curve.origin_name)}** again on 25, 50 and 100 % of its training images, with the same "
        "number of steps and several seeds. How AP grows from share to share says what twice the images would "
        "bring, for each class."
    )
    for note in curve.notes:
        st.caption(f":material/info: {escape(note)}")
    seeds = st.number_input(
        "Seeds", CURVE_SEEDS[0], CURVE_SEEDS[-1], USUAL_CURVE_SEEDS, key="curve-seeds", width=140,
        help="More seeds tell chance from growth. Each adds three runs.",
    )  # fmt: skip
    if curve.seconds_left:
        took = duration(curve.seconds_left)
        st.caption(f"With {USUAL_CURVE_SEEDS} seeds about {took} of training; the runs wait in the queue.")
    if st.button("Start the runs", type="primary", icon=":material/play_arrow:", key="curve-start"):
        _start(settings, curve.origin, int(seeds))


def show_curve(settings: Settings, curve: LearningCurve) -> None:
    """A curve that was started, as far as it has come."""
    together, *classes = curve.rows
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Would more images help?", anchor=False, width="content")
        if curve.is_complete:
            st.badge(f"All {len(curve.runs)} runs have finished", icon=":material/check_circle:", color="green")
    if not curve.is_complete:
        left = f", about {duration(curve.seconds_left)} of work left" if curve.seconds_left else ""
        st.progress(curve.share_done, text=f"{curve.finished} of {len(curve.runs)} runs have finished{left}")
    for note in curve.notes:
        st.caption(f":material/info: {escape(note)}")
    if (
        curve.ended
        and curve.origin
        and not curve.is_complete
        and st.button("Start what is missing", icon=":material/play_arrow:", type="primary", key="curve-continue")
    ):
        _start(settings, curve.origin, USUAL_CURVE_SEEDS)
    _show_answer(together)
    chosen = _chosen(classes)
    figure = learning_curve_figure([row for row in classes if row.name in chosen] or [together], is_dark())
    show_chart(figure, "curve-chart", _HEIGHT, help=LIMITS)
    st.caption(
        "Bars reach from the lowest to the highest seed. The dotted line is the estimate, with its 95 % interval."
    )
    _show_classes(classes)
    _show_runs(curve)


def _start(settings: Settings, run: str, seeds: int) -> None:
    with progress_bar("Choosing the images") as progress:
        key = training.start_learning_curve(settings, run, progress, seeds, actor=actor_of(settings))
    address.put({"run": run, "curve": key})
    st.rerun()


def _show_answer(row: ClassCurve) -> None:
    """The sentence on all classes, as the first thing seen, and what it comes from."""
    steps = [f"{percent(level.mean)} with {count(level.images)}" for level in row.levels if level.mean is not None]
    with st.container(border=True, key="curve-answer"):
        st.markdown(f"##### {escape(gain_words('', row.gain))}")
        if steps:
            st.caption(f"So far AP {', '.join(steps)} images. This is for more images of every class, like those here.")


def _chosen(classes: list[ClassCurve]) -> list[str]:
    """The classes to draw instead of all together, kept in the address."""
    names = [row.name for row in classes]
    chosen = address.several("class", names)
    if len(names) < 2:
        return chosen
    picked = st.pills(
        "Draw", names, selection_mode="multi",
        help="Lines of these classes, by the images that hold them. None: all classes together.",
        **address.bound("class", chosen, lambda values: list(values), start="default"),
    )  # fmt: skip
    return list(picked)


def _show_classes(classes: list[ClassCurve]) -> None:
    if not classes:
        return
    st.markdown("**Twice the images of each class**")
    st.dataframe([_class_row(row) for row in classes], hide_index=True)
    st.caption("Images and objects at 25, 50 and 100 %. Ranges are over the seeds, AP in per cent.")


def _class_row(row: ClassCurve) -> dict[str, Any]:
    return {
        "Class": row.name,
        "Would bring": _short(row.gain),
        "AP": " → ".join(percent(level.mean) for level in row.levels),
        "Range at 100 %": f"{percent(row.levels[-1].low)} to {percent(row.levels[-1].high)}",
        "Images": " → ".join(count(level.images) for level in row.levels),
        "Objects": " → ".join(count(level.objects) for level in row.levels),
        "In validation": count(row.validation_objects),
    }


def _short(gain: Gain) -> str:
    """The gain in a table's cell."""
    if gain.low is None:
        return f"Cannot say: {gain.reason}"
    span = f"{signed(gain.low)} to {signed(gain.high)} AP"
    return span if gain.verdict != "cannot say" else f"Cannot say ({span})"


def _show_runs(curve: LearningCurve) -> None:
    with st.expander(f"**Runs** · {counted(len(curve.runs), 'run')}", icon=":material/list:", key="curve-runs"):
        for run in curve.runs:
            ap = run.aps.get("")
            words = f"{run.share * 100:.0f} %, seed {run.seed}"
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                if run.run:
                    label = f"{words}{' (the run itself)' if run.is_origin else ''}"
                    st.page_link("pages/run.py", label=label, query_params={"run": run.run}, width=260)
                else:
                    st.markdown(words, width=260)
                st.markdown(capital(run.phase), width=90)
                st.markdown(f"AP {percent(ap)}" if ap is not None else NONE, width=90)
