"""Contact data in normal forms, each with what is doubtful or useless about it (SPEC 8.3). Pure: nothing is looked up
outside the process, nothing is stored. ``normalise`` takes one record; its parts stand beside it."""

from core.sourcing.normalise.names import Name, looks_like_business, read_name
from core.sourcing.normalise.places import Home, read_home
from core.sourcing.normalise.reaches import read_mailbox, read_number
from core.sourcing.normalise.reasons import REASONS, Reason, Standing
from core.sourcing.normalise.record import Normal, normalise

__all__ = [
    "REASONS",
    "Home",
    "Name",
    "Normal",
    "Reason",
    "Standing",
    "looks_like_business",
    "normalise",
    "read_home",
    "read_mailbox",
    "read_name",
    "read_number",
]
