"""Label issues: one at a time with three buttons, the list of all, AP before and after, the corrected version.

Address: `suspect` is the id of the open label issue.
"""

from typing import Any

import streamlit as st

from core.errors import AppError
from core.figures.words.label_issues import KIND_WORDS, VERDICT_WORDS, label_issue_table, question_words, score_table
from core.figures.words.numbers import count, counted, percent
from core.services import label_review
from core.services.label_review import ACCEPT, NOTE, REJECT, SKIP, Rescored, Review, label_issue_image, rescore
from pages.sections.evaluate.state import EvaluationView
from pages.widgets import address
from pages.widgets.actor import actor_of, by_words
from pages.widgets.cached import current_settings
from pages.widgets.notices import show_error
from pages.widgets.text import code, escape

_REFUSED = "suspects:refused"  # message and remedy of a refused click, for the next run
_IMAGE_PX = 720
# Digits: Streamlit reserves C and R.
_BUTTONS = (
    (ACCEPT, "Accept", ":material/check:", "1", "The model is right: correct the label."),
    (REJECT, "Reject", ":material/close:", "2", "The label is right."),
    (SKIP, "Skip", ":material/redo:", "3", "Decide later."),
)


def show_label_issues(view: EvaluationView) -> None:
    """The review of an evaluation's label issues at the page's score."""
    reviewed = label_review.review_labels(current_settings(), view.evaluation, view.score)
    if refused := st.session_state.pop(_REFUSED, None):
        show_error(AppError(*refused))
    if reviewed.label_issues.empty:
        st.info("No label issues at this score. A lower score may show more.", icon=":material/task_alt:")
    else:
        _show_issue(view, reviewed)
    if reviewed.can_decide:
        _show_outcome(view, reviewed)
    if not reviewed.label_issues.empty:
        _show_list(view, reviewed)


def _show_issue(view: EvaluationView, reviewed: Review) -> None:
    ids = reviewed.label_issues["suspect_id"].tolist()
    wanted = address.whole("suspect")
    key = wanted if wanted in ids else (reviewed.next_to(0) or ids[0])
    label_issue = reviewed.label_issues.iloc[ids.index(key)].to_dict()
    st.markdown(f"**{KIND_WORDS[label_issue['kind']]}.** {escape(question_words(label_issue, view.names))}")
    # Above the image, so that they stay in place from one label issue to the next, whatever its height.
    if reviewed.can_decide:
        _show_buttons(view, reviewed, label_issue)
    else:
        st.info(
            "This evaluation is of two files, so there is no data set to correct. To decide, import images and labels "
            "as a data set, and evaluate on that.",
            icon=":material/info:",
        )
    st.image(label_issue_image(current_settings(), view.evaluation, label_issue, _IMAGE_PX), width="stretch")
    st.caption("White: labels. Orange: the model.")


def _show_buttons(view: EvaluationView, reviewed: Review, label_issue: dict[str, Any]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="suspect-actions"):
        for verdict, title, icon, shortcut, meaning in _BUTTONS:
            st.button(
                title,
                icon=icon,
                key=f"suspect-{verdict}",
                type="primary" if verdict == label_issue["verdict"] else "secondary",
                help=meaning,
                shortcut=shortcut,
                on_click=_decide,
                args=(view, reviewed, label_issue, verdict),
            )
        st.caption(
            f"{count(reviewed.decided)} of {count(len(reviewed.label_issues))} decided{_who(label_issue)}",
            width="content",
        )
    st.progress(reviewed.decided_share)


def _who(label_issue: dict[str, Any]) -> str:
    """The decision about this label issue and its actor; "" if there is none, or the actor is unknown."""
    by = by_words(label_issue["actor"])
    return f" · this one {VERDICT_WORDS[label_issue['verdict']].lower()}{by}" if by else ""


def _decide(view: EvaluationView, reviewed: Review, label_issue: dict[str, Any], verdict: str) -> None:
    key = int(label_issue["suspect_id"])
    try:
        # The verdict that the user saw; it may have changed since.
        seen = {key: str(label_issue["verdict"])}
        now = label_review.decide(
            current_settings(), view.evaluation, {key: verdict}, view.score, seen, actor=actor_of(current_settings())
        )
    except AppError as error:
        st.session_state[_REFUSED] = (error.message, error.remedy)
        return
    following = now.next_to(key)
    address.put({"suspect": str(following if following is not None else key)})


def _show_outcome(view: EvaluationView, reviewed: Review) -> None:
    """AP against the corrected labels, and the version with the corrections."""
    if not reviewed.corrections:
        st.caption("Accept a label issue to see AP against the corrected labels here.")
        return
    rescored = _rescored(view.evaluation.id, reviewed.digest, view, reviewed)
    with st.container(horizontal=True, gap="medium", key="suspect-scores"):
        for name, before, after in (
            ("AP", rescored.before.ap, rescored.after.ap),
            ("AP50", rescored.before.ap50, rescored.after.ap50),
        ):
            st.metric(f"{name}, corrected", f"{percent(before)} → {percent(after)}", width="content")
    with st.expander("By class"):
        rates = ("AP", "AP corrected", "AP50", "AP50 corrected")
        columns = {title: st.column_config.NumberColumn(format="%.1f") for title in rates}
        st.dataframe(score_table(rescored.to_json()), hide_index=True, column_config=columns, key="suspect-classes")
    st.caption(f":material/info: {NOTE}")
    _show_version(reviewed)


@st.cache_data(max_entries=50, show_spinner="Scoring against the corrected labels")
def _rescored(evaluation: str, digest: str, _view: EvaluationView, _reviewed: Review) -> Rescored:
    return rescore(_view.evaluation, _reviewed)


def _show_version(reviewed: Review) -> None:
    difference = reviewed.difference
    if made := label_review.find_corrected(current_settings(), reviewed):
        st.page_link(
            "pages/dataset.py",
            label=f"Version {made.version} has these corrections",
            icon=":material/arrow_forward:",
            query_params={"dataset": made.dataset, "version": made.version},
        )
        st.caption(escape(made.words))
        return
    version = label_review.next_version(current_settings(), reviewed)
    st.button(
        f"Make version {version} with {counted(difference.total, 'correction')}",
        icon=":material/add_box:",
        type="primary",
        key="suspect-version",
        on_click=_make,
        args=(reviewed,),
    )
    st.caption(f"{difference.words}. {code(reviewed.version)} stays as it is; splits and images are the same.")


def _make(reviewed: Review) -> None:
    try:
        label_review.make_corrected(current_settings(), reviewed, actor=actor_of(current_settings()))
    except AppError as error:
        st.session_state[_REFUSED] = (error.message, error.remedy)


def _show_list(view: EvaluationView, reviewed: Review) -> None:
    files = view.evaluation.truth.images.set_index("image_id")["file_name"]
    calibrated = view.evaluation.calibrated(reviewed.label_issues)
    table = label_issue_table(reviewed.label_issues, view.names, files, calibrated)
    # A new key for each label issue: the selection would stay, and a second click on a row would only clear it.
    key = f"suspects:{view.evaluation.id}:{view.score}:{address.text('suspect')}"
    st.dataframe(
        table if table["Verdict"].any() else table.drop(columns="Verdict"),
        hide_index=True,
        column_config={
            "Score": st.column_config.NumberColumn(format="%.2f", width=52),
            "Calibrated": st.column_config.NumberColumn(format="%.2f", width=72),
        },
        height=260 if len(table) > 6 else "auto",
        key=key,
        on_select=lambda: _choose(key, reviewed),
        selection_mode="single-cell",
    )
    skipped = reviewed.counts[SKIP]
    st.caption(
        "Highest score first. Click a row to open it. Keys 1, 2 and 3 press the buttons."
        + (f" {VERDICT_WORDS[SKIP]}: {count(skipped)}." if skipped else "")
    )


def _choose(key: str, reviewed: Review) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        address.put({"suspect": str(int(reviewed.label_issues["suspect_id"].iloc[int(cells[0][0])]))})
