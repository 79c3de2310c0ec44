"""Street names with the flavour of each market."""

import random

from demo.words import words


def some_street(rng: random.Random, market: str) -> str:
    """A house number and a street, such as ``4127 Copper Mesa Dr``."""
    lists = words("streets")
    number = rng.choice((rng.randint(101, 999), rng.randint(1000, 9899)))
    first, second = rng.choice(lists["first"][market]), rng.choice(lists["second"][market])
    name = rng.choice(lists["anywhere"]) if rng.random() < 0.2 or first == second else f"{first} {second}"
    compass = rng.choice(("N ", "S ", "E ", "W ")) if rng.random() < 0.15 else ""
    return f"{number} {compass}{name} {rng.choice(lists['kinds'])}"
