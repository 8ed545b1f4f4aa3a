"""The user who acts on a page."""

from core.actor import PAGE, Actor, process_actor
from core.settings import Settings
from pages.widgets.text import escape


def actor_of(settings: Settings) -> Actor:
    """The user of this page. Without sign-in all users share the name of the server's process."""
    return process_actor(settings.user, PAGE)


def by_words(actor: Actor | None) -> str:
    """` by Ada` as Markdown with the name escaped; "" for an unknown actor."""
    return f" by {escape(actor.name)}" if actor else ""
