"""The answer of one check: health, ``hotleads verify``, ``hotleads doctor``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, whether it is as it should be, and what was found (with the fix when it is not)."""

    name: str
    ok: bool
    detail: str
