"""Versions of what a route shows: ``ETag`` on every reading, ``If-Match`` on edits, so that nobody overwrites unseen (RFC 9110).

A version is a hash of the content. An edit that names one is compared with what the address shows at that moment, inside
the edit's own transaction and after whoever edits the same address has finished.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.kit.errors import Conflict, Invalid
from intake_api.quick_json import to_bytes

Content = dict[str, Any]


class ChangedMeanwhile(Conflict):
    """What was to be edited is no longer what the caller read; nothing was changed."""


def version_of(content: Content) -> str:
    """The version of a route's content: the same content has the same one."""
    return _hash(to_bytes(content))


def stamp(response: Response) -> Response:
    """Name the version of what it says in ``ETag``; 304 when the caller has it already."""
    response.set_etag(_hash(response.get_data()))
    return response.make_conditional(request)


def check_match(session: Session, shown: Callable[[], Content] | None, *, address: str) -> None:
    """Let an edit pass that names no version, or the one that ``shown()`` has now; ``address`` is where that is read.

    Raises ``ChangedMeanwhile``; ``Invalid`` where an address shows nothing to compare with.
    """
    if not request.if_match:
        return
    if shown is None:
        raise Invalid("request.if_match", "This address has no versions. Send the request without If-Match.")
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:path, 0))"), {"path": address})
    if not request.if_match.contains(version_of(shown())):
        raise ChangedMeanwhile(
            "request.changed_meanwhile", "Somebody changed this since you read it. Read it again, then repeat your change."
        )


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
