"""Run the stubs: by themselves for a demo, in a thread for a test."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from werkzeug.serving import BaseWSGIServer, make_server

from core.kit.config import settings
from core.kit.local.places import free_port
from demo.gateways.app import Gateways
from demo.gateways.keys import Keys


def our_keys() -> Keys:
    """The keys of the settings in force."""
    ours = settings()
    return Keys(
        ours.stripe_secret_key.get_secret_value(),
        ours.stripe_webhook_secret.get_secret_value(),
        ours.paypal_client_id,
        ours.paypal_client_secret.get_secret_value(),
        ours.paypal_webhook_id,
    )


def serve(port: int) -> None:
    """Answer on loopback until SIGTERM or Ctrl-C; events go to this instance's webhooks."""
    gateways = Gateways(our_keys(), target=f"http://127.0.0.1:{settings().port}")
    server = _server(gateways, port or free_port())
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _number, _frame: os._exit(0))
    print(f"Stub gateways at http://127.0.0.1:{server.server_port}.", file=sys.stderr, flush=True)  # noqa: T201
    server.serve_forever()


@contextmanager
def running(keys: Keys, *, target: str | None = None) -> Iterator[tuple[Gateways, str]]:
    """The stubs and their address, in a thread."""
    gateways = Gateways(keys, target=target)
    server = _server(gateways, 0)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateways, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _server(gateways: Gateways, port: int) -> BaseWSGIServer:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, gateways.app, threaded=True)
    gateways.at(f"http://127.0.0.1:{server.server_port}")
    return server
