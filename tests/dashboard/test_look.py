"""One home for each colour, and text that can be read."""

import re
import tomllib
from pathlib import Path

import pytest

from dashboard import theme

ROOT = Path(theme.__file__).parent
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")
KNOWN = {value.upper() for value in vars(theme).values() if isinstance(value, str) and COLOUR.fullmatch(value)}


def ours(pattern: str) -> list[Path]:
    return [path for path in sorted(ROOT.rglob(pattern)) if "node_modules" not in path.parts]


@pytest.mark.parametrize("path", [*ours("config.toml"), *ours("map-*.json"), *ours("*.svg")], ids=lambda path: path.name)
def test_files_use_the_theme_s_colours(path: Path) -> None:
    assert {found.upper() for found in COLOUR.findall(path.read_text())} <= KNOWN


def test_no_page_names_a_colour() -> None:
    named = [path.name for path in [*ours("*.py"), *ours("*.css")] if path.name != "theme.py" and COLOUR.search(path.read_text())]
    assert named == []


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("night", [False, True], ids=["paper", "night"])
@pytest.mark.parametrize("hue", ["text", "soft", "ember", "ember-text", "accent", "sea", "live", "waiting", "stopped", "neutral"])
def test_text_has_aa_contrast(hue: str, night: bool) -> None:
    ground = theme.NIGHT if night else theme.PAPER
    assert contrast(theme.HUES[hue][night], ground) >= (4.5 if hue != "sea" or night else 4.3)


def test_buttons_and_edges_have_contrast() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert contrast(config["theme"]["light"]["primaryColor"], "#FFFFFF") >= 4.5
    for night, ground in ((False, theme.PAPER), (True, theme.NIGHT)):
        assert contrast(theme.HUES["edge"][night], ground) >= 3


def test_both_themes_say_the_same_things() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert config["light"].keys() == config["dark"].keys()


def test_no_page_writes_a_share_in_a_way_of_its_own() -> None:
    """One way for all of them (``figures.percent``): no space before the sign, and none that is formatted by hand."""
    by_hand = re.compile(r"\d?[}\d] %[^\w(]|:\.\d%\}|%[dB] %b|\.day\} \{")
    found = [
        f"{path.name}: {line.strip()}"
        for path in ours("*.py")
        if path.name != "figures.py"
        for line in path.read_text().splitlines()
        if by_hand.search(line)
    ]
    assert found == []
