"""The commands as ``hotleads --help`` shows them: by what somebody is about to do, the most used first."""

import typer

HELP = "Hotleads, a lead exchange. `hotleads up` starts it; `hotleads doctor` says what is wrong and how to mend it."
CODES = (
    "Exit codes: 0 well, 1 something is wrong (a sentence on stderr says what and what to do), 2 wrong options, 130 Ctrl-C.",
    "Times are UTC. Amounts in JSON are whole US cents. `hotleads --install-completion` lets Tab complete commands and options.",
)
PANELS: dict[str, tuple[str, ...]] = {
    "Run it": ("up", "doctor", "config", "web", "worker", "mlflow"),
    "Set it up": ("migrate", "seed", "invite-admin", "markets", "alerting"),
    "Explain and prove": ("why", "replay", "verify", "passport", "reseal"),
    "Keep it": ("backup", "restore", "retention", "months", "rekey", "audit", "capacity"),
    "Work with data": ("ingest", "dedupe", "normalize", "lead", "lists", "train"),
    "Develop": ("openapi", "bench", "mail-catcher", "stub-gateways"),
}
_PLACE = {name: place for place, name in enumerate(name for names in PANELS.values() for name in names)}
_PANEL = {name: panel for panel, names in PANELS.items() for name in names}


def add_to(app: typer.Typer) -> None:
    """Give every command its panel and its place. Raises ``KeyError`` for one that has none."""
    for command in app.registered_commands:
        command.rich_help_panel = _PANEL[name_of(command)]
    for group in app.registered_groups:
        group.rich_help_panel = _PANEL[str(group.name)]
    app.registered_commands.sort(key=lambda command: _PLACE[name_of(command)])


def name_of(command: typer.models.CommandInfo) -> str:
    """What is typed for it."""
    return command.name or (command.callback.__name__ if command.callback else "")
