"""``hotleads retention``: what is removed when its time is up, by hand (SPEC 13.6)."""

import sys

from core import privacy
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import Json, transaction
from core.kit.local import use_services


def carry_out(*, dry_run: bool) -> list[Json]:
    """Every rule with what it would remove, or with what it removed; a portion per transaction."""
    with use_services():
        now = utc_now()
        with transaction() as session:
            found = privacy.retention_rules(session, actor=SYSTEM, now=now)
        rules = [
            {"rule": rule.key, "title": rule.title, "days": rule.days, "rows": rule.due, "capped": rule.capped} for rule in found
        ]
        return rules if dry_run else [rule | {"rows": _remove(rule), "capped": False} for rule in rules]


def told(rules: list[Json], *, dry_run: bool) -> str:
    """One line per rule."""
    width = max(len(rule["title"]) for rule in rules)
    word = "would be removed" if dry_run else "removed"
    lines = [
        f"{rule['title']:<{width}}  older than {rule['days']:>4} days: {'more than ' * rule['capped']}{rule['rows']:,} {word}"
        for rule in rules
    ]
    return "\n".join(lines)


def _remove(rule: Json) -> int:
    """Portion after portion, like the nightly jobs, but at once."""
    began, removed = utc_now(), 0
    while True:
        with transaction() as session:
            gone = privacy.remove_portion(session, rule=rule["rule"], began=began, removed=removed, now=utc_now())
        removed += gone
        if gone < privacy.AT_ONCE:
            return removed
        print(f"{rule['title']}: {removed:,} ...", file=sys.stderr, flush=True)
