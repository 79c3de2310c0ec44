"""Clean what was entered in a form: every value in its type's one shape, or an error that names its field (SPEC 2.1)."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

from core.kit import words
from core.kit.db import Json
from core.niches.patterns import LONGEST_INPUT, compiled
from core.niches.reading import is_money
from core.niches.schema import FIRST_YEAR, LARGEST_NUMBER, LAST_YEAR, LONGEST_ANSWER, as_day

LONGEST_EMAIL = 254
MOST_UNKNOWN = 20
_NUMBER = re.compile(r"[-+]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{1,10})?", re.ASCII)
_YES = {"true", "on", "yes", "1"}
_NO = {"false", "off", "no", "0"}

Errors = dict[str, str]


class _Wrong(ValueError):
    """A value that its field does not take; the text is the sentence for the person."""


def clean_form(schema: Mapping[str, Any], data: object) -> tuple[Json, Errors]:
    """The answers in storable form and, by field, what is wrong with them (SPEC 2.1, 2.2).

    Numbers become numbers, dates ISO days, phones E.164, several choices a list in the form's order, a checkbox true
    or false; what was left empty is left out. Unknown keys are errors. Never raises: an error's key is a field of the
    schema, an unknown key, or ``form_data`` when ``data`` is no object at all.
    """
    if not isinstance(data, Mapping):
        return {}, {"form_data": "Give the answers as an object of field and value."}
    clean: Json = {}
    errors: Errors = {}
    known = set()
    for field in schema["fields"]:
        known.add(key := field["key"])
        value = data.get(key)
        try:
            if _is_empty(value):
                if field.get("required"):
                    raise _Wrong(_MISSING.get(field["type"], "Please fill this in."))
            else:
                clean[key] = _READERS[field["type"]](value, field, field.get("validation") or {})
        except _Wrong as wrong:
            errors[key] = str(wrong)
    return clean, _unknown(data, known) | errors


_MISSING = {
    "select": "Please choose one.",
    "radio": "Please choose one.",
    "multiselect": "Please choose at least one.",
    "checkbox": "Please tick this to go on.",
}


def _is_empty(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _unknown(data: Mapping[Any, Any], known: set[str]) -> Errors:
    strange = [key for key in data if key not in known][:MOST_UNKNOWN]
    return {shown(key): "The form has no such field. Leave it out." for key in strange}


def shown(key: object) -> str:
    """An unknown key as it may stand in an answer: no longer than a key can be, and storable."""
    return words.tidy(str(key))[:50] or "?"


def _line(value: object, field: Json, limits: Json) -> str:
    text = " ".join(_text(value).split())
    pattern = limits.get("pattern")
    _check_length(text, limits, LONGEST_INPUT if pattern else LONGEST_ANSWER["text"])
    if pattern and not compiled(pattern).fullmatch(text):
        raise _Wrong(f"This does not look right. {field.get('help') or 'Please check it.'}")
    return text


def _paragraphs(value: object, _field: Json, limits: Json) -> str:
    text = _text(value)
    _check_length(text, limits, LONGEST_ANSWER["textarea"])
    return text


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("Please answer with text.")
    if len(value) > 100_000:
        raise _Wrong("This is far too long. Please shorten it.")
    if not (text := words.tidy(value)):
        raise _Wrong("Please use letters or digits.")
    return text


def _check_length(text: str, limits: Json, longest: int) -> None:
    least, most = limits.get("min_length") or 0, limits.get("max_length") or longest
    if len(text) > most:
        raise _Wrong(f"Please use at most {most:,} characters; these are {len(text):,}.")
    if len(text) < least:
        raise _Wrong(f"Please use at least {least:,} characters.")


def _number(value: object, field: Json, limits: Json) -> int | float:
    number = _as_number(value)
    if number is None:
        raise _Wrong("Please enter a number, such as 3 or 2.5.")
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if limits.get("integer") and not isinstance(number, int):
        raise _Wrong("Please enter a whole number.")
    least, most, sign = limits.get("min"), limits.get("max"), "$" if is_money(field) else ""
    if least is not None and number < least:
        raise _Wrong(f"Please enter {sign}{least:,} or more.")
    if most is not None and number > most:
        raise _Wrong(f"Please enter {sign}{most:,} or less.")
    return number


def _as_number(value: object) -> int | float | None:
    """The number a value is or spells (``$450,000``); ``None`` for anything else and beyond 10^12."""
    if isinstance(value, str):
        spelled = value.strip()
        plain = spelled.removeprefix("$").strip() if len(spelled) <= 40 else ""
        if not _NUMBER.fullmatch(plain):
            return None
        plain = plain.replace(",", "")
        value = float(plain) if "." in plain else int(plain)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -LARGEST_NUMBER <= value <= LARGEST_NUMBER else None  # nor NaN, which no comparison holds for


def _email(value: object, _field: Json, _limits: Json) -> str:
    text = _text(value)
    try:
        if len(text) > LONGEST_EMAIL:
            raise EmailNotValidError
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise _Wrong("Please enter an e-mail address, such as name@example.com.") from error
    return found.normalized


def _phone(value: object, _field: Json, _limits: Json) -> str:
    try:
        number = parse(str(value) if isinstance(value, int) else _text(value)[:50], "US")
    except (NumberParseException, ValueError) as error:
        raise _Wrong("Please enter a phone number, such as 702 555 0142.") from error
    if not is_valid_number(number):
        raise _Wrong("This phone number does not exist. Please check the digits.")
    return format_number(number, PhoneNumberFormat.E164)


def _choice(value: object, field: Json, _limits: Json) -> str:
    option = _options(tuple(field["options"])).get(_as_option(value))
    if option is None:
        raise _Wrong("Please choose one of the options.")
    return option


def _choices(value: object, field: Json, _limits: Json) -> list[str]:
    known = _options(tuple(field["options"]))
    given = value if isinstance(value, list) else [value]
    chosen = {known.get(_as_option(one)) for one in given[: 2 * len(known)]}
    if None in chosen or len(given) > 2 * len(known):
        raise _Wrong("Please choose from the options only.")
    return [option for option in field["options"] if option in chosen]


@lru_cache(maxsize=1024)
def _options(options: tuple[str, ...]) -> dict[str, str]:
    """Options by what people may write for them: letter case and blanks don't matter."""
    return {_as_option(option): option for option in options}


def _as_option(value: object) -> str:
    return " ".join(value.split()).casefold() if isinstance(value, str) else ""


def _checkbox(value: object, field: Json, _limits: Json) -> bool:
    word = value.strip().lower() if isinstance(value, str) else ""
    if isinstance(value, int) and value in (0, 1):  # false and true are 0 and 1
        word = "yes" if value else "no"
    if word not in _YES | _NO:
        raise _Wrong("Please tick this or leave it.")
    if field.get("required") and word in _NO:
        raise _Wrong(_MISSING["checkbox"])
    return word in _YES


def _date(value: object, _field: Json, limits: Json) -> str:
    day = as_day(_text(value)) if isinstance(value, str) and len(value) < 40 else None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _Wrong("Please enter a date as year-month-day, such as 2026-11-04.")
    least, most = limits.get("min"), limits.get("max")
    if least and day.isoformat() < least:
        raise _Wrong(f"Please enter {least} or later.")
    if most and day.isoformat() > most:
        raise _Wrong(f"Please enter {most} or earlier.")
    return day.isoformat()


_READERS: dict[str, Callable[[object, Json, Json], Any]] = {
    "text": _line,
    "textarea": _paragraphs,
    "number": _number,
    "email": _email,
    "phone": _phone,
    "select": _choice,
    "radio": _choice,
    "multiselect": _choices,
    "checkbox": _checkbox,
    "date": _date,
}
