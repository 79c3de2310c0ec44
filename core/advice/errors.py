"""What is refused about models, in words."""

from core.kit.errors import Conflict, Invalid, NotFound


class VersionUnknown(NotFound):
    """There is no such version of a model."""

    def __init__(self) -> None:
        super().__init__(
            "model.version_unknown", "There is no such version of the model. Reload the page to see which there are."
        )


class WorseThanChampion(Conflict):
    """The candidate does worse than what is in force, and nobody has written why it should replace it."""

    def __init__(self, candidate: float, standing: float, name: str) -> None:
        super().__init__(
            "model.worse",
            f"On the same hold-out this version scores {candidate:.4f} and {name} {standing:.4f}. "
            "It stays a challenger, unless you write down why it should be promoted all the same.",
        )


class OverrideTooShort(Invalid):
    """An override has to say why."""

    def __init__(self) -> None:
        super().__init__("model.override_short", "Say in at least 20 characters why a worse version should be promoted.")


class InForceAlready(Conflict):
    """A version is promoted once."""

    def __init__(self, name: str) -> None:
        super().__init__("model.in_force", f"{name} is in use already: there is nothing to promote. Reload the page.")


class OtherInForce(Conflict):
    """Something else is in force than what the person wanted to leave: somebody changed it at the same moment."""

    def __init__(self, name: str) -> None:
        super().__init__("model.other_in_force", f"{name} is in use by now: somebody changed it meanwhile. Reload the page.")


class NoEarlierVersion(Conflict):
    """There is nothing to go back to."""

    def __init__(self) -> None:
        super().__init__("model.nothing_earlier", "The written rule is in force already: there is nothing to go back to.")


class NotebookRunUnknown(NotFound):
    """There is no such run of a notebook."""

    def __init__(self) -> None:
        super().__init__("notebook.run_unknown", "There is no such run of a notebook. Reload the page to see which there are.")


class NotebookRunOver(Conflict):
    """A run that is over can't be stopped."""

    def __init__(self) -> None:
        super().__init__("notebook.over", "This run is over already. Reload the page to see what came of it.")


class TooManyNotebooks(Conflict):
    """One person's runs wait for workers that others need, too."""

    def __init__(self, most: int) -> None:
        super().__init__("notebook.too_many", f"{most} runs of yours wait or go on already. Ask again when one is over.")


class FeedbackInvalid(Invalid):
    """Nobody is asked that."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__("feedback.invalid", f"Say one of: {', '.join(known)}.", fields={"verdict": "Not one of these."})


class NothingToJudge(NotFound):
    """The lead is not on sale, and not the company's own."""

    def __init__(self) -> None:
        super().__init__("feedback.no_lead", "This lead is no longer on sale, so nothing can be said of it. Look at another one.")
