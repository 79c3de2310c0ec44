"""What delivery refuses, in words."""

from core.kit.errors import Conflict, Invalid, NotFound


class EndpointNotFound(NotFound):
    """No such endpoint, or not the asker's."""

    def __init__(self) -> None:
        super().__init__("webhook.not_found", "There is no such webhook, or it was removed.")


class EndpointInvalid(Invalid):
    """An endpoint that can't be kept; ``fields`` says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("webhook.invalid", sentence, fields={field: sentence})


class EndpointOff(Conflict):
    """Nothing is sent to an endpoint that is switched off."""

    def __init__(self) -> None:
        super().__init__("webhook.off", "This webhook is switched off, so nothing is sent to it. Switch it on, then send again.")


class DeliveryNotFound(NotFound):
    """No such delivery of this endpoint."""

    def __init__(self) -> None:
        super().__init__("webhook.delivery_not_found", "There is no such delivery of this webhook. Open its log again.")


class NothingToReplay(NotFound):
    """No such delivery, or not the asker's, or it is still on its way."""

    def __init__(self) -> None:
        super().__init__("webhook.nothing_to_replay", "There is no such finished delivery. What waits goes out by itself.")
