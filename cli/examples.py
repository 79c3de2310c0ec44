"""What people type: one or more examples for each command, shown at the end of its help and in the reference."""

import typer

from cli.panels import name_of

EXAMPLES: dict[str, tuple[str, ...]] = {
    "alerting": ("hotleads alerting", "hotleads alerting --out deploy/alertmanager.yml"),
    "audit": ("hotleads audit", "hotleads audit --history --json"),
    "backup": ("hotleads backup", "hotleads backup --to /mnt/elsewhere/backups --keep 14", "hotleads backup --logical --json"),
    "bench": (
        "hotleads bench distribution",
        "hotleads bench intake --connections 8,32 --json",
        "hotleads bench steady --minutes 2",
    ),
    "capacity": ("hotleads capacity --leads-per-day 10000", "hotleads capacity --leads-per-day 200000 --sales-per-lead 5 --json"),
    "config": ("hotleads config", "hotleads config --json"),
    "dedupe": (
        "hotleads dedupe people.csv --out found.csv",
        "hotleads dedupe firms.csv --out found.csv --map name=Company --map phone=Telephone",
    ),
    "doctor": ("hotleads doctor", "hotleads doctor --json"),
    "ingest": ("hotleads ingest mls-vegas", "hotleads ingest spreadsheet --file leads.xlsx --json"),
    "invite-admin": ("hotleads invite-admin you@example.com --name 'Sam Rivera'",),
    "lead do-not-sell": ("hotleads lead do-not-sell 01939c5e-0000-7000-8000-000000000000 --reason 'Called on 28 November'",),
    "lead quarantine": (
        "hotleads lead quarantine 01939c5e-0000-7000-8000-000000000000 --reason 'Same words as nine others' --json",
    ),
    "lead release": ("hotleads lead release 01939c5e-0000-7000-8000-000000000000",),
    "lead withdraw": ("hotleads lead withdraw 01939c5e-0000-7000-8000-000000000000 --reason 'Moved away'",),
    "lists block": ("hotleads lists block --phone '(702) 555-0142' --reason 'Called on 28 November'",),
    "lists check": ("hotleads lists check --email pat@example.com", "hotleads lists check --phone '(702) 555-0142'"),
    "lists drop": ("hotleads lists drop federal",),
    "lists show": ("hotleads lists show", "hotleads lists show --json"),
    "lists unblock": ("hotleads lists unblock --email pat@example.com --reason 'Wrote on 28 November'",),
    "lists upload": ("hotleads lists upload federal registry.csv --made 2026-11-28",),
    "mail-catcher": ("hotleads mail-catcher --port 1025",),
    "markets add": (
        "hotleads markets add Tucson --county 'Pima, AZ'",
        "hotleads markets add Manhattan --zips '10001, 10002, 10003' --timezone America/New_York",
        "hotleads markets add Reno --outline reno.geojson --json",
    ),
    "markets close": ("hotleads markets close tucson",),
    "markets list": ("hotleads markets list", "hotleads markets list --json"),
    "markets open": ("hotleads markets open tucson",),
    "migrate": ("hotleads migrate",),
    "mlflow": ("hotleads mlflow",),
    "months": ("hotleads months", "hotleads months --detach --json", "hotleads months --out /mnt/elsewhere/months --drop"),
    "normalize": ("hotleads normalize people.csv --out clean.csv --map phone=Telephone",),
    "openapi": ("hotleads openapi",),
    "passport": ("hotleads passport 01939c5e-0000-7000-8000-000000000000 --out lead.json",),
    "rekey": ("hotleads rekey --dry-run", "hotleads rekey --json"),
    "replay": ("hotleads replay roofing --since 2026-11-01 --until 2026-11-28 --change level.Shared.price_cents=3000",),
    "reseal": ("hotleads reseal --reason 'restored from the dump of 22 November'",),
    "restore": (
        "hotleads restore --to /srv/second",
        "hotleads restore /mnt/elsewhere/backups --to /srv/second --at 2026-11-22T10:15:30",
        "hotleads restore --to /srv/second --at latest",
    ),
    "retention": ("hotleads retention --dry-run", "hotleads retention"),
    "seed": ("hotleads seed",),
    "stub-gateways": ("hotleads stub-gateways --port 9099",),
    "train": (
        "hotleads train quality",
        "hotleads train quality --csv past.csv --target won --group email --time created_at",
    ),
    "up": ("hotleads up",),
    "verify": ("hotleads verify", "hotleads verify --passport lead.json --json"),
    "web": ("hotleads web",),
    "why": ("hotleads why 01939c5e-0000-7000-8000-000000000000", "hotleads why 01939c5e-0000-7000-8000-000000000000 --json"),
    "worker": ("hotleads worker",),
}


def add_to(app: typer.Typer, before: str = "") -> None:
    """Put each command's examples at the end of its help; a paragraph each, so that they stay lines."""
    for command in app.registered_commands:
        name = f"{before} {name_of(command)}".strip()
        if lines := EXAMPLES.get(name):
            command.epilog = "\n\n".join(("Examples:" if len(lines) > 1 else "Example:", *lines))
    for group in app.registered_groups:
        if group.typer_instance:
            add_to(group.typer_instance, str(group.name))
