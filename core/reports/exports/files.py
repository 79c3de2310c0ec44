"""Where files lie: a directory under HOTLEADS_HOME, or an S3 bucket, behind one interface (SPEC 12.3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import IO, cast
from urllib.parse import urlsplit

from pyarrow.fs import FileSystem, FileType, LocalFileSystem, SubTreeFileSystem

from core.kit.config import settings
from core.kit.errors import Unavailable

CHUNK = 256 * 1024


class Files:
    """Files by path; what is written appears whole when it is closed."""

    def __init__(self, system: FileSystem) -> None:
        self._system = system

    @contextmanager
    def create(self, path: str) -> Iterator[IO[bytes]]:
        """A new file to write bytes to; on an error nothing usable is left at the path, and nobody is told of it."""
        self._system.create_dir(path.rsplit("/", 1)[0], recursive=True)
        with self._system.open_output_stream(path) as sink:
            yield cast("IO[bytes]", sink)

    def size(self, path: str) -> int | None:
        """Bytes of the file, ``None`` when there is none."""
        info = self._system.get_file_info(path)
        return int(info.size) if info.type == FileType.File else None

    def chunks(self, path: str) -> Iterator[bytes]:
        """The file's bytes, piece by piece."""
        with self._system.open_input_stream(path) as source:
            while piece := source.read(CHUNK):
                yield piece

    def remove(self, folder: str) -> None:
        """Delete a folder and all that is in it; one that is not there is fine."""
        if self._system.get_file_info(folder).type != FileType.NotFound:
            self._system.delete_dir(folder)


def store() -> Files:
    """The store in force: ``HOTLEADS_FILES_URL`` (``s3://bucket/prefix?region=...``), or ``files`` under HOTLEADS_HOME."""
    return _open(settings().files_url, str((settings().home / "files").absolute()))


@lru_cache(maxsize=4)
def _open(url: str, folder: str) -> Files:
    if not url:
        local = LocalFileSystem()
        local.create_dir(folder, recursive=True)
        return Files(SubTreeFileSystem(folder, local))
    try:
        system, path = FileSystem.from_uri(url)
    except (ValueError, OSError) as error:
        place = urlsplit(url)
        message = f"The place for files ({place.scheme}://{place.hostname}) can't be used: check HOTLEADS_FILES_URL."
        raise Unavailable("files.unavailable", message) from error
    return Files(SubTreeFileSystem(path, system))
