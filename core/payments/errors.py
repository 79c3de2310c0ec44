"""What payments refuse, in words."""

from core.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class GatewayNotConfigured(Unavailable):
    """This installation has no keys for the gateway; the message names the settings."""


class GatewayUnreachable(Unavailable):
    """The gateway could not be asked or gave no useful answer; nothing was charged."""


class DepositInvalid(Invalid):
    """The amount, the pack or the gateway of a deposit breaks a rule; ``fields`` says which."""


class DepositNotFound(NotFound):
    """There is no such deposit, or it is not the asker's to see."""


class DepositNotPayable(Conflict):
    """The deposit is paid or failed already."""


class WebhookForged(Forbidden):
    """The signature is missing, wrong or too old; nothing was changed (SPEC 6.2)."""


class WebhookUnreadable(Invalid):
    """Correctly signed, but not an event of this gateway; nothing was changed."""


class TopUpInvalid(Invalid):
    """The amounts or the mandate of an automatic top-up break a rule; ``fields`` says which."""


class NoSavedMethod(Conflict):
    """There is no saved card to charge."""


class PackNotFound(NotFound):
    """There is no such credit pack, or it is no longer on offer."""


class PackInvalid(Invalid):
    """The name, the amount or the bonus of a pack breaks a rule; ``fields`` says which."""


class PlanNotFound(NotFound):
    """There is no such plan."""


class PlanInvalid(Invalid):
    """A figure of a plan is out of bounds; ``fields`` says which."""


class PlanNotOffered(Conflict):
    """The plan is switched off, or the provider has it already."""


class PartnerNotFound(NotFound):
    """There is no such partner."""


class PartnerInvalid(Invalid):
    """The name or the share of a partner breaks a rule; ``fields`` says which."""


class ThresholdInvalid(Invalid):
    """The reminder's threshold is out of bounds."""


class NothingOwed(Conflict):
    """The provider owes nothing."""
