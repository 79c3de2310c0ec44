"""``make chaos``: a whole private instance under load, troubles by chance, every rule looked at again and again."""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests import servers
from tests.eventually import eventually
from tests.faults.around import AROUND
from tests.faults.ground import Ground, standing
from tests.faults.load import Told
from tests.faults.troubles import ANY_MOMENT, Trouble, pause


def _to_instance(trouble: Trouble) -> Callable[[Ground], None]:
    return lambda ground: trouble(ground.instance)


HOME = Path(__file__).parent.parent.parent / ".local" / f"test-{os.getpid()}"
CHOICE: dict[str, Callable[[Ground], None]] = {
    **{trouble.__name__: _to_instance(trouble) for trouble in ANY_MOMENT},
    **{trouble.__name__: trouble for trouble in AROUND},
}
EACH = 3  # troubles in one round, after which everything has to be done and every rule to hold
PATIENCE_S = 900  # slow is not lost: the machine may have other work


def main() -> int:
    """Trouble for as many minutes as were asked for; 1 when a rule did not hold."""
    asked = argparse.ArgumentParser(prog="make chaos")
    asked.add_argument("--minutes", type=float, default=60)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    chance, until = random.Random(given.seed), time.monotonic() + given.minutes * 60
    done, seen, broken, rounds = Counter[str](), Told(), list[str](), 0
    began = time.monotonic()
    with standing(HOME / "chaos") as ground:
        while time.monotonic() < until:
            rounds += 1
            wrong, told = _round(ground, chance, done, seed=given.seed + rounds)
            _add(seen, told)
            broken += [f"round {rounds}: {words}" for words in wrong]
            _say(f"round {rounds}: {_words(told)}; {'; '.join(wrong) or 'every rule held'}")
        said = ground.instance.said
    servers.stop(HOME)
    told = {"rounds": rounds, "seconds": round(time.monotonic() - began), "troubles": dict(sorted(done.items()))}
    work = {
        "submitted": len(seen.submitted),
        "confirmed": len(seen.confirmed),
        "approved": len(seen.approved),
        "checkouts": len(seen.checkouts),
    }
    work |= {"deliveries": seen.delivered, "asked_again": seen.asked_again, "restarts": len(said)}
    print(json.dumps(told | work | {"answers": dict(sorted(seen.answers.items())), "broken": broken}))  # noqa: T201
    return 1 if broken else 0


def _round(ground: Ground, chance: random.Random, done: Counter[str], *, seed: int) -> tuple[list[str], Told]:
    """A few troubles under load, then quiet, then the rules."""
    try:
        ground.instance.until_ready(within_s=PATIENCE_S)
    except AssertionError as error:
        return [f"it did not come back: {error}"], Told()
    ground.world.more(150, gateways=ground.gateways, events=60)
    unfinished: list[str] = []
    with ground.load(seed=seed) as load:
        for _ in range(EACH):
            pause(chance.uniform(2, 8))
            name = chance.choice(list(CHOICE))
            _say(f"  {name}")
            done[name] += 1
            before = load.done()
            try:
                CHOICE[name](ground)
                eventually(lambda: load.done() > before, within_s=PATIENCE_S)  # noqa: B023
            except AssertionError as error:
                unfinished.append(f"{name}: {error}")
    try:
        ground.until_settled(within_s=PATIENCE_S)
    except AssertionError as error:
        return [*unfinished, f"something is left to do: {error}"], load.told
    return unfinished + ground.broken(load.told), load.told


def _add(seen: Told, told: Told) -> None:
    seen.submitted |= told.submitted
    seen.confirmed |= told.confirmed
    seen.approved |= told.approved
    seen.checkouts |= told.checkouts
    seen.delivered += told.delivered
    seen.answers += told.answers
    seen.asked_again += told.asked_again


def _words(told: Told) -> str:
    return f"{sum(told.answers.values())} answers, {told.asked_again} asked again"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
