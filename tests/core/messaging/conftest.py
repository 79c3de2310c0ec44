"""The peer that tells of mail."""

from tests.snspeer import peer, sns

__all__ = ["peer", "sns"]
