"""Files of rows, written by jobs: asked for, written batch by batch, handed out by signed links, gone after a day (SPEC 12.3).
Datasets say what there is to export, formats how it is written, files where it lies."""

from core.kit.cells import plain
from core.reports.exports.datasets import DATASETS, Dataset
from core.reports.exports.fetch import Download, download
from core.reports.exports.files import Files, store
from core.reports.exports.formats import TYPES, sheet, shown
from core.reports.exports.request import ExportView, datasets_for, exports_of, get_export, request_export
from core.reports.exports.rows import Batch, Place, Wanted
from core.reports.exports.write import Draft, begin, expire, fail, finish, next_batch, recall

__all__ = [
    "DATASETS",
    "TYPES",
    "Batch",
    "Dataset",
    "Download",
    "Draft",
    "ExportView",
    "Files",
    "Place",
    "Wanted",
    "begin",
    "datasets_for",
    "download",
    "expire",
    "exports_of",
    "fail",
    "finish",
    "get_export",
    "next_batch",
    "plain",
    "recall",
    "request_export",
    "sheet",
    "shown",
    "store",
]
