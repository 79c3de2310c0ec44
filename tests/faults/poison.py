"""Jobs that nobody can do, known to the workers of a harmed instance only."""

import os
from typing import Any

from jobs import handlers
from jobs.handlers import Handler

# ``lead.score`` is a real kind whose payload nobody can read; ``no.such`` is of no kind at all.
KINDS = ("poison.raises", "poison.kills", "poison.kills_outside", "poison.kills_aside", "lead.score", "no.such")


def spread() -> None:
    """Have this process know them: called as a worker starts."""
    handlers.HANDLERS |= {
        "poison.raises": Handler(inside=_raise),
        "poison.kills": Handler(inside=_die),
        "poison.kills_outside": Handler(first=_nothing, outside=_die, inside=_die),
        "poison.kills_aside": Handler(first=_nothing, outside=_die, inside=_die, aside="receivers"),
    }


def _raise(*_: Any) -> None:
    raise RuntimeError("this can't be done")


def _die(*_: Any) -> None:
    os.kill(os.getpid(), 9)


def _nothing(*_: Any) -> None:
    return
