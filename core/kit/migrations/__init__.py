"""The database's history, by Alembic; SQL files are the truth, the classes in each chapter only map them."""

from core.kit.migrations.upgrade import Standing, is_current, standing, upgrade

__all__ = ["Standing", "is_current", "standing", "upgrade"]
