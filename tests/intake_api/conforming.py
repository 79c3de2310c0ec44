"""Every answer that a test gets is held against the OpenAPI document: a shape that has drifted fails where it is used."""

import json
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from intake_api.answers import answers
from intake_api.openapi import ERROR

REFUSAL = Draft202012Validator(ERROR)


class Drifted(AssertionError):
    """An answer is not what the document says."""


def watch(app: Flask) -> Flask:
    """Have each JSON answer of the app checked as it leaves."""
    app.after_request(_checked)
    return app


def _checked(response: Response) -> Response:
    if not request.path.startswith(("/api/v1/", "/health/")) or response.mimetype != "application/json" or not response.data:
        return response
    said = json.loads(response.get_data())
    if response.status_code >= 400 and request.endpoint != "health.ready":
        _hold("error", REFUSAL, said)
    elif request.endpoint in answers():
        validator, names = _of(request.endpoint)
        _hold(request.endpoint, validator, said)
        if names is not None and (more := set(said) - names):
            raise Drifted(f"{request.endpoint} answers {sorted(more)}, of which the document does not tell")
    return response


def _hold(what: str, validator: Draft202012Validator, said: Any) -> None:
    for problem in validator.iter_errors(said):
        raise Drifted(f"{what}: {'.'.join(map(str, problem.absolute_path))}: {problem.message[:300]}")


@lru_cache(maxsize=512)
def _of(endpoint: str) -> tuple[Draft202012Validator, frozenset[str] | None]:
    schema = TypeAdapter(answers()[endpoint]).json_schema(mode="serialization")
    own = schema.get("properties")
    return Draft202012Validator(schema), frozenset(own) if own else None
