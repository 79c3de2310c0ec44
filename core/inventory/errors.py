"""What inventory refuses, in words."""

from core.kit.errors import Conflict


class NothingToSell(Conflict):
    """The lead has no free slot, or is not for sale."""
