"""What a model of meaning needs and writes: words of open listings, vectors under their model's name, what a company made
of its leads (SPEC 9.5). Which lead suits whom is worked out in ``ml``; without vectors the marketplace has its own order."""

from core.recommendations.history import Heard, words_on_sale
from core.recommendations.past import Past, Wishes, past_of, wishes_of
from core.recommendations.vectors import Told, Vector, forget_other_vectors, keep_vectors, readers, vectors_of, without_vector

__all__ = [
    "Heard",
    "Past",
    "Told",
    "Vector",
    "Wishes",
    "forget_other_vectors",
    "keep_vectors",
    "past_of",
    "readers",
    "vectors_of",
    "wishes_of",
    "without_vector",
    "words_on_sale",
]
