"""``python -m cli`` is ``hotleads``."""

from cli.main import run

run()
