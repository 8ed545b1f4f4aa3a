"""Findings about files of a source that no reader reads: links, images of other kinds, archives."""

from collections.abc import Iterator
from typing import Final

from core.labels.findings import Finding, Severity
from core.labels.sources.source_tree import SourceTree

_NAMED: Final = 200


def source_findings(tree: SourceTree, labelled: set[str]) -> Iterator[Finding]:
    """What was passed over, by name. `labelled` are images of unread kinds that label files speak of."""
    for link in tree.links[:_NAMED]:
        yield _look("link-passed-over", f"{link} is a link and was passed over.", link)
    if more := tree.link_count - len(tree.links[:_NAMED]):
        yield _look("link-passed-over", f"{more:,} more links were passed over.", "")
    for image in [image for image in tree.unsupported_images if image not in labelled][:_NAMED]:
        yield _look("unsupported-image", f"{image} is an image of a kind that is not read.", image)
    for archive in tree.archives[:_NAMED]:
        yield _look("left-out", f"{archive} is an archive inside the source; it was not unpacked.", archive)


def passed_links(tree: SourceTree) -> str:
    """A sentence about links, for a source without images or labels; "" if it has none."""
    if not tree.link_count:
        return ""
    links = "1 link was" if tree.link_count == 1 else f"{tree.link_count:,} links were"
    return f" {links} passed over, such as {tree.links[0]}."


def _look(check: str, message: str, file: str) -> Finding:
    return Finding(check=check, severity=Severity.LOOK, message=message, file=file)
