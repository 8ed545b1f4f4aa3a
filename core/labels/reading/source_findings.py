"""Findings about files of a source that no reader reads: links, images of other kinds, archives."""

import re
from collections.abc import Iterator
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.sources.source_tree import SourceTree

_NAMED: Final = 200
# A link's target is a path; a file of more bytes is something else.
_LINK_BYTES: Final = 1_000
_TARGET: Final = re.compile(r"(\.{1,2}/)*[^\n\0:*?\"<>|]+")


def source_findings(tree: SourceTree, labelled: set[str]) -> Iterator[Finding]:
    """What was passed over, by name. `labelled` are images of unread kinds that label files speak of."""
    for link in tree.links[:_NAMED]:
        yield _look("link-passed-over", f"{link} is a link and was passed over.", link)
    if more := tree.link_count - len(tree.links[:_NAMED]):
        yield _look("link-passed-over", f"{more:,} more links were passed over.", "")
    for link in links_as_text(tree)[:_NAMED]:
        yield _look("link-passed-over", f"{link} is a link that was stored as a text; it was passed over.", link)
    for image in [image for image in tree.unsupported_images if image not in labelled][:_NAMED]:
        yield _look("unsupported-image", f"{image} is an image of a kind that is not read.", image)
    for archive in tree.archives[:_NAMED]:
        yield _look("left-out", f"{archive} is an archive inside the source; it was not unpacked.", archive)


def passed_links(tree: SourceTree) -> str:
    """A sentence about links, for a source without images or labels; "" if it has none."""
    links = [*tree.links, *links_as_text(tree)]
    count = tree.link_count + len(links) - len(tree.links)
    if not count:
        return ""
    return f" {'1 link was' if count == 1 else f'{count:,} links were'} passed over, such as {links[0]}."


def no_images(tree: SourceTree) -> str:
    """`no images`, with those of kinds that are not read, for a source without others."""
    images = tree.unsupported_images
    if not images:
        return "no images"
    number = "1 is" if len(images) == 1 else f"{len(images):,} are"
    return f"no images of a kind that is read ({number} of another, such as {images[0]})"


def links_as_text(tree: SourceTree) -> list[str]:
    """Links that a program which knows none has written as files with their target, as git does on Windows."""
    small = [path for path in tree.with_suffix("") if 0 < tree.sizes[path] <= _LINK_BYTES]
    return [path for path in small if _is_target(tree, path)]


def _is_target(tree: SourceTree, path: str) -> bool:
    try:
        text = tree.read(path).decode()
    except (OSError, UnicodeDecodeError):
        return False
    return "/" in text and _TARGET.fullmatch(text) is not None


def _look(check: str, message: str, file: str) -> Finding:
    return Finding(check=check, severity=Severity.LOOK, message=message, file=file)
