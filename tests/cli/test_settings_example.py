"""``.env.example`` names every setting and nothing else."""

import re
from pathlib import Path

from core.kit.config import Settings

EXAMPLE = Path(__file__).parent.parent.parent / ".env.example"


def test_every_setting_stands_in_the_example() -> None:
    named = re.findall(r"(?m)^#([A-Z_]+)=", EXAMPLE.read_text())
    assert sorted(named) == sorted(field.alias or name for name, field in Settings.model_fields.items())


def test_the_example_itself_is_harmless(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert Settings(_env_file=tmp_path / ".env").masked() == Settings(_env_file=None).masked()
