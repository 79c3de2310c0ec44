"""JSON by orjson, several times as quick as the standard library: reading and writing it was a tenth of an answer's time.

Keys are sorted, so that the same content is the same bytes and has the same ``ETag``. What orjson refuses (a number beyond
64 bits) the standard library writes.
"""

import json
from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider


def to_bytes(content: Any) -> bytes:
    """Plain content (what ``json`` can say) as UTF-8 JSON with sorted keys."""
    try:
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return json.dumps(content, sort_keys=True, separators=(",", ":"), default=DefaultJSONProvider.default).encode()


class QuickJson(DefaultJSONProvider):
    """Flask's ``jsonify``, with these bytes."""

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The content as an answer."""
        content = self._prepare_response_obj(args, kwargs)
        return Response(to_bytes(content), mimetype=self.mimetype)
