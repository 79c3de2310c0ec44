"""What changing a niche, its form or its levels may be refused for."""

from collections.abc import Sequence

from core.kit.errors import Conflict, Invalid, NotFound
from core.niches.schema import SchemaProblem


class NicheNotFound(NotFound):
    """No niche has this id or slug."""

    def __init__(self) -> None:
        super().__init__("niche.not_found", "This niche does not exist. Choose one from the list.")


class NicheInvalid(Invalid):
    """A value of a niche or level breaks a rule; ``fields`` says which and why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("niche.invalid", sentence, fields={field: sentence})


class NameTaken(Conflict):
    """Another niche, or another level of the niche, has this name."""

    def __init__(self, what: str) -> None:
        sentence = f"Another {what} has this name. Choose a different one."
        super().__init__(f"{what}.name_taken", sentence, fields={"name": sentence})


class SchemaRefused(Invalid):
    """A form schema can't be published; ``problems`` and ``fields`` (by path) say why (SPEC 2.1)."""

    def __init__(self, problems: Sequence[SchemaProblem]) -> None:
        self.problems = list(problems)
        count = f"{len(problems)} problems" if len(problems) > 1 else "a problem"
        fields = {problem.path or "schema": problem.message for problem in reversed(problems)}
        super().__init__("schema.refused", f"The form has {count}. First: {problems[0].message}", fields=fields)


class SchemaUnchanged(Conflict):
    """The schema is the one that is published already."""

    def __init__(self) -> None:
        super().__init__("schema.unchanged", "Nothing was changed: this form is published already.")


class SchemaStale(Conflict):
    """Somebody else has published a version since this one was begun."""

    def __init__(self, version: int) -> None:
        super().__init__(
            "schema.stale", f"Version {version} was published meanwhile. Reload the form and make your change again."
        )


class LevelNotFound(NotFound):
    """No competition level has this id."""

    def __init__(self) -> None:
        super().__init__("level.not_found", "This competition level does not exist. Reload the page.")


class LastActiveLevel(Conflict):
    """The last active level of a niche stays active (SPEC 4.1)."""

    def __init__(self) -> None:
        super().__init__("level.last_active", "This is the niche's last active level. Activate another one first.")


class LevelInUse(Conflict):
    """A level with assignments or subscriptions can't be deleted (SPEC 4.1)."""

    def __init__(self, why: str) -> None:
        super().__init__("level.in_use", f"{why} Deactivate the level instead.")


class LevelUnchanged(Conflict):
    """The level is in that state already."""

    def __init__(self, state: str) -> None:
        super().__init__("level.unchanged", f"The level is {state} already.")


class NoPendingPrice(Conflict):
    """No price rise is waiting for consent."""

    def __init__(self) -> None:
        super().__init__("level.no_pending_price", "No price change is waiting for this level. Reload the page.")
