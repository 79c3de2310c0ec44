"""Refusals of this chapter."""

from core.kit.errors import Conflict, Gone, Invalid, NotFound, TooMany, Unavailable


class ReportInvalid(Invalid):
    """A filter of a report can't be used; ``field`` says which."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("report.invalid", sentence, fields={field: sentence})


class ExportInvalid(Invalid):
    """An export can't be made like that; ``field`` says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__("export.invalid", sentence, fields={field: sentence})


class ExportTooLarge(Invalid):
    """There are more rows than one file may hold; nothing was queued."""

    def __init__(self, most: int, why: str = "") -> None:
        sentence = f"This would be more than {most:,} rows{why}. Choose a shorter time, a market or a niche."
        super().__init__("export.too_large", sentence, fields={"since": sentence})


class ExportNotFound(NotFound):
    """There is no such export, or it is somebody else's."""

    def __init__(self) -> None:
        super().__init__("export.not_found", "There is no such export.")


class ExportNotReady(Conflict):
    """The file is not there yet, or never will be."""

    def __init__(self, sentence: str) -> None:
        super().__init__("export.not_ready", sentence)


class ExportGone(Gone):
    """The link or the file has run out; the message says how to get a new one."""

    def __init__(self, sentence: str) -> None:
        super().__init__("export.gone", sentence)


class ExportQuota(TooMany):
    """The provider's exports of the day are used up."""

    def __init__(self, most: int, *, retry_after_s: int) -> None:
        sentence = f"You have used your {most} exports of the last 24 hours. Please ask again later."
        super().__init__("export.quota", sentence, retry_after_s=retry_after_s)


class ExportRecalled(Unavailable):
    """Somebody was erased while the file was being written: it is written once more, without them."""

    def __init__(self) -> None:
        super().__init__("export.recalled", "People were erased while the file was being written. Please ask for it again.")
