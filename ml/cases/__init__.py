"""Past leads as models see them: the facts of the moment of decision, and what became of them until a cut-off.

The same columns come from the exchange's own history (``from_exchange``) and from the made-up world (``from_world``).
"""

from ml.cases.cases import FACTS, SLICES, Cases, facts_of, from_world
from ml.cases.exchange import from_exchange

__all__ = ["FACTS", "SLICES", "Cases", "facts_of", "from_exchange", "from_world"]
