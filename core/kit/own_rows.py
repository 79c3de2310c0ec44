"""The database's refusal to write another company's row, as an error that has a name (docs/adr/0029)."""

from typing import Any

from sqlalchemy import Engine, event

from core.kit.errors import Forbidden
from core.kit.logs import logger

_STATE, _POLICY = "42501", '"own_writes"'  # insufficient_privilege, by the policy or trigger of 45_own_writes.sql


class OthersRow(Forbidden):
    """A statement in a company's transaction would have written a row of another company; nothing of it was done."""


def name_refusals(engine: Engine) -> None:
    """Raise ``OthersRow`` where the database tells of such a row, and note it as a fault of ours: some query forgot whose."""
    event.listen(engine, "handle_error", _named)


def _named(context: Any) -> None:
    told = context.original_exception
    if getattr(told, "sqlstate", None) == _STATE and _POLICY in str(told):
        logger().error("alert.others_row", error=str(told).partition("\n")[0])
        raise OthersRow("access.others_row", "That belongs to another company. Nothing was changed.") from told
