"""Files that people name on the command line: read and written whole, refused in one kind of sentence."""

from pathlib import Path

from core.kit.errors import Invalid


def content(file: Path) -> bytes:
    """All of a file; raises ``Invalid`` in words."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid("file.unreadable", f"{file} can't be read: {error.strerror}.") from error


def write(file: Path, whole: bytes) -> None:
    """Put a file there, in place of an older one only once it is whole; raises ``Invalid`` in words."""
    fresh = file.with_name(f"{file.name}.new")
    try:
        if file.exists() and not file.is_file():  # a terminal or a pipe, by its name under /dev
            file.write_bytes(whole)
        else:
            fresh.write_bytes(whole)
            fresh.replace(file)
    except OSError as error:
        raise Invalid("file.unwritable", f"{file} can't be written: {error.strerror}. Name a folder that is there.") from error


def check_apart(read: Path, out: Path) -> None:
    """Refuse to write over the file that is read; raises ``Invalid``."""
    if out.exists() and read.exists() and out.samefile(read):
        raise Invalid("file.same", f"{read} is the file that is read. Give --out another name.")
