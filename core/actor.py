"""Who changes something, and through which door. Anyone may import this.

There is no sign-in yet: the actor of a process is `DETDESK_USER`, else the user of the operating system. Two places
make one: `core.cli.actor` for the command line, and for the pages `pages.widgets.actor`, where sign-in comes in.
"""

import os
import pwd
from dataclasses import asdict, dataclass
from typing import Annotated, Final

from core.shapes import OR_NONE, ShapeError

# The doors. The log of opened test scores has always had the first two in these words.
PAGE: Final = "page"
COMMAND_LINE: Final = "command line"
SERVER: Final = "server"
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who changed something. `name` as a person is called, `source` the door: PAGE, COMMAND_LINE or SERVER.

    `source` says where the change came from, not who vouches for the name: until there is sign-in nobody does. The
    server's own doing (emptying the trash) has the door SERVER; a worker acts for the actor who started its run.

    Raises ShapeError for a name or door that is empty, longer than 80 characters or not printable.
    """

    name: str
    source: str

    def __post_init__(self) -> None:
        """Refuse what could not be shown on one line, also from a file."""
        for text in (self.name, self.source):
            if not is_name(text):
                raise ShapeError(f"{text[:20]!r} is no name of an actor")

    def to_json(self) -> dict[str, str]:
        """As files and the command line have it."""
        return asdict(self)


# Of a field in a file: nobody is known where it is missing, as in files of earlier versions, or damaged.
KnownActor = Annotated[Actor | None, OR_NONE]


def is_name(text: str) -> bool:
    """Whether an actor can be called so: 1 to 80 printable characters, without space around them."""
    return 0 < len(text) <= LONGEST_NAME and text.isprintable() and text == text.strip()


def process_actor(user: str, source: str) -> Actor:
    """The actor of this process: `user` (`DETDESK_USER`), else the user of the operating system."""
    return Actor(name=user or _system_user(), source=source)


def actor_json(actor: Actor | None) -> dict[str, str] | None:
    """As files and the command line have it; None where nobody is known."""
    return actor.to_json() if actor else None


def _system_user() -> str:
    """The login name of the user that runs this; `uid 1234` for one without a name, as in a container."""
    # Not getpass: it trusts LOGNAME and USER, which `su` and `sudo` leave as they were.
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = ""
    return name if is_name(name) else f"uid {uid}"
