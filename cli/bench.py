"""Find a benchmark by name, run it, print its figures."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from core.kit.errors import NotFound
from core.kit.local import use_services

CHECKOUT = Path(__file__).parent.parent


def measure(name: str, *, scale: int | None, options: Mapping[str, Any]) -> dict[str, Any]:
    """Run ``tests.benchmarks.NAME`` with progress on stderr; raises ``NotFound`` with the names there are."""
    module = f"tests.benchmarks.{name}"
    known = names()
    if name not in known:
        raise NotFound("bench.unknown", f"There is no benchmark named {name}. There are: {', '.join(known) or 'none here'}.")
    chosen = dict(options) if scale is None else {"scale": scale, **options}
    with use_services():
        figures: dict[str, Any] = import_module(module).run(progress=_to_stderr, **chosen)
    return figures


def names() -> list[str]:
    """Benchmarks that this checkout has; an installation without tests has none."""
    # Libraries have brought a package named "tests" of their own: the checkout's comes first.
    if str(CHECKOUT) not in sys.path[:1]:
        sys.path.insert(0, str(CHECKOUT))
    try:
        folder = import_module("tests.benchmarks").__path__
    except ModuleNotFoundError:
        return []
    named = (module.name for module in iter_modules(folder) if not module.name.startswith("test_"))
    return sorted(name for name in named if callable(getattr(_module(name), "run", None)))


def table(figures: Mapping[str, Any]) -> str:
    """The figures for people, one a line."""
    flat = dict(_flat("", figures))
    width = max((len(key) for key in flat), default=0)
    return "\n".join(f"{key:<{width}}  {value}" for key, value in flat.items())


def _flat(prefix: str, figures: Mapping[str, Any]) -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for key, value in figures.items():
        lines += _flat(f"{prefix}{key}.", value) if isinstance(value, Mapping) else [(f"{prefix}{key}", value)]
    return lines


def _module(name: str) -> Any:
    return import_module(f"tests.benchmarks.{name}")


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
