"""What a model of meaning needs and writes: words of open listings, vectors under their model's name, what a company made
of its leads (SPEC 9.5). Which lead suits whom is worked out in ``ml``; without vectors the marketplace has its own order."""

from core.recommendations.past import Past, Wishes, past_of, wishes_of
from core.recommendations.vectors import Told, Vector, keep_vectors, vectors_of, without_vector

__all__ = ["Past", "Told", "Vector", "Wishes", "keep_vectors", "past_of", "vectors_of", "wishes_of", "without_vector"]
