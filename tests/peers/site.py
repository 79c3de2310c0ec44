"""A web site with pages, robots.txt and sitemaps; it knows conditional requests, and lies when told to."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from flask import Flask, Response, request


@dataclass
class SitePeer:
    """``pages`` by path: text, or a function that answers. ``asked``: path and status of each request."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def app(self) -> Flask:
        """The server."""
        app = Flask("site")
        app.add_url_rule("/", view_func=self._answer, defaults={"path": ""})
        app.add_url_rule("/<path:path>", view_func=self._answer)
        return app

    def put(self, path: str, content: str | bytes | Callable[[], Response]) -> None:
        """Add or change a page."""
        self.pages[path] = content

    def visited(self) -> list[str]:
        """Paths that were asked for, in order; forgotten then."""
        paths = [path for path, _ in self.asked]
        self.asked.clear()
        return paths

    def _answer(self, path: str) -> Response:
        self.agents.add(request.headers.get("User-Agent", ""))
        content = self.pages.get("/" + path)
        if content is None:
            response = Response("", 404)
        elif callable(content):
            response = content()
        else:
            response = self._page(content.encode() if isinstance(content, str) else content)
        self.asked.append(("/" + path, response.status_code))
        return response

    def _page(self, content: bytes) -> Response:
        etag = f'"{sha256(content).hexdigest()[:12]}"'
        if request.headers.get("If-None-Match") == etag:
            return Response("", 304, {"ETag": etag})
        return Response(content, 200, {"ETag": etag}, mimetype="text/html")


def home(number: int = 1, price: str = "425000", **more: Any) -> str:
    """A page with one home as schema.org describes it."""
    house = {
        "@type": "SingleFamilyResidence", "numberOfBedrooms": 3, "numberOfBathroomsTotal": 2, "yearBuilt": 1998,
        "floorSize": {"@type": "QuantitativeValue", "value": 100, "unitCode": "MTK"},
        "address": {"@type": "PostalAddress", "streetAddress": f"{number} Main St", "addressLocality": "Las Vegas",
                    "addressRegion": "NV", "postalCode": "89109"},
        "geo": {"@type": "GeoCoordinates", "latitude": 36.12, "longitude": "-115.14"},
    }  # fmt: skip
    seller = {"@type": "Person", "name": "A Seller", "telephone": "+1-702-555-0142"}
    offer = {"@type": "Offer", "price": price, "priceCurrency": "USD", "seller": seller} | more
    listing = {
        "@context": "https://schema.org",
        "@type": "RealEstateListing",
        "datePosted": "2026-11-01",
        "mainEntity": house,
        "offers": offer,
    }
    return page(listing)


def page(*things: Any) -> str:
    """A page with JSON-LD in it."""
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)
    return f"<!doctype html><html><head>{scripts}</head><body>x</body></html>"


def sitemap(*urls: str, lastmod: str | None = None, kind: str = "urlset", item: str = "url") -> str:
    """A sitemap of addresses."""
    stamp = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<{item}><loc> {url} </loc>{stamp}<x><loc>no</loc></x></{item}>" for url in urls)
    return f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{kind}>'


def zipped(text: str) -> bytes:
    """As a ``.gz`` file."""
    return gzip.compress(text.encode())
