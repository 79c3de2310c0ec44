"""What people typed, as they typed it: no character of it means anything to Markdown."""

import re

# What makes a link, a picture, markup, code, colour or a formula. Dashes, dots and the like only change how a line looks.
_MEANS_SOMETHING = re.compile(r"([\\`*_\[\]<>~$])")


def verbatim(words: str) -> str:
    """The words for a place that reads Markdown: titles, sentences, rows of a rail."""
    return _MEANS_SOMETHING.sub(r"\\\1", words)
