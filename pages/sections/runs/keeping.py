"""Archives, deletes and restores runs."""

import streamlit as st

from core.figures.words.numbers import ago, counted, data_size
from core.services import runs
from core.services.runs import RunDescription, TrashedRun
from core.settings import Settings
from pages.widgets import address
from pages.widgets.actor import actor_of
from pages.widgets.damage import DELETED
from pages.widgets.text import escape


def show_keeping(settings: Settings, run: RunDescription) -> None:
    """The menu that archives or deletes a run."""
    key = run.run
    with st.popover("More", icon=":material/more_horiz:", key="more-run"):
        if run.archived:
            if st.button("Unarchive", icon=":material/unarchive:", key="more-unarchive"):
                runs.unarchive(settings, key, actor=actor_of(settings))
                st.rerun()
        else:
            help_text = None if run.ended else "Stop it first."
            if st.button(
                "Archive", icon=":material/inventory_2:", key="more-archive", disabled=not run.ended, help=help_text
            ):
                runs.archive(settings, key, actor=actor_of(settings))
                st.rerun()
            st.caption("Hides it from the lists. Nothing else changes.")
        if st.button("Delete", icon=":material/delete:", key="more-delete"):
            deleted = runs.delete(settings, key, actor=actor_of(settings))
            st.session_state[DELETED] = (deleted.run, deleted.name)
            st.switch_page("pages/runs.py")
        st.caption(f"Moves it to the trash, where it {_kept(settings)}. Its evaluations stay.")


def show_undo(settings: Settings) -> None:
    """After a deletion: the deleted run and *Undo*."""
    deleted = st.session_state.get(DELETED)
    if deleted is None:
        return
    key, name = deleted
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="run-deleted"):
        st.markdown(f":material/delete: **{escape(name)}** was moved to the trash.", width="content")
        if st.button("Undo", icon=":material/undo:", key="trash-undo"):
            st.session_state.pop(DELETED)
            runs.restore(settings, key, actor=actor_of(settings))
            st.rerun()
        st.space("stretch")
        if st.button("", icon=":material/close:", type="tertiary", key="trash-dismiss", help="Hide this line"):
            st.session_state.pop(DELETED)
            st.rerun()


def show_trash(settings: Settings) -> None:
    """The deleted runs, folded unless the address says `trash=1`; read only when unfolded."""
    is_open = address.text("trash") == "1"
    card = st.expander("Trash", icon=":material/delete:", key="run-trash", on_change="rerun", expanded=is_open)
    if not card.open:
        return
    with card:
        trash = runs.list_trash(settings)
        if not trash:
            st.caption("Empty. A deleted run " + _kept(settings) + ".")
            return
        size = data_size(sum(run.bytes for run in trash))
        st.caption(f"{counted(len(trash), 'run')}, {size}. A deleted run {_kept(settings)}.")
        for run in trash:
            _show_trashed(settings, run)


def _show_trashed(settings: Settings, run: TrashedRun) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"trash-row-{run.run}"):
        with st.container(gap=None, width=420):
            st.markdown(f"**{escape(run.name)}**")
            left = (
                ""
                if run.days_left is None
                else f" · deleted for good in {counted(max(0, round(run.days_left)), 'day')}"
            )
            st.caption(escape(f"deleted {ago(run.deleted)} · {data_size(run.bytes)}{left}"))
            if run.damaged:
                st.caption(f":orange[:material/broken_image: {escape(run.damaged.words)}]")
        st.space("stretch")
        if st.button("Restore", icon=":material/restore_from_trash:", key=f"trash-restore-{run.run}"):
            runs.restore(settings, run.run, actor=actor_of(settings))
            _forget(run.run)
            st.rerun()
        with st.popover("Delete for good", icon=":material/delete_forever:"):
            st.markdown("Deletes the run, its checkpoints and curves. This cannot be undone.")
            if st.button("Delete for good", type="primary", key=f"trash-purge-{run.run}"):
                runs.purge(settings, run.run, actor=actor_of(settings))
                _forget(run.run)
                st.rerun()


def _forget(run: str) -> None:
    """Withdraws the offer to undo, if it is about this run."""
    if st.session_state.get(DELETED, ("",))[0] == run:
        st.session_state.pop(DELETED)


def _kept(settings: Settings) -> str:
    days = settings.trash_days
    return f"can be restored for {counted(days, 'day')}" if days else "stays until you delete it for good"
