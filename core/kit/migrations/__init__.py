"""The database's history, by Alembic; SQL files are the truth, the classes in each chapter only map them."""

from core.kit.migrations.upgrade import upgrade

__all__ = ["upgrade"]
