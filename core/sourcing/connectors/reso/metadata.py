"""What a RESO server says of itself in ``$metadata``: the names that its listings have (OData CSDL, XML) (SPEC 8.1)."""

from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree as defused
from defusedxml.common import DefusedXmlException

from core.sourcing.errors import Unreadable

LARGEST = 32 << 20  # bytes; a whole Data Dictionary with its lookups takes some three million
MEDIA_TYPE = "application/xml"
RESOURCE = "Property"
DEEPEST = 10  # types that build on each other


def names_of_listings(content: bytes) -> frozenset[str]:
    """Fields and expandable resources of ``Property``; raises ``Unreadable`` when the document describes none."""
    try:
        root = defused.fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable("source.metadata", "The server's $metadata can't be read.") from error
    types = {_last(one.get("Name")): one for one in _all(root, "EntityType")}
    sets = {one.get("Name"): _last(one.get("EntityType")) for one in _all(root, "EntitySet")}
    found: set[str] = set()
    kind: str | None = sets.get(RESOURCE, RESOURCE)
    for _ in range(DEEPEST):
        if kind is None or kind not in types:
            break
        found |= {
            name for tag in ("Property", "NavigationProperty") for one in _all(types[kind], tag) if (name := one.get("Name"))
        }
        kind = _last(types[kind].get("BaseType")) or None
    if not found:
        raise Unreadable("source.metadata", "The server's $metadata describes no Property.")
    return frozenset(found)


def _all(within: Element, tag: str) -> list[Element]:
    """Elements by their bare name: OData 4.0 and 4.01 and careless servers differ in the namespace."""
    return [one for one in within.iter() if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == tag]


def _last(name: str | None) -> str:
    """``org.reso.metadata.Property`` without what stands before it."""
    return (name or "").rpartition(".")[2]
