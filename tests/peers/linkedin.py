"""LinkedIn's lead form responses, and its signed calls."""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request

SECRET, OWNER = "client-secret", "urn:li:sponsoredAccount:522"


@dataclass
class LinkedInPeer:
    """``responses`` in the order they came."""

    responses: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    stuck: bool = False  # whichever page is asked for, the first one comes

    def add(self, key: str, submitted: int, *, test: bool = False) -> None:
        """Someone filled in a form."""
        answers = [
            {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": f"{key}@example.com"}}},
            {"questionId": 2, "answerDetails": {"textQuestionAnswer": {"answer": "Pat"}}},
            {"questionId": 3, "answerDetails": {"multipleChoiceAnswer": {"options": [4, 5]}}},
        ]
        questions = [
            {"questionId": 1, "predefinedField": "EMAIL", "name": "Mail"},
            {"questionId": 2, "predefinedField": "FIRST_NAME"},
            {"questionId": 3, "question": {"localized": {"en_US": "When do you want to sell?"}}},
        ]
        response = {"answers": answers, "consentResponses": [{"consentId": 2**60 + 1, "accepted": True}]}
        form = {"id": 2**60 + 1, "name": "Sell", "content": {"questions": questions}}
        lead = {
            "id": key,
            "submittedAt": submitted,
            "testLead": test,
            "leadType": "SPONSORED",
            "owner": {"sponsoredAccount": OWNER},
        }
        self.responses.append(lead | {"formResponse": response, "form": form, "unheardOf": 1})

    def app(self) -> Flask:
        """The server."""
        app = Flask("linkedin")
        app.add_url_rule("/rest/leadFormResponses", view_func=self._list, endpoint="list")
        app.add_url_rule("/rest/leadFormResponses/<key>", view_func=self._one, endpoint="one")
        return app

    def _refused(self) -> bool:
        self.asked.append(request.full_path)
        wanted = {"Authorization": "Bearer reader", "LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}
        return any(request.headers.get(name) != value for name, value in wanted.items())

    def _list(self) -> Response:
        span = re.search(r"submittedAtTimeRange=\(start:(\d+),end:(\d+)\)", request.query_string.decode())
        if self._refused() or span is None or "522" not in request.args["owner"]:
            return Response("", 403)
        found = [lead for lead in self.responses if int(span[1]) <= lead["submittedAt"] < int(span[2])]
        start, count = 0 if self.stuck else int(request.args["start"]), int(request.args["count"])
        body = {"elements": found[start : start + count], "paging": {"start": start, "count": count, "total": len(found)}}
        return Response(json.dumps(body), mimetype="application/json")

    def _one(self, key: str) -> Response:
        if self._refused():
            return Response("", 403)
        found = next((lead for lead in self.responses if lead["id"] == key), None)
        return Response(json.dumps(found), mimetype="application/json") if found else Response("", 404)


def action(key: str, what: str = "CREATED", owner: str = OWNER) -> bytes:
    """The body of a call about a response."""
    body = {"type": "LEAD_ACTION", "leadGenFormResponse": f"urn:li:leadGenFormResponse:{key}", "leadAction": what}
    return json.dumps(body | {"owner": {"sponsoredAccount": owner}, "occurredAt": 1761000000000, "more": []}).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a call of LinkedIn's: the prefix is in what is signed."""
    return {"X-LI-Signature": hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()}
