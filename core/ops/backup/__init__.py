"""Backups of the whole database and the way back, to the moment of the backup or to any later one (SPEC 13.7).

``take`` makes one, ``restore`` brings one back into a cluster of its own, ``kept`` lists what there is, ``overview`` for people.
"""

from core.ops.backup.manifest import BackupFailed, Manifest, kept, last_backup, place, unreadable
from core.ops.backup.overview import BackupView, Overview, overview
from core.ops.backup.restore import Moment, Restored, choose, restore
from core.ops.backup.take import take
from core.ops.backup.wal import Archiving, standing

__all__ = [
    "Archiving",
    "BackupFailed",
    "BackupView",
    "Manifest",
    "Moment",
    "Overview",
    "Restored",
    "choose",
    "kept",
    "last_backup",
    "overview",
    "place",
    "restore",
    "standing",
    "take",
    "unreadable",
]
