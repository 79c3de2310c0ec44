"""Stripe's SDK writes nested parameters as a form: ``line_items[0][quantity]=1``."""

import re
from typing import Any

from werkzeug.datastructures import MultiDict

_PART = re.compile(r"[^\[\]]+")


def nested(form: MultiDict[str, str]) -> dict[str, Any]:
    """The parameters as dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        *path, last = _PART.findall(name)
        place = tree
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    return {key: _listed(value) for key, value in tree.items()}


def _listed(value: Any) -> Any:
    """Dictionaries whose keys count up are lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(each) for key, each in value.items()}
    return [inner[key] for key in sorted(inner, key=int)] if inner and all(key.isdigit() for key in inner) else inner
