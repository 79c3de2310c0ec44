"""Checks for people and for programs (docs: command line contract)."""

import json
from collections.abc import Sequence

from core.kit.checks import Check


def show(checks: Sequence[Check], *, as_json: bool) -> int:
    """Print the checks; returns the exit code, 1 when one of them is not ok."""
    ok = all(check.ok for check in checks)
    if as_json:
        rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        print(json.dumps({"ok": ok, "checks": rows}))
    else:
        width = max((len(check.name) for check in checks), default=0)
        for check in checks:
            print(f"{'ok  ' if check.ok else 'FAIL'} {check.name:<{width}}  {check.detail}")
        print(
            "Everything is as it should be." if ok else f"{sum(not check.ok for check in checks)} of {len(checks)} checks failed."
        )
    return 0 if ok else 1
