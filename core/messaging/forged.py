"""Calls that tell of mail and can't be believed."""

from core.kit.errors import HotleadsError


class EventMalformed(HotleadsError):
    """The call is not in the shape its service sends."""


class EventForged(HotleadsError):
    """The call is not signed by its service for us; nothing was changed."""
