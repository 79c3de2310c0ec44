"""Running the exchange: thresholds that admins change, queue figures, dead letters, health checks.

Used by every chapter above for its thresholds, by the pages and routes of operations for the rest.
"""

from core.kit.checks import Check
from core.ops.capacity import BOUNDS, COSTS, Capacity, Cost, Day, DayOutOfBounds, capacity, cpu_ms
from core.ops.dead_letters import (
    BulkResult,
    DeadLetter,
    DeadLetterGone,
    bulk_dead_letters,
    bury,
    clean_queue,
    dead_letter,
    dead_letters,
    resolve_dead_letter,
    retry_dead_letter,
)
from core.ops.demo import demo_history
from core.ops.gauges import gauges, health_gauges
from core.ops.health import check_database, check_queue, check_redis
from core.ops.months import Month, MonthsBusy, MonthsKept, keep_months, months
from core.ops.outlook import Outlook, outlook
from core.ops.probe import probe_address, record_probe, request_probe
from core.ops.queues import (
    Failure,
    QueueDepth,
    ScheduleView,
    history_is_loading,
    last_line,
    queue_depths,
    recent_failures,
    schedules,
)
from core.ops.registry import REGISTRY as THRESHOLDS
from core.ops.rekey import SEALED_COLUMNS, Counted, SealedColumn, note_rekeyed, rekey_portion, sealed_standing
from core.ops.running import RunningJob, announce, announce_end, running_jobs
from core.ops.thresholds import ThresholdChange, ThresholdView, set_threshold, threshold, threshold_changes, thresholds

__all__ = [
    "BOUNDS",
    "COSTS",
    "SEALED_COLUMNS",
    "THRESHOLDS",
    "BulkResult",
    "Capacity",
    "Check",
    "Cost",
    "Counted",
    "Day",
    "DayOutOfBounds",
    "DeadLetter",
    "DeadLetterGone",
    "Failure",
    "Month",
    "MonthsBusy",
    "MonthsKept",
    "Outlook",
    "QueueDepth",
    "RunningJob",
    "ScheduleView",
    "SealedColumn",
    "ThresholdChange",
    "ThresholdView",
    "announce",
    "announce_end",
    "bulk_dead_letters",
    "bury",
    "capacity",
    "check_database",
    "check_queue",
    "check_redis",
    "clean_queue",
    "cpu_ms",
    "dead_letter",
    "dead_letters",
    "demo_history",
    "gauges",
    "health_gauges",
    "history_is_loading",
    "keep_months",
    "last_line",
    "months",
    "note_rekeyed",
    "outlook",
    "probe_address",
    "queue_depths",
    "recent_failures",
    "record_probe",
    "rekey_portion",
    "request_probe",
    "resolve_dead_letter",
    "retry_dead_letter",
    "running_jobs",
    "schedules",
    "sealed_standing",
    "set_threshold",
    "threshold",
    "threshold_changes",
    "thresholds",
]
