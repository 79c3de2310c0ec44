"""JSON by orjson, several times as quick as the standard library: reading and writing it was a tenth of an answer's time.

Keys are sorted, so that the same content is the same bytes and has the same ``ETag``. What orjson does not know (a number
beyond 64 bits, half a character) the standard library writes, and what neither knows is said as Pydantic says it.
"""

import json
from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider
from pydantic_core import to_jsonable_python

_HOW = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def to_bytes(content: Any) -> bytes:
    """Content of plain values, ids, moments and dataclasses as UTF-8 JSON with sorted keys."""
    try:
        return orjson.dumps(content, option=_HOW, default=to_jsonable_python)
    except TypeError:
        return json.dumps(to_jsonable_python(content), sort_keys=True, separators=(",", ":")).encode()


class QuickJson(DefaultJSONProvider):
    """Flask's ``jsonify``, with these bytes."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The content as an answer."""
        content = self._prepare_response_obj(args, kwargs)
        return Response(to_bytes(content), mimetype=self.mimetype)
