"""Which trained model is in force, which one is listened to, and what each of them said (SPEC 10.4 to 10.6).

Core asks no model. Jobs do, by ``ml``, and write down here what was said; a promotion is a row here, which every process
sees within a minute. Without any row the written rules are in force.
"""

from core.advice import notebooks
from core.advice.errors import (
    FeedbackInvalid,
    InForceAlready,
    NoEarlierVersion,
    NotebookRunOver,
    NotebookRunUnknown,
    NothingToJudge,
    OtherInForce,
    OverrideTooShort,
    TooManyNotebooks,
    VersionUnknown,
    WorseThanChampion,
)
from core.advice.facts import keep_facts
from core.advice.feedback import Verdict, feedback_of, give_feedback
from core.advice.models import ModelVersion
from core.advice.predictions import Said, log, note
from core.advice.training import TRAINING, Training, ask_training, latest_training
from core.advice.versions import (
    Change,
    Comparison,
    InForce,
    Version,
    changes,
    in_force,
    promote,
    register,
    roll_back,
    version,
    versions,
)

__all__ = [
    "TRAINING",
    "Change",
    "Comparison",
    "FeedbackInvalid",
    "InForce",
    "InForceAlready",
    "ModelVersion",
    "NoEarlierVersion",
    "NotebookRunOver",
    "NotebookRunUnknown",
    "NothingToJudge",
    "OtherInForce",
    "OverrideTooShort",
    "Said",
    "TooManyNotebooks",
    "Training",
    "Verdict",
    "Version",
    "VersionUnknown",
    "WorseThanChampion",
    "ask_training",
    "changes",
    "feedback_of",
    "give_feedback",
    "in_force",
    "keep_facts",
    "latest_training",
    "log",
    "note",
    "notebooks",
    "promote",
    "register",
    "roll_back",
    "version",
    "versions",
]
