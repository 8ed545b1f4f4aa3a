"""Text in the encodings that label files have."""

import pytest

from core.labels.sources.text import decode, guesses

WORDS = "k\u00e4fer\n"


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (WORDS.encode(), WORDS, "utf-8"),
        (WORDS.encode("utf-8-sig"), WORDS, "utf-8-sig"),
        (WORDS.encode("utf-16"), WORDS, "utf-16"),
        (WORDS.encode("utf-32"), WORDS, "utf-32"),
        ("<a>\u00e4</a>".encode("utf-16-le"), "<a>\u00e4</a>", "utf-16-le"),
        ("<a>\u00e4</a>".encode("utf-16-be"), "<a>\u00e4</a>", "utf-16-be"),
        (b"a\r\nb\rc\n", "a\nb\nc\n", "utf-8"),
        (b"", "", "utf-8"),
    ],
)
def test_a_text_is_decoded_by_its_mark_or_as_utf_8(data: bytes, text: str, encoding: str) -> None:
    decoded = decode(data)
    assert decoded is not None
    assert (decoded.text, decoded.encoding, decoded.rivals) == (text, encoding, ())


def test_a_declared_code_page_is_no_guess() -> None:
    decoded = decode(WORDS.encode("cp1252"), "windows-1252")
    assert decoded is not None
    assert (decoded.text, decoded.rivals) == (WORDS, ())


def test_a_declaration_that_does_not_hold_is_passed_over() -> None:
    decoded = decode(WORDS.encode(), "no-such-page")
    assert decoded is not None
    assert decoded.text == WORDS


def test_a_guess_names_its_rivals_and_gives_each_text_once() -> None:
    decoded = decode(WORDS.encode("cp1252"))
    assert decoded is not None
    assert decoded.text == WORDS
    assert decoded.rivals[0] == "cp1252"
    assert len(decoded.rivals) == 2
    texts = [guess.text for guess in guesses(WORDS.encode("cp1252"))]
    assert len(texts) == len(set(texts)) > 2


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"a\x00b\xff", b"\x7fELF\x01\xff\x00", b"\xff\xfe\x00"])
def test_binary_data_is_no_text(data: bytes) -> None:
    assert decode(data) is None


def test_a_text_that_was_cut_may_end_within_a_character() -> None:
    cut = WORDS.encode()[:2]
    assert decode(cut, is_cut=True) is not None
    decoded = decode(cut)
    assert decoded is None or decoded.rivals
