"""Bring your own history: learn from any table of past leads how likely a new one is to end well (SPEC 10.3).

``learn`` reads a CSV file, finds out what its columns hold, warns of those that tell the answer, and says by
cross-validation how good a model on the rest would be.
"""

from ml.history.leaks import Alone, Leak, alone, leaks
from ml.history.learn import Learned, learn
from ml.history.reading import History, read

__all__ = ["Alone", "History", "Leak", "Learned", "alone", "leaks", "learn", "read"]
