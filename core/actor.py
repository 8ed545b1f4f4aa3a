"""The actor of a change: a person's name, and the source of the change. Anyone may import this.

There is no sign-in yet: the actor of a process is `DETDESK_USER`, else the user of the operating system. Two modules
make actors: `core.cli.actor` for the command line, and `pages.widgets.actor` for the pages, where sign-in would go.
"""

import os
import pwd
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from core.shapes import OR_NONE, ShapeError

# The sources. The log of opened test scores has always used the first two values.
PAGE: Final = "page"
COMMAND_LINE: Final = "command line"
SERVER: Final = "server"
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person's `name` and the `source` of a change: PAGE, COMMAND_LINE or SERVER.

    Without sign-in, nothing verifies the name. Changes that the server makes (emptying the trash) have the source
    SERVER; a worker acts for the actor who started its run.

    Raises ShapeError for a name or source that is empty, longer than 80 characters or not printable.
    """

    name: str
    source: str

    def __post_init__(self) -> None:
        """Refuses text that cannot be shown on one line, also from a file."""
        for text in (self.name, self.source):
            if not is_name(text):
                raise ShapeError(f"{text[:20]!r} is no name of an actor")

    def to_json(self) -> dict[str, str]:
        """The object for files and `--json`."""
        return asdict(self)


# The type of a field in a file. A missing field, as in files of earlier versions, or a damaged one reads as None.
KnownActor = Annotated[Actor | None, OR_NONE]


def is_name(text: str) -> bool:
    """Whether the text can be an actor's name: 1 to 80 printable characters, without space around them."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and text == text.strip()


def process_actor(user: str, source: str) -> Actor:
    """The actor of this process: `user` (`DETDESK_USER`), else the user of the operating system."""
    return Actor(name=user or _system_user(), source=source)


def actor_json(actor: Actor | None) -> dict[str, str] | None:
    """The object for files and `--json`; None for an unknown actor."""
    return actor.to_json() if actor else None


def _system_user() -> str:
    """The login name of this process's user; `uid 1234` for a user without a name, as in a container."""
    # Not getpass: it trusts LOGNAME and USER, which `su` and `sudo` leave unchanged.
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = ""
    return name if is_name(name) else f"uid {uid}"
