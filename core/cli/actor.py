"""The actor of the command line."""

from core.actor import COMMAND_LINE, Actor, process_actor
from core.settings import Settings


def actor_of(settings: Settings) -> Actor:
    """`DETDESK_USER`, else the user of the operating system."""
    return process_actor(settings.user, COMMAND_LINE)
