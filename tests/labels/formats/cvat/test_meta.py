"""<meta> of a CVAT file: labels, tasks and their frames."""

from xml.etree.ElementTree import fromstring

import pytest

from core.labels.formats.cvat.meta import Meta, Task, read_meta, whole


def test_a_task_is_read_with_its_facts() -> None:
    text = (
        "<meta><task><id>4</id><subset>Train</subset><mode>interpolation</mode><size>3</size><start_frame>2</start_frame>"
        "<stop_frame>6</stop_frame><frame_filter>step=2</frame_filter><source>C:\\clips\\a.b.mp4</source>"
        "<original_size><width>80</width><height>60</height></original_size>"
        "<labels><label><name> car </name></label><label><name/></label><label><name>car</name></label></labels>"
        "</task></meta>"
    )
    task = Task(id="4", subset="Train", is_video=True, frames=range(2, 7, 2), source="a.b", width=80, height=60)
    assert read_meta(fromstring(text)) == Meta(labels=("car",), tasks=(task,))
    assert task.split == "Train"


def test_an_empty_meta_states_nothing() -> None:
    assert read_meta(fromstring("<meta/>")) == Meta()
    assert read_meta(fromstring("<meta><task/></meta>")) == Meta(tasks=(Task(),))


def test_a_project_has_several_tasks_and_default_is_no_split() -> None:
    tasks = "<task><id>1</id><subset>default</subset></task><task><id>2</id></task>"
    meta = read_meta(fromstring(f"<meta><project><id>9</id><tasks>{tasks}</tasks></project></meta>"))
    assert (meta.is_project, [task.id for task in meta.tasks], meta.tasks[0].split) == (True, ["1", "2"], "")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), (" 12 ", 12), ("", None), (None, None), ("-1", None), ("1.0", None), ("9" * 10, None), ("²", None)],
)
def test_only_whole_numbers_count(text: str | None, number: int | None) -> None:
    assert whole(text) == number
