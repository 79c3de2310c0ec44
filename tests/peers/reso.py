"""A RESO Web API server (OData): tokens, filters, pages with next links; it throttles, expires and lies when told to."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Flask, Response, request

PAGE = 3


@dataclass
class ResoPeer:
    """``listings`` by key. ``trouble``: called with each request to a resource; what it returns is answered instead."""

    listings: dict[str, dict[str, Any]] = field(default_factory=dict)
    page: int = PAGE
    tokens: set[str] = field(default_factory=set)
    granted: int = 0
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    link_base: str = ""
    extra_headers: dict[str, str] = field(default_factory=dict)
    gzip_only: bool = False
    metadata: str | None = None  # what ``$metadata`` answers; absent: 404
    described: int = 0
    trouble: Callable[[], Response | None] = lambda: None

    def put(self, key: str, stamp: str, **more: Any) -> None:
        """Add or change a listing."""
        listing = {"ListingKey": key, "ModificationTimestamp": stamp, "StandardStatus": "Active", "ListPrice": 425000.5}
        self.listings[key] = listing | {"OriginatingSystemName": "actris", "Unheard": {"of": 1}} | more

    def app(self) -> Flask:
        """The server."""
        app = Flask("reso")
        app.add_url_rule("/token", view_func=self._token, methods=["POST"], endpoint="token")
        app.add_url_rule("/odata/$metadata", view_func=self._metadata, endpoint="metadata")
        app.add_url_rule("/odata/Property", view_func=self._list, endpoint="list")
        app.add_url_rule("/odata/Property/replication", view_func=self._list, endpoint="replication")
        app.add_url_rule("/odata/Property(<key>)", view_func=self._one, endpoint="one")
        return app

    def _token(self) -> Any:
        form = request.form
        if (form.get("grant_type"), form.get("client_id"), form.get("client_secret")) != ("client_credentials", "us", "s3cret"):
            return {"error": "invalid_client"}, 401
        self.granted += 1
        self.tokens = {f"token-{self.granted}"}
        return {"access_token": f"token-{self.granted}", "expires_in": 3600, "token_type": "Bearer"}

    def _metadata(self) -> Response:
        self.described += 1
        if self.metadata is None:
            return Response("", 404)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Response("", 401)
        if "xml" not in request.headers.get("Accept", ""):
            return Response("{}", 200, mimetype="application/json")
        return Response(self.metadata, 200, mimetype="application/xml")

    def _refusal(self) -> Response | None:
        self.asked.append(request.full_path.rstrip("?"))
        self.headers.append(dict(request.headers))
        if self.gzip_only and "gzip" not in request.headers.get("Accept-Encoding", ""):
            return Response("gzip", 400)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Response("", 401)
        return self.trouble()

    def _list(self) -> Response:
        refused = self._refusal()
        if refused is not None:
            return refused
        if "page" in request.args:
            keys = self.links.get(request.args["page"])
            if keys is None:
                return Response("this link has expired", 400)
        else:
            keys = self._matching()
        shown = [self.listings[key] for key in keys[: self.page]]
        body: dict[str, Any] = {"@odata.context": "x", "value": shown}
        if keys[self.page :]:
            name = str(uuid4())
            self.links[name] = keys[self.page :]
            body["@odata.nextLink"] = f"{self.link_base or request.base_url}?page={name}"
        return self._answer(body)

    def _matching(self) -> list[str]:
        condition = request.args.get("$filter", "")
        since = re.search(r"ModificationTimestamp ge (\S+)", condition)
        system = re.findall(r"OriginatingSystemName eq '((?:[^']|'')*)'", condition)
        found = [
            listing
            for listing in self.listings.values()
            if (not since or listing["ModificationTimestamp"] >= since[1])
            and (not system or listing["OriginatingSystemName"] == system[0].replace("''", "'"))
            and ("MlgCanView eq true" not in condition or listing.get("MlgCanView", True))
        ]
        if "$orderby" in request.args:
            found.sort(key=lambda listing: (listing["ModificationTimestamp"], listing["ListingKey"]))
        return [listing["ListingKey"] for listing in found]

    def _one(self, key: str) -> Response:
        refused = self._refusal()
        if refused is not None:
            return refused
        listing = self.listings.get(key.strip("'").replace("''", "'"))
        return self._answer({"@odata.context": "x"} | listing) if listing else Response("", 404)

    def _answer(self, body: dict[str, Any]) -> Response:
        content = json.dumps(body).encode()
        headers = dict(self.extra_headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            content, headers["Content-Encoding"] = gzip.compress(content), "gzip"
        return Response(content, 200, headers, mimetype="application/json")
