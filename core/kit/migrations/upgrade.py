"""Bring a database to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine

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


def is_current(url: str) -> bool:
    """True when no migration is missing."""
    newest = ScriptDirectory.from_config(alembic_config(url)).get_current_head()
    with create_engine(driver_url(url), poolclass=NullPool).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest
