"""Models, figures and facts in words."""

from dataclasses import dataclass

MAY_ACT = ("admin", "scientist")


@dataclass(frozen=True, slots=True)
class Told:
    """What a model is for, and what goes on while none is in force; ``versioned`` ones are trained and promoted."""

    title: str
    purpose: str
    without: str
    versioned: bool = True
    drifts: bool = False
    untrained: str = "Written rules"


MODELS = {
    "fraud": Told(
        "Fraud",
        "How likely a request comes from a script or a cheat. It orders review.",
        "Written rules add points for each signal. They need no history and were never fitted to yours.",
        drifts=True,
    ),
    "quality": Told(
        "Quality",
        "How likely a lead ends well, 0 to 100. It orders leads and moves prices.",
        "Written rules add points for what a request tells. They need no history and were never fitted to yours.",
        drifts=True,
    ),
    "price": Told(
        "Price",
        "The price of a listing that earns most until it closes. Guard rails come after.",
        "The written rule starts from the going rate and follows quality, age and demand.",
        drifts=True,
    ),
    "recommend": Told(
        "Recommendations",
        "Reads listings into vectors; a company is shown what lies near what it won.",
        "Each word is a direction drawn from itself, so it needs no history and learns from none. A configured endpoint goes "
        "before it.",
        untrained="Untrained model",
    ),
    "trend": Told(
        "Trend",
        "Requests a week, four weeks ahead, with a range.",
        "Fitted anew from the weeks so far each time it is asked: see Reports, What comes next? No version is kept or promoted.",
        versioned=False,
        untrained="Fitted anew",
    ),
}

WHO = {"model": "This version", "rule": "Written rule", "oracle": "Oracle"}
FIGURES = {
    "auc": "AUC",
    "average_precision": "Average precision",
    "brier": "Brier",
    "log_loss": "Log loss",
    "calibration_error": "Calibration error",
    "reciprocal_rank": "Reciprocal rank",
    "rows": "Rows",
}
VERDICTS = {"steady": "Steady", "moving": "Moving", "moved": "Drifted"}
ROLES = {"champion": "In use", "challenger": "Challenger", "": "Kept"}


def fact(name: str) -> str:
    """A fact's name for people."""
    return "Score (what it says)" if name == "score" else name.replace("_", " ").capitalize()
