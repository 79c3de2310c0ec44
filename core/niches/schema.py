"""What a form may look like: every problem of a schema, each with the path of the part it is in (SPEC 2.1)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.kit import words
from core.niches import fair_housing
from core.niches.facts import STANDARD_FACTS
from core.niches.patterns import LONGEST_INPUT, PatternRefused, compiled

TYPES = ("text", "textarea", "number", "email", "phone", "select", "multiselect", "radio", "checkbox", "date")
CHOICES = ("select", "multiselect", "radio")
WRITTEN = ("text", "textarea")
FIELD_PARTS = {"key", "label", "type", "required", "options", "validation", "placeholder", "help"}
# Which limits a type knows.
LIMITS: dict[str, tuple[str, ...]] = {
    "text": ("min_length", "max_length", "pattern"),
    "textarea": ("min_length", "max_length"),
    "number": ("min", "max", "integer"),
    "date": ("min", "max"),
}
MOST_FIELDS, MOST_OPTIONS, LARGEST_SCHEMA = 40, 60, 64_000
LONGEST = {"label": 150, "placeholder": 100, "help": 300}
LONGEST_OPTION, LONGEST_TEXT, LARGEST_NUMBER = 100, 5_000, 1e12
# How long an answer may be where the form names no limit, and the years that a day may lie in.
LONGEST_ANSWER = {"text": 200, "textarea": 2_000}
FIRST_YEAR, LAST_YEAR = 1900, 2100
_ENDS = {"min": "least", "max": "most", "min_length": "shortest", "max_length": "longest"}
_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
LONGEST_KEY = 50
# Names of facts that every lead has (filters see both side by side), and of parts of a request.
RESERVED_KEYS = frozenset(STANDARD_FACTS) | {"submitted_day", "niche", "form_data", "contact", "consent"}


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One thing that is wrong: ``path`` such as ``fields[2].options[0]``, and a sentence for the person who edits."""

    path: str
    message: str


def check_schema(schema: Any) -> list[SchemaProblem]:
    """Every problem of a form schema, in the order of its fields; none when it can be published (SPEC 2.1).

    Never raises, whatever it is given.
    """
    if not isinstance(schema, dict) or set(schema) != {"fields"} or not isinstance(schema["fields"], list):
        return [SchemaProblem("", 'A form is an object with one part, "fields", which is a list.')]
    fields = schema["fields"]
    if not 1 <= len(fields) <= MOST_FIELDS:
        return [SchemaProblem("fields", f"A form has 1 to {MOST_FIELDS} fields; this one has {len(fields)}.")]
    problems = [problem for number, field in enumerate(fields) for problem in _field(f"fields[{number}]", field)]
    problems += _repeated_keys(fields)
    if not problems and len(json.dumps(schema)) > LARGEST_SCHEMA:
        problems.append(SchemaProblem("fields", "The form's texts are too long altogether. Shorten labels, help or options."))
    return problems


def _field(path: str, field: Any) -> Iterator[SchemaProblem]:
    if not isinstance(field, dict):
        yield SchemaProblem(path, "A field is an object with key, label and type.")
        return
    for part in sorted(set(map(str, field)) - FIELD_PARTS):
        yield SchemaProblem(f"{path}.{part[:40]}", "A field has no such part. Remove it.")
    yield from _key(f"{path}.key", field.get("key"))
    for part, most in LONGEST.items():
        yield from _words(f"{path}.{part}", field.get(part), most=most, needed=part == "label")
    if not isinstance(field.get("required", False), bool):
        yield SchemaProblem(f"{path}.required", "Required is true or false.")
    kind = field.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        yield SchemaProblem(f"{path}.type", f"The type must be one of: {', '.join(TYPES)}.")
        return
    yield from _options(f"{path}.options", field.get("options"), needed=kind in CHOICES)
    yield from _validation(f"{path}.validation", field.get("validation"), kind)
    yield from _fair_housing(path, field)


def _key(path: str, key: Any) -> Iterator[SchemaProblem]:
    if not isinstance(key, str) or len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        yield SchemaProblem(path, f"A key is up to {LONGEST_KEY} lower-case letters, digits and single underscores: roof_age.")
    elif key in RESERVED_KEYS:
        yield SchemaProblem(path, f"Every lead has its own “{key}” already. Choose another key.")


def _words(path: str, text: Any, *, most: int, needed: bool) -> Iterator[SchemaProblem]:
    if text is None and not needed:
        return
    if not isinstance(text, str) or (needed and not text.strip()):
        yield SchemaProblem(path, "Write a text here.")
    elif len(text) > most:
        yield SchemaProblem(path, f"This is longer than {most} characters. Shorten it.")
    elif words.tidy(text) != text:
        yield SchemaProblem(path, "This has characters that can't be shown, or blanks at an end. Type it again.")


def _options(path: str, options: Any, *, needed: bool) -> Iterator[SchemaProblem]:
    if not needed:
        if options not in (None, []):
            yield SchemaProblem(path, "Only select, multiselect and radio have options. Remove them.")
        return
    if not isinstance(options, list) or not 1 <= len(options) <= MOST_OPTIONS:
        yield SchemaProblem(path, f"Give 1 to {MOST_OPTIONS} options to choose from.")
        return
    seen: set[str] = set()
    for number, option in enumerate(options):
        yield from _words(f"{path}[{number}]", option, most=LONGEST_OPTION, needed=True)
        if isinstance(option, str) and (same := " ".join(option.split()).casefold()) in seen:
            yield SchemaProblem(f"{path}[{number}]", "This option is there twice. Remove one.")
        elif isinstance(option, str):
            seen.add(same)


def _validation(path: str, limits: Any, kind: str) -> Iterator[SchemaProblem]:
    if limits is None:
        return
    if not isinstance(limits, dict):
        yield SchemaProblem(path, 'Validation is an object such as {"min": 0}.')
        return
    known = LIMITS.get(kind, ())
    for part in sorted(set(map(str, limits)) - set(known)):
        fitting = f"It can have {', '.join(known)}." if known else "Remove it."
        yield SchemaProblem(f"{path}.{part[:40]}", f"A {kind} field has no such limit. {fitting}")
    for low, high in (("min", "max"), ("min_length", "max_length")):
        yield from _range(path, limits, kind, low, high) if low in known else ()
    if "integer" in known and not isinstance(limits.get("integer", False), bool):
        yield SchemaProblem(f"{path}.integer", "Integer is true or false.")
    if "pattern" in known and limits.get("pattern") is not None:
        yield from _pattern(path, limits)
    yield from _length(path, limits, kind)


def _range(path: str, limits: dict[str, Any], kind: str, low: str, high: str) -> Iterator[SchemaProblem]:
    wrong = [part for part in (low, high) if limits.get(part) is not None and not _is_limit(limits[part], kind, part)]
    day = f"a day such as 2026-11-04, from {FIRST_YEAR} to {LAST_YEAR}"
    wanted = {"number": "a number", "date": day}.get(kind, f"a whole number from 0 to {LONGEST_TEXT}")
    for part in wrong:
        yield SchemaProblem(f"{path}.{part}", f"This limit must be {wanted}.")
    if not wrong and limits.get(low) is not None and limits.get(high) is not None and limits[low] > limits[high]:
        yield SchemaProblem(f"{path}.{high}", f"The {_ENDS[high]} is less than the {_ENDS[low]}: nothing would be accepted.")


def _length(path: str, limits: dict[str, Any], kind: str) -> Iterator[SchemaProblem]:
    """Nothing would be accepted where the shortest answer is longer than the longest that counts when none is set."""
    shortest, usual = limits.get("min_length"), LONGEST_ANSWER.get(kind)
    if usual is None or shortest is None or limits.get("max_length") is not None or not _is_limit(shortest, kind, "min_length"):
        return
    if shortest > usual:
        yield SchemaProblem(f"{path}.max_length", f"Without a longest, {usual:,} characters are the most. Set the longest, too.")


def _is_limit(value: Any, kind: str, part: str) -> bool:
    if kind == "date":
        day = as_day(value) if isinstance(value, str) else None
        return day is not None and FIRST_YEAR <= day.year <= LAST_YEAR
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if kind == "number":
        return -LARGEST_NUMBER <= value <= LARGEST_NUMBER  # false for NaN
    return isinstance(value, int) and 0 <= value <= LONGEST_TEXT and not (part == "max_length" and value == 0)


def _pattern(path: str, limits: dict[str, Any]) -> Iterator[SchemaProblem]:
    try:
        if not isinstance(limits["pattern"], str):
            raise PatternRefused("The pattern must be a text.")
        compiled(limits["pattern"])
    except PatternRefused as refused:
        yield SchemaProblem(f"{path}.pattern", str(refused))
    longest = limits.get("max_length")
    if isinstance(longest, int) and longest > LONGEST_INPUT:
        yield SchemaProblem(f"{path}.max_length", f"A field with a pattern takes at most {LONGEST_INPUT} characters.")


def _fair_housing(path: str, field: dict[str, Any]) -> Iterator[SchemaProblem]:
    named = [(part, field.get(part)) for part in ("key", "label", "help", "placeholder")]
    options = field.get("options")
    named += [(f"options[{number}]", option) for number, option in enumerate(options if isinstance(options, list) else ())]
    for part, text in named:
        if isinstance(text, str) and (kind := fair_housing.protected_class(text[:1000])):
            yield SchemaProblem(f"{path}.{part}", fair_housing.refusal(text, kind))


def _repeated_keys(fields: list[Any]) -> Iterator[SchemaProblem]:
    seen: set[str] = set()
    for number, field in enumerate(fields):
        key = field.get("key") if isinstance(field, dict) else None
        if isinstance(key, str) and key in seen:
            yield SchemaProblem(f"fields[{number}].key", f"Two fields have the key “{key[:LONGEST_KEY]}”. Rename one.")
        elif isinstance(key, str):
            seen.add(key)


def as_day(text: str) -> date | None:
    """A day written as 2026-11-04, ``None`` for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
