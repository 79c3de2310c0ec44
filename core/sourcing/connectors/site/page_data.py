"""The data inside a web page. The one place that knows ``extruct``."""

from collections.abc import Iterator
from typing import Any

from core.sourcing.errors import Unreadable

DEEPEST, MOST = 12, 2_000


def things(html: bytes, url: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Every typed thing of JSON-LD and microdata, outer before inner, and the page's OpenGraph tags."""
    import extruct  # loads RDF libraries that only pages need

    try:
        found = extruct.extract(
            html.decode("utf-8", "replace"),
            base_url=url,
            syntaxes=["json-ld", "microdata", "opengraph"],
            uniform=True,
            errors="ignore",
        )
    except Exception as error:  # whatever HTML of the world it stumbles over, the page goes to quarantine
        raise Unreadable("record.html", "The page can't be read as HTML.") from error
    linked = [thing for syntax in ("json-ld", "microdata") for root in found.get(syntax, ()) for thing in _flat(root, 0)]
    tags = {str(key): str(value) for page in found.get("opengraph", ()) for key, value in page.items() if isinstance(value, str)}
    return linked[:MOST], tags


def _flat(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for part in value:
            yield from _flat(part, depth + 1)
    elif isinstance(value, dict):
        if "@type" in value or "@id" in value:
            yield value
        for part in value.values():
            if isinstance(part, dict | list):
                yield from _flat(part, depth + 1)
