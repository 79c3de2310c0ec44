"""The one place every sale takes from: slots of a lead, its listing, and the assignments that were sold.
Distribution, holds and purchases all claim rows here under the lead's lock, so none can sell beyond the cap."""

from core.inventory.models import Assignment, Listing, Slot

__all__ = ["Assignment", "Listing", "Slot"]
