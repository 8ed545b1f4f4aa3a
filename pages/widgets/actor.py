"""Who acts on a page."""

from core.actor import PAGE, Actor, process_actor
from core.settings import Settings
from pages.widgets.text import escape


def actor_of(settings: Settings) -> Actor:
    """Whoever sits before the page. Without sign-in that is one name for all: the one of the server's process."""
    return process_actor(settings.user, PAGE)


def by_words(actor: Actor | None) -> str:
    """` by Ada`, as Markdown that shows a name with markup in it as it is; "" where nobody is known."""
    return f" by {escape(actor.name)}" if actor else ""
