"""Meta's Graph API for leads, and its signed calls."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request

SECRET, TOKEN = "app-secret", "reader-token"


@dataclass
class MetaPeer:
    """``leads`` by form, newest first when asked. ``trouble``: answers to give instead, one per request."""

    leads: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    trouble: list[Response | None] = field(default_factory=list)
    usage: str = ""
    cursors: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, form: str, lead_id: str, second: int, **answers: str) -> None:
        """Someone filled in the form, ``second`` seconds into the hour."""
        data = [{"name": name, "values": [value]} for name, value in (answers or {"email": f"p{lead_id}@example.com"}).items()]
        created = f"2026-10-01T12:{second // 60:02d}:{second % 60:02d}+0000"
        lead = {"id": lead_id, "created_time": created, "form_id": form, "field_data": data, "unheard_of": True}
        self.leads.setdefault(form, []).append(lead)

    def app(self) -> Flask:
        """The server."""
        app = Flask("meta")
        app.add_url_rule("/<version>/<form>/leads", view_func=self._list, endpoint="list")
        app.add_url_rule("/<version>/<lead>", view_func=self._one, endpoint="one")
        return app

    def _refusal(self) -> Response | None:
        self.asked.append(request.full_path)
        proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        if request.headers.get("Authorization") != f"Bearer {TOKEN}" or request.args.get("appsecret_proof") != proof:
            return error(190, status=400)
        return self.trouble.pop(0) if self.trouble else None

    def _list(self, version: str, form: str) -> Response:
        refused = self._refusal()
        if refused is not None:
            return refused
        if "after" in request.args:
            known = self.cursors.get(request.args["after"])
            if known is None:
                return error(100, status=400)
            ids = known[1]
        else:
            since = json.loads(request.args.get("filtering", '[{"value": 0}]'))[0]["value"]
            found = [lead for lead in self.leads.get(form, []) if _second(lead) > since]
            ids = [lead["id"] for lead in sorted(found, key=lambda lead: lead["created_time"], reverse=True)]
        most = int(request.args["limit"])
        body: dict[str, Any] = {"data": [lead for key in ids[:most] for lead in self.leads[form] if lead["id"] == key]}
        if ids[most:]:
            after = str(uuid4())
            self.cursors[after] = (form, ids[most:])
            body["paging"] = {"cursors": {"after": after}, "next": f"https://elsewhere.example/?access_token={TOKEN}"}
        return self._answer(body)

    def _one(self, version: str, lead: str) -> Response:
        refused = self._refusal()
        if refused is not None:
            return refused
        found = next((known for leads in self.leads.values() for known in leads if known["id"] == lead), None)
        return self._answer(found) if found else error(100, subcode=33, status=400)

    def _answer(self, body: dict[str, Any]) -> Response:
        headers = {"X-Business-Use-Case-Usage": self.usage} if self.usage else {}
        return Response(json.dumps(body), 200, headers, mimetype="application/json")


def error(code: int, *, subcode: int | None = None, status: int = 400, usage: str = "") -> Response:
    """An error as Graph answers it."""
    body = {"error": {"message": "x", "code": code} | ({"error_subcode": subcode} if subcode else {})}
    return Response(json.dumps(body), status, {"X-Business-Use-Case-Usage": usage} if usage else {}, mimetype="application/json")


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a call of Meta's."""
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def leadgen(*lead_ids: Any, page: Any = "77") -> bytes:
    """The body of a call that names leads."""
    value = [{"field": "leadgen", "value": {"leadgen_id": key, "page_id": page, "created_time": 1761000000}} for key in lead_ids]
    return json.dumps({"object": "page", "entry": [{"id": page, "time": 1761000000, "changes": value}]}).encode()


def _second(lead: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(lead["created_time"]).timestamp())
