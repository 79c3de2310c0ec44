"""Private PostgreSQL and Redis for a laptop or a test run, under ``HOTLEADS_HOME`` on free loopback ports.

``DATABASE_URL`` and ``REDIS_URL`` use servers of your own instead.
"""

from core.kit.local.postgres import LocalPostgres
from core.kit.local.redis import LocalRedis
from core.kit.local.services import ServiceMissing, kept_secret, use_kept_secret, use_services
from core.kit.local.standby import LocalStandby

__all__ = ["LocalPostgres", "LocalRedis", "LocalStandby", "ServiceMissing", "kept_secret", "use_kept_secret", "use_services"]
