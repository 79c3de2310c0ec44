"""The pages of ``docs/reference``, written from the code itself: ``python -m cli.reference`` (``make reference``)."""

from cli.reference.api import api_page
from cli.reference.commands import commands_page
from cli.reference.events import events_page
from cli.reference.metrics import metrics_page
from cli.reference.settings import settings_page
from cli.reference.tables import tables_page

PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "api.md": api_page,
    "tables.md": tables_page,
    "metrics.md": metrics_page,
    "events.md": events_page,
}
