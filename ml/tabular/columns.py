"""What a column holds, found from its values: numbers, named values, words, moments, or nothing to learn from."""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["number", "category", "text", "moment", "id", "constant"]
# What forms and exports write when nothing was chosen.
PLACEHOLDERS = frozenset(
    {"", "select", "-- select --", "please select", "choose", "n/a", "na", "nan", "null", "none", "-", "--", "?"}
)
ID_NAME = re.compile(r"(^|[\s_])(id|uuid|guid|number|no|key|ref|reference|hash|row|index)$", re.IGNORECASE)
MOMENT_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{4}-\d{2}-\d{2}T")
COMMA_LAST = re.compile(r"[-+$]*[\d.]*,\d+%?")
YES, NO = frozenset({"yes", "true", "y", "t"}), frozenset({"no", "false", "n", "f"})
MOST_VALUES = 0.5  # of the rows: named values beyond that are names or words, not kinds
FEW_WORDS = 3.5  # on average: named values are shorter, text is longer
FEW_ROWS = 50  # in so few, values may all differ by chance
NEARLY_ALL = 0.98  # of the given values differ: each row has one of its own
OFTEN_OTHER = 0.1  # of the given values differ: sentences, and not one of a few phrases
LOOKED_AT = 200  # values whose look tells that a column holds moments
MOSTLY_READ = 0.95  # of them must then be read as such


@dataclass(frozen=True, slots=True)
class Column:
    """A column in the form models read. ``numbers`` has nan and ``values`` has ``""`` where nothing was given.

    A moment's numbers are seconds since 1970. ``why`` says for a column that is left out what was found.
    """

    name: str
    kind: Kind
    numbers: NDArray[np.float64]
    values: tuple[str, ...]
    why: str = ""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """Where nothing was given."""
        if self.kind in ("number", "moment"):
            return np.isnan(self.numbers)
        return np.array([value == "" for value in self.values], bool)

    @property
    def usable(self) -> bool:
        """Whether there is something to learn from it."""
        return self.kind not in ("id", "constant")


Table = dict[str, Column]


def column_of(name: str, given: Sequence[Any]) -> Column:
    """The column with the kind that its values show."""
    values = tuple(_clean(value) for value in given)
    known = [value for value in values if value]
    distinct = set(known)
    nothing = np.full(len(values), np.nan)
    if not distinct or (len(distinct) == 1 and len(known) == len(values)):
        return Column(name, "constant", nothing, values, "the same in every row" if distinct else "empty")
    unique = len(distinct) >= NEARLY_ALL * len(known) and len(known) > FEW_ROWS
    if (number := _number_or_id(name, values, known, unique)) is not None:
        return number
    if (moments := _moments_of(values, known)) is not None:
        return Column(name, "moment", moments, values)
    if _is_text(known, distinct):
        return Column(name, "text", nothing, values)
    if unique or (ID_NAME.search(name) and len(distinct) > MOST_VALUES * len(known) and len(known) > FEW_ROWS):
        return Column(name, "id", nothing, values, "different in nearly every row")
    return Column(name, "category", nothing, values)


def _number_or_id(name: str, values: tuple[str, ...], known: list[str], unique: bool) -> Column | None:
    """A column all of whose values are numbers: a running number that tells nothing, or figures."""
    numbers = _numbers(values)
    if np.isnan(numbers).all() or np.isnan(numbers).sum() != len(values) - len(known):
        return None
    if unique and _counts(numbers) and (ID_NAME.search(name) or (len(known) == len(values) and _gapless(numbers))):
        return Column(name, "id", np.full(len(values), np.nan), values, "a running number")
    return Column(name, "number", numbers, values)


def _moments_of(values: tuple[str, ...], known: list[str]) -> NDArray[np.float64] | None:
    """The values as moments, where nearly all can be read as such."""
    if not known or not all(MOMENT_LIKE.search(value) for value in known[:LOOKED_AT]):
        return None
    moments = _moments(values)
    return moments if np.isnan(moments).sum() <= len(values) - MOSTLY_READ * len(known) else None


def _is_text(known: list[str], distinct: set[str]) -> bool:
    words = float(np.mean([len(value.split()) for value in known]))
    return words > FEW_WORDS and len(distinct) > max(FEW_ROWS, OFTEN_OTHER * len(known))


def known_column(name: str, kind: Kind, given: Sequence[Any]) -> Column:
    """A column whose kind is agreed on, such as a feature of ours."""
    if kind in ("number", "moment"):
        numbers = np.array([np.nan if value is None else float(value) for value in given], float)
        return Column(name, kind, numbers, ("",) * len(given))
    return Column(name, kind, np.full(len(given), np.nan), tuple("" if value is None else str(value) for value in given))


def _clean(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    text = str(value).strip()
    return "" if text.casefold() in PLACEHOLDERS else text


def _numbers(values: tuple[str, ...]) -> NDArray[np.float64]:
    found = np.full(len(values), np.nan)
    comma = _decimal_comma(values)
    for n, value in enumerate(values):
        word = value.casefold()
        if word in YES or word in NO:
            found[n] = float(word in YES)
            continue
        try:
            plain = value.replace(".", "").replace(",", ".") if comma else value.replace(",", "")
            found[n] = float(plain.lstrip("$").rstrip("%")) if value else np.nan
        except ValueError:
            continue
    found[np.isinf(found)] = np.nan
    return found


def _decimal_comma(values: tuple[str, ...]) -> bool:
    """Whether a comma parts the fraction (``12,5``, ``1.250,75``) rather than the thousands: at most one a value, no point
    after it, and in some not followed by just three digits."""
    with_comma = [value for value in values if "," in value]
    return all(COMMA_LAST.fullmatch(value) for value in with_comma) and any(
        len(value.rstrip("%").rpartition(",")[2]) != 3 for value in with_comma
    )


def _moments(values: tuple[str, ...]) -> NDArray[np.float64]:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # several ways of writing a date in one column: each is read by itself
        parsed = pd.to_datetime(pd.Series(values).replace("", None), errors="coerce", utc=True, format="mixed")
    seconds: NDArray[np.float64] = (parsed - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy(float)
    return seconds


def _counts(numbers: NDArray[np.float64]) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool((known == np.round(known)).all())


def _gapless(numbers: NDArray[np.float64]) -> bool:
    known = np.sort(numbers[~np.isnan(numbers)])
    return bool(np.ptp(known) < 1.5 * len(known))
