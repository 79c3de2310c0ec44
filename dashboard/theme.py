"""Every colour of the pages, once: `.streamlit/config.toml` uses the same values and a test holds them together."""

from typing import Literal

# The five hues of the house. Ember is the only accent: its deep shade carries white (AA), its light one is text at night.
INK, PAPER, SAND = "#14213D", "#FBFAF7", "#E9E3D6"
EMBER, EMBER_DEEP, EMBER_LIGHT = "#E4572E", "#B93A18", "#F28B66"
SEA, SEA_TEXT, SEA_LIGHT = "#2A7F83", "#23706F", "#5FB5B8"
CARD = "#FFFFFF"

# Dark theme from the same hues.
NIGHT, NIGHT_RAISED, NIGHT_LINE = "#0E1628", "#17213A", "#2B3756"
SIDE, SIDE_NIGHT, SIDE_RAISED = "#14213D", "#0A1120", "#223158"
CHALK = "#EFEBE2"

# States, always beside a word or an icon: (on paper, on night).
LIVE, LIVE_TEXT, LIVE_NIGHT = "#2F7D4F", "#28704A", "#6CC08F"
WAITING, WAITING_TEXT, WAITING_NIGHT = "#B7791F", "#8A5A12", "#E2B15E"
STOPPED, STOPPED_NIGHT = "#B3261E", "#F08A80"
NEUTRAL, NEUTRAL_NIGHT = "#5B6472", "#A9B1BF"
EDGE, EDGE_NIGHT = "#8A8F99", "#7D8699"

Tone = Literal["live", "waiting", "stopped", "neutral", "sea", "accent"]

# Streamlit's palette names carry our tones, in both themes, through config.toml.
PALETTE: dict[Tone, Literal["green", "orange", "red", "gray", "blue", "primary"]] = {
    "live": "green",
    "waiting": "orange",
    "stopped": "red",
    "neutral": "gray",
    "sea": "blue",
    "accent": "primary",
}

# Every named hue for paper and for night.
HUES = {
    "paper": (PAPER, NIGHT),
    "line": (SAND, NIGHT_LINE),
    "card": (CARD, NIGHT_RAISED),
    "edge": (EDGE, EDGE_NIGHT),
    "soft": (NEUTRAL, NEUTRAL_NIGHT),
    "text": (INK, CHALK),
    "ember": (EMBER_DEEP, EMBER),
    "accent": (EMBER_DEEP, EMBER),
    "ember-text": (EMBER_DEEP, EMBER_LIGHT),
    "on-ember": (CARD, NIGHT),
    "sea": (SEA, SEA_LIGHT),
    "live": (LIVE_TEXT, LIVE_NIGHT),
    "waiting": (WAITING_TEXT, WAITING_NIGHT),
    "stopped": (STOPPED, STOPPED_NIGHT),
    "neutral": (NEUTRAL, NEUTRAL_NIGHT),
}


def rgba(colour: str, alpha: int = 255) -> list[int]:
    """``#2A7F83`` as the ``[r, g, b, a]`` that map layers take; alpha 0..255."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


def variables() -> str:
    """The hues as CSS variables (``light-dark`` follows the page's colour scheme)."""
    return "".join(f"--hl-{name}: light-dark({light}, {dark});" for name, (light, dark) in HUES.items())


def badges_at_night() -> str:
    """CSS for badges in the accent: Streamlit writes the theme's primary colour into them, too dark for text at night."""
    written = ", ".join(str(part) for part in rgba(EMBER)[:3])
    return f'.stMarkdownBadge[style*="color: rgb({written})"] {{ color: var(--hl-ember-text) !important; }}'
