"""What a policy may be refused for."""

from collections.abc import Mapping

from core.kit.errors import Invalid


class PolicyInvalid(Invalid):
    """One or more parts of a new policy break a rule; all of them are named at once."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("policy.invalid", "Please correct the marked fields.", fields=fields)
