"""Notes, tags, archive and trash on the pages, used as a user does."""

from pathlib import Path

import pytest

from core.services import runs
from core.settings import Settings
from core.training.run.status import Phase
from pages.sections.runs.notes import without_images
from tests.factories.actors import ADA
from tests.factories.app.pages import open_page, texts, workspace
from tests.factories.runs import RunMaker


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    return workspace(monkeypatch, tmp_path)


def listed(settings: Settings, **parameters: str | list[str]) -> list[str]:
    page = open_page("runs", **parameters)
    assert not page.exception
    return [link.label for link in page.page_link if link.label.startswith("**")]


def test_note_tags_and_name_are_changed_in_one_dialog(settings: Settings) -> None:
    run = RunMaker(name="first").make(settings)
    page = open_page("run", run=run)
    page.button(key="notes-edit").click().run()
    page.text_input(key="notes-name").set_value("the good one")
    page.text_area(key="notes-note").set_value("more **light** <script>alert(1)</script>")
    page.button(key="notes-save").click().run()

    assert not page.exception
    state = runs.describe_run(settings, run)
    assert (state.name, state.note) == ("the good one", "more **light** <script>alert(1)</script>")
    assert "more **light** <script>" in texts(page), "shown by st.markdown, which shows raw HTML as text"
    assert not page.text_area, "the dialog has closed"


def test_a_conflict_with_another_users_note_is_shown_and_the_users_text_stays(settings: Settings) -> None:
    run = RunMaker(name="first").make(settings)
    page = open_page("run", run=run)
    page.button(key="notes-edit").click().run()
    runs.write_note(settings, run, "from Ada", actor=ADA)
    page.text_area(key="notes-note").set_value("from Bob")
    page.button(key="notes-save").click().run()

    assert "from Ada" in page.error[0].value
    assert page.text_area(key="notes-note").value == "from Bob"
    assert runs.describe_run(settings, run).note == "from Ada"

    page.button(key="notes-save").click().run()
    assert runs.describe_run(settings, run).note == "from Bob"


@pytest.mark.parametrize(
    "note",
    [
        "![x](http://evil.example/p.png)",
        "\\![x](http://evil.example/p.png)",
        "\\\\![x][1]\n\n[1]: http://evil.example/p.png",
        "[![x](http://evil.example/p.png)](http://a)",
    ],
)
def test_no_note_holds_an_image(note: str) -> None:
    from markdown_it import MarkdownIt

    assert "<img" in MarkdownIt().render("![x](http://evil.example/p.png)"), "the reference parser knows images"
    assert "<img" not in MarkdownIt().render(without_images(note))


def test_runs_are_chosen_by_tags_in_the_address(settings: Settings) -> None:
    for name, tags in (("one", ["good"]), ("two", ["good", "night"]), ("three", [])):
        runs.change_tags(settings, RunMaker(name=name).make(settings), add=tags, actor=ADA)
    assert listed(settings, tag="good") == ["**two**", "**one**"]
    assert listed(settings, tag=["good", "night"]) == ["**two**"]
    assert listed(settings, tag="nobody-has-this") == []
    assert len(listed(settings)) == 3


def test_tags_and_notes_are_in_the_list_and_in_the_comparison(settings: Settings) -> None:
    picked = [RunMaker(name=f"seed {seed}", seed=seed).make(settings) for seed in (1, 2)]
    runs.change_tags(settings, picked[0], add=["good"], actor=ADA)
    runs.write_note(settings, picked[0], "<b>first</b>\nsecond line", actor=ADA)
    page = open_page("runs", compare=picked)
    assert "&lt;b&gt;first&lt;/b&gt; …" in texts(page)
    rows = page.dataframe[0].value.to_dict("records")
    assert [(list(row["Tags"]), row["Note"]) for row in rows] == [(["good"], "<b>first</b>\nsecond line"), ([], "")]


def test_an_archived_run_is_listed_where_the_address_asks_for_it(settings: Settings) -> None:
    run = RunMaker(name="old").make(settings)
    RunMaker(name="new").make(settings)
    page = open_page("run", run=run)
    page.button(key="more-archive").click().run()
    assert listed(settings) == ["**new**"]
    assert listed(settings, archived="1") == ["**new**", "**old**"]
    page = open_page("run", run=run)
    page.button(key="more-unarchive").click().run()
    assert listed(settings) == ["**new**", "**old**"]


def test_a_deleted_run_can_be_restored_at_once(settings: Settings) -> None:
    run = RunMaker(name="first").make(settings)
    page = open_page("run", run=run)
    page.button(key="more-delete").click().run()
    assert "was moved to the trash" in texts(page)
    assert listed(settings) == []
    # AppTest stays on its first page, even after a switch.
    page.switch_page("pages/runs.py")
    page.button(key="trash-undo").click().run()
    assert "was moved to the trash" not in texts(page)
    assert listed(settings) == ["**first**"]


def test_deleting_an_active_run_is_refused_with_a_remedy(settings: Settings) -> None:
    run = RunMaker(name="alive", phase=Phase.RUNNING).make(settings)
    page = open_page("run", run=run)
    page.button(key="more-delete").click().run()
    assert "Stop it first" in page.error[0].value
    assert page.button(key="more-archive").disabled
    assert runs.describe_run(settings, run).phase == "running"


def test_the_trash_is_listed_with_its_size_and_emptied_one_by_one(settings: Settings) -> None:
    first, second = (RunMaker(name=name).make(settings) for name in ("first", "second"))
    for run in (first, second):
        runs.delete(settings, run, actor=ADA)
    page = open_page("runs", trash="1")
    assert "No runs yet" in texts(page)
    assert "2 runs" in texts(page)
    assert "deleted for good in 30 days" in texts(page).replace("\\", "")
    page.button(key=f"trash-restore-{first}").click().run()
    page.button(key=f"trash-purge-{second}").click().run()
    assert listed(settings) == ["**first**"]
    assert runs.list_trash(settings) == []


def test_many_runs_are_shown_a_page_at_a_time(settings: Settings) -> None:
    made = [RunMaker(name=f"run {number:02d}", iterations=20, seed=number).make(settings) for number in range(23)]
    assert len(listed(settings)) == 20
    assert listed(settings, page="99") == ["**run 02**", "**run 01**", "**run 00**"]
    page = open_page("runs", compare=[made[0], made[1]])
    assert len(page.dataframe) == 2, "runs of another page are compared all the same"
