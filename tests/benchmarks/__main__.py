"""``make bench`` and ``make bench-gate``: every benchmark at each size, into one table; or held against what is committed."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

from tests.benchmarks import kept
from tests.benchmarks.kept import Row
from tests.benchmarks.plan import PLAN, SIZES, Bench

PROGRAM = [sys.executable, "-m", "cli"]


def main(words: list[str]) -> int:
    """Returns the exit status: 1 when a benchmark failed or a ratio is worse than it may be."""
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--names", nargs="+", default=[bench.name for bench in PLAN], choices=[bench.name for bench in PLAN])
    parser.add_argument("--gate", action="store_true", help="compare with the committed ratios and write nothing")
    chosen = parser.parse_args(words)
    before, fresh, failed = kept.read(), list[Row](), list[str]()
    for leads in chosen.sizes:
        for bench in (each for each in PLAN if each.name in chosen.names and each.differs(leads, chosen.sizes)):
            row = measured(bench, leads)
            if row is None:
                failed.append(f"{bench.name} at {leads:,} leads failed; its words are above")
                continue
            fresh.append(row)
            if not chosen.gate:
                kept.write(kept.merged(kept.read(), [row]))  # each at once: a run of hours may be cut short
    worse = kept.regressions(before, fresh) if chosen.gate else []
    sys.stdout.write(kept.table(kept.merged([], fresh)) + "\n")
    for line in (*failed, *worse):
        say(line)
    return 1 if failed or worse else 0


def measured(bench: Bench, leads: int) -> Row | None:
    """Run one benchmark in a process of its own; ``None`` when it failed."""
    command = bench.command(leads)
    say(f"$ {' '.join(command)} (load {os.getloadavg()[0]:.1f})")
    load, day = os.getloadavg()[0], f"{datetime.now(UTC):%d %b}".lstrip("0")
    done = subprocess.run([*PROGRAM, *command[1:]], stdout=subprocess.PIPE, text=True)
    try:
        return kept.row_of(bench, leads, json.loads(done.stdout.splitlines()[-1]), load=load, day=day)
    except (IndexError, ValueError, KeyError, TypeError) as error:
        say(f"{type(error).__name__}: {error}")
        return None


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
