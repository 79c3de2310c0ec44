"""The demo's word lists, one TOML file per subject, all written for it."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def words(subject: str) -> dict[str, Any]:
    """The lists of one subject, such as ``people`` or ``streets``."""
    return tomllib.loads((Path(__file__).parent / f"{subject}.toml").read_text())
