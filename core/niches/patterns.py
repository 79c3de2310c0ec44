"""Patterns that admins write for text fields, held to what can't be slow whatever is typed into the form.

Python's matcher tries every way a pattern can be stretched over a text. Here the number of ways is counted from
the pattern itself, and one with too many is refused when the schema is saved; no timer is needed at intake.
"""

import re
import warnings
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_PATTERN = 200
LONGEST_INPUT = 200  # a longer text never meets a pattern
MOST_WAYS = 50_000

_ONE_CHARACTER = {op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN}


class PatternRefused(ValueError):
    """The pattern can't be used; the text is a sentence for the admin."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready to match a whole text; raises ``PatternRefused`` for one that is wrong or could be slow."""
    if len(pattern) > LONGEST_PATTERN:
        raise PatternRefused(f"The pattern is longer than {LONGEST_PATTERN} characters. Write a shorter one.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Python only warns about "[[a]", whose meaning is going to change
            parsed = _parser.parse(pattern)
            regex = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise PatternRefused(f"The pattern is not a regular expression ({error}).") from error
    if _ways(parsed) > MOST_WAYS:
        raise PatternRefused("The pattern could take very long on some texts. Replace + and * by a number such as {1,10}.")
    return regex


def _ways(parsed: Any) -> int:
    """How many ways a sequence can be stretched over a text, at most; stops counting beyond ``MOST_WAYS``."""
    ways = 1
    for code, argument in parsed:
        ways *= _ways_of_part(code, argument)
        if ways > MOST_WAYS:
            break
    return ways


def _ways_of_part(code: Any, argument: Any) -> int:
    if code in _ONE_CHARACTER or code is op.AT:
        return 1
    if code is op.BRANCH:
        return sum(_ways(branch) for branch in argument[1])
    if code is op.SUBPATTERN and not argument[1] and not argument[2]:  # no flags switched inside
        return _ways(argument[-1])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        least, most, repeated = argument
        return _stretched(_ways(repeated), min(least, LONGEST_INPUT), min(most, LONGEST_INPUT))
    raise PatternRefused("The pattern looks ahead, behind or back at a group; use plain characters, classes and counts.")


def _stretched(inner: int, least: int, most: int) -> int:
    """Ways of repeating something that itself has ``inner`` ways, from ``least`` to ``most`` times."""
    total = 0
    for times in range(least, most + 1):
        total += inner**times
        if total > MOST_WAYS:
            break
    return total
