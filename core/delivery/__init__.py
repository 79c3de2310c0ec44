"""What happens to a company's leads, told to its own programs: endpoints, signed calls, retries, log, replay (SPEC 7.7).

An event is a row beside the change that caused it; one job per endpoint carries its rows out in order, so that a slow or
broken receiver delays nobody else's.
"""

from core.delivery.announce import announce, announce_revoked, announce_subscription, sweep
from core.delivery.calls import Errand, Sent, send_all
from core.delivery.carry import begin, conclude
from core.delivery.document import SAMPLE
from core.delivery.endpoints import (
    EndpointView,
    NewEndpoint,
    add_endpoint,
    edit_endpoint,
    list_endpoints,
    remove_endpoint,
    rotate_secret,
    switch_endpoint,
)
from core.delivery.errors import DeliveryNotFound, EndpointInvalid, EndpointNotFound, EndpointOff, NothingToReplay
from core.delivery.events import EVENTS, Event
from core.delivery.forgetting import count_old, forget_old
from core.delivery.log import AttemptView, DeliveryView, attempts_of, deliveries, replay, replay_failed, test_send
from core.delivery.mapping import KINDS, SOURCES, Kind, preview
from core.delivery.sign import SIGNATURE, signature, signature_ok

__all__ = [
    "EVENTS",
    "KINDS",
    "SAMPLE",
    "SIGNATURE",
    "SOURCES",
    "AttemptView",
    "DeliveryNotFound",
    "DeliveryView",
    "EndpointInvalid",
    "EndpointNotFound",
    "EndpointOff",
    "EndpointView",
    "Errand",
    "Event",
    "Kind",
    "NewEndpoint",
    "NothingToReplay",
    "Sent",
    "add_endpoint",
    "announce",
    "announce_revoked",
    "announce_subscription",
    "attempts_of",
    "begin",
    "conclude",
    "count_old",
    "deliveries",
    "edit_endpoint",
    "forget_old",
    "list_endpoints",
    "preview",
    "remove_endpoint",
    "replay",
    "replay_failed",
    "rotate_secret",
    "send_all",
    "signature",
    "signature_ok",
    "sweep",
    "switch_endpoint",
    "test_send",
]
