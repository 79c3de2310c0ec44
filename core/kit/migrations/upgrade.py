"""Bring a database to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from core.kit.db import driver_url


def alembic_config(url: str) -> Config:
    """Alembic's configuration for one database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = driver_url(url)
    return config


def upgrade(url: str) -> None:
    """Run every migration that is missing, as the owner of the database; safe to call at every start."""
    command.upgrade(alembic_config(url), "head")
