"""What a request gives, as a model: its query's parameters each once, and every field that is wrong named in words."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from core.kit.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)
AN_ID, A_MOMENT, A_DAY = "01939c5e-0000-7000-8000-000000000000", "2026-11-01T00:00:00Z", "2026-11-01"
# Pydantic's kinds of mistake by how they begin, the longer ones first; what stands in none is told in its own words.
_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "This field is required.",
    "extra_forbidden": lambda _: "There is no such field.",
    "uuid": lambda _: f"This is no id; ids look like {AN_ID}.",
    "int": lambda _: "Send a whole number.",
    "float": lambda _: "Send a number.",
    "finite_number": lambda _: "Send a number.",
    "bool": lambda _: "Send true or false.",
    "string_type": lambda _: "Send text.",
    "string_too_long": lambda more: f"At most {more['max_length']:,} characters.",
    "string_too_short": lambda more: f"At least {more['min_length']:,} characters.",
    "list_type": lambda _: "Send a list.",
    "tuple_type": lambda _: "Send a list.",
    "too_long": lambda more: f"At most {more['max_length']:,} of them.",
    "too_short": lambda more: f"At least {more['min_length']:,} of them.",
    "dict_type": lambda _: "Send an object.",
    "model": lambda _: "Send an object.",
    "timezone_aware": lambda _: f"Say the time zone, too: {A_MOMENT}.",
    "datetime": lambda _: f"Send a moment such as {A_MOMENT}.",
    "date_": lambda _: f"Send a day such as {A_DAY}.",
    "greater_than_equal": lambda more: f"At least {more['ge']}.",
    "greater_than": lambda more: f"More than {more['gt']}.",
    "less_than_equal": lambda more: f"At most {more['le']}.",
    "less_than": lambda more: f"Less than {more['lt']}.",
    "literal_error": lambda more: f"Choose one of: {str(more['expected']).replace(chr(39), '').replace(' or ', ', ')}.",
}


def read(model: type[Model], data: dict[str, Any]) -> Model:
    """The data as its model; raises ``Invalid`` naming every field that is wrong."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = {_path(problem): _sentence(problem) for problem in error.errors()}
        raise Invalid("request.invalid", "Some fields are missing or wrong. Please correct them.", fields=fields) from error


def parameters(model: type[BaseModel], args: MultiDict[str, str]) -> dict[str, str]:
    """A query's parameters by name. One that takes several may be repeated, any other is given once; raises ``Invalid``."""
    twice = [
        name
        for name, values in args.lists()
        if len(values) > 1 and name in model.model_fields and not _takes_several(model, name)
    ]
    if twice:
        fields = dict.fromkeys(twice, "Give this parameter once.")
        raise Invalid("request.twice", "A parameter stands in the address more than once.", fields=fields)
    return {name: ",".join(values) for name, values in args.lists()}


def _takes_several(model: type[BaseModel], name: str) -> bool:
    return get_origin(model.model_fields[name].annotation) is tuple


def _path(problem: ErrorDetails) -> str:
    return ".".join(str(step) for step in problem["loc"]) or "body"


def _sentence(problem: ErrorDetails) -> str:
    """What is wrong and what is wanted; a rule of our own says it itself."""
    kind = problem["type"]
    for beginning, words in _WORDS.items():
        if kind.startswith(beginning):
            return words(problem.get("ctx", {}))
    sentence = problem["msg"].removeprefix("Value error, ")
    return sentence[:1].upper() + sentence[1:].rstrip(".") + "."
