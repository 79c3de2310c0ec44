"""How a receiver knows that a call is ours: HMAC-SHA256 over moment and body (SPEC 7.7, RFC 2104).

``Hotleads-Signature: t=<unix seconds>,v1=<hex>``; the signed text is ``<t>.<body>``. While a secret is being changed
there are two ``v1``. A receiver refuses a ``t`` older than five minutes, so that a call can't be recorded and played again.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

SIGNATURE = "Hotleads-Signature"
TOLERANCE_S = 300


def signature(body: bytes, *, secrets: Sequence[str], now: datetime) -> str:
    """The header's value, with one signature for each secret."""
    moment = int(now.timestamp())
    return ",".join([f"t={moment}", *(f"v1={_mac(moment, body, secret)}" for secret in secrets)])


def signature_ok(header: str, body: bytes, *, secret: str, now: datetime) -> bool:
    """What a receiver checks; for tests, and for whoever ports it to another language."""
    parts = [part.partition("=") for part in header.split(",")]
    moments = [value for name, _, value in parts if name == "t" and value.isdecimal()]
    if len(moments) != 1 or abs(now.timestamp() - int(moments[0])) > TOLERANCE_S:
        return False
    wanted = _mac(int(moments[0]), body, secret)
    return any(hmac.compare_digest(value, wanted) for name, _, value in parts if name == "v1")


def _mac(moment: int, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
