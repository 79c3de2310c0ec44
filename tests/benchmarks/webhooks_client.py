"""The deliveries of the webhook benchmark, in a process of its own: a plan as JSON on stdin, latencies and statuses on stdout.

Each delivery comes from another address, as through the proxy that the server trusts.
"""

import base64
import json
import sys
from functools import partial
from typing import Any

from tests.benchmarks.connections import Ready, caller, drive


def ready(mine: list[dict[str, Any]]) -> list[Ready]:
    """The deliveries as their gateways send them."""
    return [
        (
            "POST", f"/api/v1/webhooks/{each['gateway']}", base64.b64decode(each["body"]),
            each["headers"] | {"X-Forwarded-For": caller(number)},
        )
        for number, each in enumerate(mine)
    ]  # fmt: skip


if __name__ == "__main__":
    plan = json.load(sys.stdin)
    drive(plan, [partial(ready, plan["deliveries"][n :: plan["connections"]]) for n in range(plan["connections"])])
