"""Who acts in tests."""

from typing import Final

from core.actor import COMMAND_LINE, Actor

ADA: Final = Actor(name="ada", source=COMMAND_LINE)
BOB: Final = Actor(name="bob", source="page")
