"""``make soak``: races with servers of their own, again and again; it fails when a rule did not hold."""

import argparse
import json
import os
import sys
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests import servers
from tests.soak import races

HOME = Path(__file__).parent.parent.parent / ".local" / f"test-{os.getpid()}"


def main() -> int:
    """Run the races that were asked for."""
    asked = argparse.ArgumentParser(prog="make soak")
    for name, value in (asdict(races.Size()) | {"repeats": 20, "seed": 1}).items():
        asked.add_argument(f"--{name}", type=int, default=value)
    given = vars(asked.parse_args())
    repeats, seed = given.pop("repeats"), given.pop("seed")
    os.environ |= {"HOTLEADS_ENV": "test", "HOTLEADS_DEMO": "false"}
    os.environ |= servers.start(HOME)
    try:
        results = [_race(races.Size(**given), seed + number, number) for number in range(repeats)]
    finally:
        servers.stop(HOME)
    answers = sum((result.answers for result in results), Counter[str]())
    faults = [fault for result in results for fault in result.faults]
    told = {"races": repeats, **given, "killed": sum(r.killed for r in results), "redis_outages": sum(r.outages for r in results)}
    seconds = {"seconds": round(sum(result.seconds for result in results), 1)}
    print(json.dumps(told | seconds | {"answers": dict(sorted(answers.items())), "faults": faults}))  # noqa: T201
    return 1 if faults else 0


def _race(size: races.Size, seed: int, number: int) -> races.Result:
    """One race in a database and with a Redis of its own."""
    from core.kit import config, db, redis
    from core.kit.local import LocalPostgres, LocalRedis

    postgres, name = LocalPostgres(HOME, durable=False), f"race_{number}"
    postgres.create_database(name, template=servers.TEMPLATE)
    cache = LocalRedis(HOME, "race-redis")
    os.environ |= {"DATABASE_URL": postgres.url(name), "REDIS_URL": cache.start()}
    for cached in (config.settings, db.engine, redis.redis):
        cached.cache_clear()
    try:
        result = races.run(postgres.url(name), cache, size, seed=seed, now=datetime.now(UTC))
    finally:
        db.engine().dispose()
        postgres.drop_database(name)
        cache.stop()
    words = (
        f"{result.answers.total()} actions in {result.seconds} s, {result.killed} workers and {result.outages} times Redis lost"
    )
    print(f"race {number + 1}: {words}; {result.faults or 'every rule held'}", file=sys.stderr, flush=True)  # noqa: T201
    return result


if __name__ == "__main__":
    sys.exit(main())
