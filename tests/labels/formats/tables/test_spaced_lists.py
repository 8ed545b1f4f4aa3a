from core.labels.formats.tables.spaced_lists import is_spaced_list, read_spaced_list
from core.labels.formats.written import CORNERS_PX, Written


def read(text: str) -> Written:
    written = Written(format="csv")
    read_spaced_list(text, "train.txt", written)
    return written


def test_a_line_is_a_path_with_its_boxes() -> None:
    """keras-yolo3 README: image_file_path box1 box2 ... boxN; box: x_min,y_min,x_max,y_max,class_id (no space)."""
    text = "my dir/a.jpg 50,100,150,200,0 30,50,200,120,3\nb.jpg 120,300,250,600,2\nc.jpg\n"
    written = read(text)
    assert is_spaced_list(text)
    assert [entry.image for entry in written.entries] == ["my dir/a.jpg", "b.jpg", "c.jpg"]
    assert (list(written.entry), written.token, list(written.line)) == ([0, 0, 1], ["0", "3", "2"], [1, 1, 2])
    assert written.groups[0].frame == CORNERS_PX


def test_a_bad_box_is_refused_and_the_others_of_its_line_are_read() -> None:
    written = read("a.jpg 1,2,3,4,0 1,2,3,0 1,x,3,4,0 1,2,3,4,1\n10,20,30,40,0\n")
    assert written.token == ["0", "1", "0"]
    assert [finding.line for finding in written.findings] == [1, 1]
    assert not written.entries[1].is_annotated


def test_a_list_of_paths_is_none_of_boxes() -> None:
    assert not is_spaced_list("a.jpg\nb.jpg\n")
    assert not is_spaced_list("a.jpg 1,2,3,4,0\nfree words\n")
    assert not is_spaced_list("")
