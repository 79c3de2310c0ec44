"""Why an administrator does something to somebody's account: never left out."""

from core.kit.errors import Invalid

LENGTHS = range(3, 501)


def checked_reason(reason: str, *, read_by: str) -> str:
    """The reason, tidied; raises ``Invalid`` with the field ``reason``."""
    tidy = reason.strip()
    if len(tidy) not in LENGTHS:
        words = f"Write a reason of {LENGTHS.start} to {LENGTHS.stop - 1} characters; {read_by}."
        raise Invalid("user.reason", words, fields={"reason": words})
    return tidy
