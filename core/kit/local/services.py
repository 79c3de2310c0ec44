"""One call that makes sure a command has its database and Redis."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from core.kit.config import settings
from core.kit.local.places import ServiceMissing
from core.kit.local.postgres import LocalPostgres
from core.kit.local.redis import LocalRedis

__all__ = ["ServiceMissing", "use_services"]


@contextmanager
def use_services() -> Iterator[None]:
    """Give this process (and its children) DATABASE_URL and REDIS_URL; stop at the end what was started here."""
    started: list[LocalPostgres | LocalRedis] = []
    try:
        for variable, configured, server in (
            ("DATABASE_URL", settings().database_url, LocalPostgres(settings().home)),
            ("REDIS_URL", settings().redis_url, LocalRedis(settings().home)),
        ):
            if configured:
                continue
            if not server.pid():
                started.append(server)
            os.environ[variable] = server.start()
        settings.cache_clear()
        yield
    finally:
        for server in reversed(started):
            server.stop()
