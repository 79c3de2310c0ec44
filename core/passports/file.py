"""A passport as a file, and the proof that it is as it was written; needs neither database nor settings (docs/passport.md)."""

import hashlib
import json
from typing import Any

from core.kit.checks import Check
from core.kit.db import Json
from core.passports.sign import signed_by

FORMAT = "hotleads-passport/1"
FIRST = "0" * 64
_BODY = ("salt", "lead_id", "n", "at", "kind", "evidence_table", "evidence_hash", "facts")


def to_bytes(document: Json) -> bytes:
    """The one way to write it: keys in order, no spaces, UTF-8, a line feed at the end."""
    return (json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


def body_digest(lead_id: str, entry: Json) -> str:
    """SHA-256 of what an entry says, line by line; the facts are the very text of the file."""
    lines = (str({**entry, "lead_id": lead_id}[name]) for name in _BODY)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def link_digest(before: str, body: str) -> str:
    """SHA-256 of the digest before and the digest of what the entry says, both as hex."""
    return hashlib.sha256(f"{before}\n{body}".encode()).hexdigest()


def check(content: bytes, *, key: str | None = None) -> list[Check]:
    """Prove a copy: its form, every entry's digest, the consent wordings, the signature; each names the first fault.

    ``key``: the exchange's public key, got from it by another way. Without it the copy proves only that whoever
    signed it wrote all of it.
    """
    try:
        document = json.loads(content)
        whole = document["format"] == FORMAT and to_bytes(document) == content
    except (ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        return [Check("passport form", False, f"It is not a file as {FORMAT} writes it: something was changed or cut off.")]
    try:
        return [_chain(document), _wordings(document), _signature(document, key)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return [Check("passport form", False, f"Something is missing in it or of another kind ({type(error).__name__}).")]


def _chain(document: Json) -> Check:
    digest = FIRST
    for place, entry in enumerate(document["entries"], start=1):
        if entry["n"] != place:
            return Check("passport chain", False, f"Entry {place} is missing.")
        body = entry["body_digest"]
        if "facts" in entry and body_digest(document["lead_id"], entry) != body:
            return Check("passport chain", False, f"Entry {place} ({entry['kind']}) was altered.")
        digest = link_digest(digest, body)
        if digest != entry["digest"]:
            return Check("passport chain", False, f"Entry {place} does not follow from the entry before it.")
    if digest != document["head"]:
        return Check("passport chain", False, "The last entries are missing: the chain does not end with its head.")
    shown = sum("facts" in entry for entry in document["entries"])
    held = len(document["entries"]) - shown
    more = f", {held} withheld from this reader" if held else ""
    return Check("passport chain", True, f"{shown} entries of lead {document['lead_id']} as they were recorded{more}.")


def _wordings(document: Json) -> Check:
    given: dict[str, str] = document["wordings"]
    for named, wording in given.items():
        if hashlib.sha256(wording.encode()).hexdigest() != named:
            return Check("consent wordings", False, f"The consent text {named[:12]} was altered.")
    for entry in document["entries"]:
        wanted = _facts(entry).get("wording_sha256")
        if wanted and wanted not in given:
            return Check("consent wordings", False, f"The consent text of entry {entry['n']} is missing.")
    return Check("consent wordings", True, f"{len(given)} texts, each as it was shown.")


def _facts(entry: Json) -> dict[str, Any]:
    return dict(json.loads(entry["facts"])) if "facts" in entry else {}


def _signature(document: Json, key: str | None) -> Check:
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    used = str(document["public_key"])
    if not signed_by(used, to_bytes(unsigned), document["signature"]):
        return Check("signature", False, "The signature is not that of this file: something in it was changed.")
    if key is not None and key.strip() != used:
        return Check("signature", False, "It is signed with another key than the one given.")
    known = "the key given" if key is not None else f"key {used}; compare it with the exchange's own"
    return Check("signature", True, f"Signed by {document['issuer']} with {known}.")
