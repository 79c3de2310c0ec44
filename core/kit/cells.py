"""Cells of files for people: none that a spreadsheet takes for a formula."""

import re

NUMBER = re.compile(r"[+-][\d\s().]+")


def plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not NUMBER.fullmatch(text):
        return f"'{text}"
    return text
