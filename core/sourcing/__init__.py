"""Leads from outside: sources and what each may be used for, connectors, the pipeline from raw record to lead, quarantine,
duplicates and enrichment (SPEC 8). A record is kept exactly as it came; nothing that a source said is ever dropped."""

from core.sourcing.apart import set_apart
from core.sourcing.brought import begin_file, end_file, receive_call
from core.sourcing.brought import note as note_file
from core.sourcing.connectors.calls import Call, answer_handshake, read_call
from core.sourcing.connectors.files.brought_file import LARGEST as LARGEST_FILE
from core.sourcing.connectors.files.brought_file import Preview, error_file, headers_of
from core.sourcing.connectors.files.brought_file import Problem as RowProblem
from core.sourcing.connectors.files.brought_file import preview as preview_file
from core.sourcing.connectors.files.brought_file import records as read_file
from core.sourcing.connectors.files.table_columns import FIELDS as UPLOAD_FIELDS
from core.sourcing.connectors.files.upload import UploadedFile, upload_settings
from core.sourcing.connectors.kinds import KINDS, Kind, connect
from core.sourcing.connectors.pushed import Forged as CallForged
from core.sourcing.costs import CostRow, add_cost, costs_of, end_cost
from core.sourcing.errors import (
    CannotSetApart,
    QuarantineCorrected,
    QuarantineSettled,
    SourceBroken,
    SourceBusy,
    SourceNotFound,
    SourceNotPermitted,
    SourcePaused,
    SourceUnavailable,
    Unreadable,
)
from core.sourcing.files import FileRow, list_files, refused_rows
from core.sourcing.land import land_ahead
from core.sourcing.listing import (
    RunRow,
    SourceRow,
    SourceView,
    get_source,
    list_runs,
    list_sources,
)
from core.sourcing.permission import (
    PermissionView,
    Robots,
    Uses,
    deny_permission,
    grant_permission,
    permissions_of,
    require_permission,
)
from core.sourcing.prepare import Item, Rules, prepare
from core.sourcing.quality import DataQuality, SourceQuality, data_quality, quality_by_source
from core.sourcing.quarantine import (
    QuarantineRow,
    QuarantineView,
    Reason,
    ReasonCount,
    discard_quarantined,
    fix_quarantined,
    get_quarantined,
    list_quarantine,
    quarantine_reasons,
)
from core.sourcing.raw import count_old as count_old_content
from core.sourcing.raw import forget_old as forget_old_content
from core.sourcing.raw import records_of
from core.sourcing.raw_listing import RawRowView, list_raw, read_raw
from core.sourcing.receive import Inlet, begin_fetch, fetched, inlets, notice_of, receive
from core.sourcing.recheck import recheck_sold
from core.sourcing.record import Batch, Connector, Notice, Noticed, Parsed, Pushed, RawRecord
from core.sourcing.repeats import RepeatRow, RepeatView, compare_repeat, merged_on_arrival
from core.sourcing.replay import Replayed, replay_quarantined
from core.sourcing.rhythm import enqueue_due, fail_run, finish_run, request_run
from core.sourcing.runs import RunCounts, Walk, begin_run
from core.sourcing.sources import add_source, change_source, find_source, secrets_of, set_status
from core.sourcing.take import rules_of, take
from core.sourcing.uploads import FileTaken, WaitingFile, file_of, look_at_file, mapping_of, request_file, waiting_file

__all__ = [
    "KINDS",
    "LARGEST_FILE",
    "UPLOAD_FIELDS",
    "Batch",
    "Call",
    "CallForged",
    "CannotSetApart",
    "Connector",
    "CostRow",
    "DataQuality",
    "FileRow",
    "FileTaken",
    "Inlet",
    "Item",
    "Kind",
    "Notice",
    "Noticed",
    "Parsed",
    "PermissionView",
    "Preview",
    "Pushed",
    "QuarantineCorrected",
    "QuarantineRow",
    "QuarantineSettled",
    "QuarantineView",
    "RawRecord",
    "RawRowView",
    "Reason",
    "ReasonCount",
    "RepeatRow",
    "RepeatView",
    "Replayed",
    "Robots",
    "RowProblem",
    "Rules",
    "RunCounts",
    "RunRow",
    "SourceBroken",
    "SourceBusy",
    "SourceNotFound",
    "SourceNotPermitted",
    "SourcePaused",
    "SourceQuality",
    "SourceRow",
    "SourceUnavailable",
    "SourceView",
    "Unreadable",
    "UploadedFile",
    "Uses",
    "WaitingFile",
    "Walk",
    "add_cost",
    "add_source",
    "answer_handshake",
    "begin_fetch",
    "begin_file",
    "begin_run",
    "change_source",
    "compare_repeat",
    "connect",
    "costs_of",
    "count_old_content",
    "data_quality",
    "deny_permission",
    "discard_quarantined",
    "end_cost",
    "end_file",
    "enqueue_due",
    "error_file",
    "fail_run",
    "fetched",
    "file_of",
    "find_source",
    "finish_run",
    "fix_quarantined",
    "forget_old_content",
    "get_quarantined",
    "get_source",
    "grant_permission",
    "headers_of",
    "inlets",
    "land_ahead",
    "list_files",
    "list_quarantine",
    "list_raw",
    "list_runs",
    "list_sources",
    "look_at_file",
    "mapping_of",
    "merged_on_arrival",
    "note_file",
    "notice_of",
    "permissions_of",
    "prepare",
    "preview_file",
    "quality_by_source",
    "quarantine_reasons",
    "read_call",
    "read_file",
    "read_raw",
    "receive",
    "receive_call",
    "recheck_sold",
    "records_of",
    "refused_rows",
    "replay_quarantined",
    "request_file",
    "request_run",
    "require_permission",
    "rules_of",
    "secrets_of",
    "set_apart",
    "set_status",
    "take",
    "upload_settings",
    "waiting_file",
]
