"""How far long work is, told to whoever follows it: nobody, a terminal, or the job's row. The work need not know which."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

Say = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class _Part:
    say: Say
    step: str
    low: float
    high: float


_part: ContextVar[_Part | None] = ContextVar("part", default=None)


@contextmanager
def following(say: Say) -> Iterator[None]:
    """Have ``say(step, share)`` told of the work inside: what it is at, and the share of the whole from 0 to 1 that is done."""
    token = _part.set(_Part(say, "", 0.0, 1.0))
    try:
        yield
    finally:
        _part.reset(token)


@contextmanager
def part(step: str, low: float, high: float) -> Iterator[None]:
    """A step of the work around it, from ``low`` to ``high`` of that; told when it begins."""
    around = _part.get()
    if around is None:
        yield
        return
    wide = around.high - around.low
    token = _part.set(_Part(around.say, step or around.step, around.low + wide * low, around.low + wide * high))
    try:
        tell(0.0)
        yield
    finally:
        _part.reset(token)


def tell(share: float) -> None:
    """This share of the step at hand is done."""
    at = _part.get()
    if at is not None:
        at.say(at.step, round(at.low + (at.high - at.low) * share, 3))
