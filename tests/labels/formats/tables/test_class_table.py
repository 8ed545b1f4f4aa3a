from pathlib import Path

import pytest

from core.labels.formats.tables.class_table import read_class_table
from tests.labels.formats.tables.reading_tables import make_tree

TABLES = {
    "keras-retinanet": "disgust,0\nfear,1\n",
    "id first": "0,disgust\n1,fear\n",
    "with a header": "class,id\ndisgust,0\nfear,1\n",
    "GTSRB's signnames": "ClassId,SignName\n0,disgust\n1,fear\n",
    "semicolons and quotes": '"disgust";"0"\r\n"fear";"1"\r\n',
    "a mark": "\ufeffdisgust,0\nfear,1\n\n",
    "tabs": "disgust\t0\nfear\t1",
}


@pytest.mark.parametrize("table", TABLES)
def test_names_are_read_by_their_number(tmp_path: Path, table: str) -> None:
    tree = make_tree(tmp_path, {"classes.csv": TABLES[table]})
    assert read_class_table(tree, "classes.csv") == {0: "disgust", 1: "fear"}


def test_names_that_are_numbers_or_words_of_yaml_stay_as_written(tmp_path: Path) -> None:
    tree = make_tree(tmp_path, {"classes.csv": "yes,0\nno,1\n3,2\n"})
    assert read_class_table(tree, "classes.csv") == {0: "yes", 1: "no", 2: "3"}


NO_TABLES = {
    "counts of images": b"a.jpg,3\nb.jpg,5\n",
    "one number twice": b"cat,0\ndog,0\n",
    "three columns": b"cat,0,red\ndog,1,blue\n",
    "no numbers": b"/m/0pcr,Alpaca\n/m/01yrx,Cat\n",
    "negative": b"cat,-1\ndog,0\n",
    "no name": b",0\ndog,1\n",
    "empty": b"",
    "binary": b"\0\1,0\n",
    "a broken quote": b'"cat,0\ndog,1\n',
    "a header alone": b"class,id\n",
}


@pytest.mark.parametrize("table", NO_TABLES)
def test_another_table_is_no_table_of_classes(tmp_path: Path, table: str) -> None:
    tree = make_tree(tmp_path, {"classes.csv": NO_TABLES[table]})
    assert read_class_table(tree, "classes.csv") is None
