"""Claims of the security pages name tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("page", ["security.md", "asvs.md"])
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / page).read_text())
    assert len(named) > 30
    missing = []
    for path, name in named:
        words = (ROOT / path).read_text() if (ROOT / path).exists() else ""
        if not words or (name and not re.search(rf"^\s*(?:def|class) {name}\b", words, re.MULTILINE)):
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_claim_names_a_test() -> None:
    """Rows of the tables whose last column says what shows it; what is worth protecting and who attacks claim nothing."""
    heading, bare = "", []
    for line in (ROOT / "docs" / "security.md").read_text().splitlines():
        heading = line if line.startswith("|") and "shown by" in line else "" if not line.startswith("|") else heading
        if heading and line.startswith("|") and line != heading and "---" not in line and "`tests/" not in line:
            bare.append(line)
    assert bare == []
