"""Settings: names, kinds and defaults from ``core/kit/config.py``, words from ``.env.example``."""

import re
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli.reference.markdown import ROOT, Undocumented, code, page, table
from core.kit.config import Settings

_LINE = re.compile(r"#([A-Z_]+)=(.*)")
KINDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path", SecretStr: "secret"}


def settings_page() -> str:
    """Every setting in the order of ``.env.example``; raises ``Undocumented``."""
    words, fields = explained(), {field.alias or name: field for name, field in Settings.model_fields.items()}
    missing = sorted(set(fields) - set(words))
    if missing:
        raise Undocumented(f".env.example says nothing of {', '.join(missing)}: add each with a comment above it")
    rows = [(code(name), kind(fields[name]), default(fields[name]), words[name]) for name in words if name in fields]
    return page(
        "Settings",
        "Environment variables, read once at the start (SPEC 13.9); a file `.env` does as well. All are optional in development. "
        "`hotleads config` prints what is in force, secrets hidden; `hotleads doctor` says what is wrong with it.",
        "core/kit/config.py and .env.example",
        table(("variable", "kind", "default", "what it does"), rows),
    )


def explained() -> dict[str, str]:
    """The words above each variable of ``.env.example``; variables that stand together share them."""
    words, found, ended = list[str](), dict[str, str](), False
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := _LINE.fullmatch(line):
            found[match[1]] = " ".join(words)
            ended = True
        elif line.startswith("# "):
            words, ended = ([], False) if ended else (words, ended)
            words.append(line[2:])
        elif not line:
            words, ended = [], False
    return {name: said for name, said in found.items() if said}


def kind(field: FieldInfo) -> str:
    """What may be set, with its limits."""
    given = field.annotation
    if get_origin(given) in (Union, UnionType):
        given = next(part for part in get_args(given) if part is not type(None))
    if get_origin(given) is Literal:
        return ", ".join(code(value) for value in get_args(given))
    limits = {
        name: getattr(rule, name) for rule in field.metadata for name in ("ge", "gt", "le", "min_length") if hasattr(rule, name)
    }
    least = f"above {limits['gt']}" if "gt" in limits else f"from {limits['ge']:,}" if "ge" in limits else ""
    most = f"to {limits['le']:,}" if "le" in limits else ""
    length = f"{limits['min_length']} characters or more" if "min_length" in limits else ""
    said = " ".join(part for part in (least, most, length) if part)
    return KINDS[given] + (f", {said}" if said else "")  # type: ignore[index]


def default(field: FieldInfo) -> str:
    """What is in force when nothing is set; a secret's default is not printed."""
    value = field.default
    if isinstance(value, SecretStr):
        return "made on the first start" if value.get_secret_value() else ""
    return "" if value is None else code(str(value).lower() if isinstance(value, bool) else value)
