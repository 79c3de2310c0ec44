"""What may be wrong with a call that a source makes to us."""

from core.kit.errors import HotleadsError


class Forged(HotleadsError):
    """The call is not signed by a source of ours; nothing was changed."""


class Malformed(HotleadsError):
    """The call is signed, or needs no signature, and makes no sense; sending it again will not help."""
