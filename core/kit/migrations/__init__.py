"""The database's history, by Alembic; SQL files are the truth, the classes in each chapter only map them."""

from core.kit.migrations.upgrade import is_current, upgrade

__all__ = ["is_current", "upgrade"]
