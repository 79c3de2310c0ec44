"""A made-up exchange with a known truth, to judge models by (docs/models.md).

Everything a model sees has the columns that the exchange's own history has; what made it is known exactly, so the best
that anybody could do with these columns (the oracle) is computed, not guessed. The same seed makes the same world.
"""

from ml.world.buyers import Demand, Offers, make_offers
from ml.world.people import KINDS, People, make_people
from ml.world.tastes import Tastes, make_tastes

__all__ = ["KINDS", "Demand", "Offers", "People", "Tastes", "make_offers", "make_people", "make_tastes"]
