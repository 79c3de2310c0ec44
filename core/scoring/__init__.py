"""How suspicious and how promising a lead is, by written rules with reasons (SPEC 10.2-10.4).

Pure functions over ``Signals``; ``leads`` gathers the signals and asks for the scores in a job. A learned
model, asked by the job, answers in the same shape, ``Scored``, with its own version.
"""

from core.scoring.fraud import fraud
from core.scoring.gibberish import gibberish
from core.scoring.models import Score
from core.scoring.quality import quality
from core.scoring.signals import VERSION, AreaCode, Case, Reason, Scored, Signals
from core.scoring.stored import Kind, StoredScore, latest, store

__all__ = [
    "VERSION",
    "AreaCode",
    "Case",
    "Kind",
    "Reason",
    "Score",
    "Scored",
    "Signals",
    "StoredScore",
    "fraud",
    "gibberish",
    "latest",
    "quality",
    "store",
]
