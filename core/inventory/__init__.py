"""The one place every sale takes from: slots of a lead, its listing, and the assignments that were sold.
Distribution, holds and purchases all claim rows here under the lead's lock, so none can sell beyond the cap."""

from core.inventory.errors import NothingToSell
from core.inventory.listings import close_stale_listings, open_listing
from core.inventory.models import Assignment, Listing, Slot
from core.inventory.slots import SlotCount, count_slots, open_slots
from core.inventory.verify import verify

__all__ = [
    "Assignment",
    "Listing",
    "NothingToSell",
    "Slot",
    "SlotCount",
    "close_stale_listings",
    "count_slots",
    "open_listing",
    "open_slots",
    "verify",
]
