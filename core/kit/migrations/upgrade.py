"""Bring a database to the newest revision."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, text

from core.kit.lending import driver_url


def alembic_config(url: str) -> Config:
    """Alembic's configuration for one database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = driver_url(url)
    return config


def upgrade(url: str) -> None:
    """Run every migration that is missing, as the owner of the database; safe to call at every start."""
    command.upgrade(alembic_config(url), "head")
    with create_engine(driver_url(url), poolclass=NullPool).begin() as connection:
        connection.execute(text("select months_ahead()"))  # also where no worker has run for months


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a database stands: its revision (none without tables), the newest one, whether this release knows the first."""

    current: str | None
    newest: str | None
    known: bool


def standing(url: str) -> Standing:
    """The revision of a database beside the newest of this release."""
    scripts = ScriptDirectory.from_config(alembic_config(url))
    with create_engine(driver_url(url), poolclass=NullPool).connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return Standing(current, scripts.get_current_head(), current in {script.revision for script in scripts.walk_revisions()})


def is_current(url: str) -> bool:
    """True when no migration is missing."""
    here = standing(url)
    return here.current == here.newest
