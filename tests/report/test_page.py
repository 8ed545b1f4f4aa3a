"""The page as text: nothing in a name can break out of its place, and nothing may be loaded."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.report.page import as_data, is_report, make_page

HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    "<!--<script>",
    "]]><img src=x onerror=alert(1)>",
    "\"quotes\" and 'quotes' and \\ and `ticks` and ${braces}",
    "{{script}} {{data}} {{title}}",
    "line\u2028end\u2029 and \x00 and \U0001f600",
    "&lt;b&gt; &amp;",
]


class Elements(HTMLParser):
    """The elements of a page with their attributes and text, as a browser's parser separates them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._is_inside = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.texts.append("")
        self._is_inside = True

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.texts[-1] += data

    def text_of(self, tag: str, **attributes: str) -> list[str]:
        wanted = attributes.items()
        places = zip(self.found, self.texts, strict=True)
        return [text for (name, own), text in places if name == tag and wanted <= own.items()]


@pytest.mark.parametrize("name", HOSTILE)
def test_data_comes_back_as_it_was_and_holds_no_markup(name: str) -> None:
    text = as_data({"classes": [name], name: 1})

    assert not re.search(r"[<>&]", text)
    assert text.isascii()
    assert json.loads(text) == {"classes": [name], name: 1}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_or_name_adds_no_element(name: str) -> None:
    plain, hostile = (Elements(make_page(title, {"classes": [title]})) for title in ("plain", name))

    assert [tag for tag, _ in hostile.found] == [tag for tag, _ in plain.found]
    assert [own.get("content") for tag, own in hostile.found if tag == "meta"] == [
        own.get("content") for tag, own in plain.found if tag == "meta"
    ]
    (data,) = hostile.text_of("script", id="data")
    assert json.loads(data) == {"classes": [name]}
    assert hostile.text_of("title") == [name]


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        as_data({"ap": float("nan")})


def test_the_policy_allows_this_style_and_this_script_and_no_network() -> None:
    page = Elements(make_page("title", {}))
    (policy,) = (own["content"] or "" for tag, own in page.found if own.get("http-equiv") == "Content-Security-Policy")

    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]
    assert rules["img-src"] == ["data:"]
    (script,), (style,) = (text for text in page.text_of("script") if "function" in text), page.text_of("style")
    for name, content in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[name] == [f"'sha256-{digest}'"]
    assert set(rules) == {"default-src", "img-src", "script-src", "style-src", "base-uri", "form-action"}


def test_nothing_in_the_page_names_an_address_of_the_web() -> None:
    page = make_page("title", {})
    # The name of SVG's elements is no address that anything is loaded from.
    assert re.findall(r"https?://[^\"' )]+", page) == ["http://www.w3.org/2000/svg"]
    assert "innerHTML" not in page
    assert "insertAdjacentHTML" not in page


def test_a_report_is_known_again_and_another_file_is_not(tmp_path: Path) -> None:
    report, other = tmp_path / "report.html", tmp_path / "other.html"
    report.write_text(make_page("title", {}))
    other.write_text("<!doctype html><title>Detdesk report</title>")

    assert is_report(report)
    assert not is_report(other)
