"""Bytes that come compressed, with a limit on what they grow to: a bomb is refused while it is read (SPEC 8.1)."""

import zlib
from collections.abc import Iterable, Iterator

from core.sourcing.errors import SourceBroken

_STEP = 256 * 1024
GZIP = b"\x1f\x8b"


class TooLarge(SourceBroken):
    """What a source sent is larger than its kind may be."""


def limited(chunks: Iterable[bytes], *, most: int, what: str) -> Iterator[bytes]:
    """The chunks as long as they are ``most`` bytes in all; raises ``TooLarge`` naming ``what``."""
    seen = 0
    for chunk in chunks:
        seen += len(chunk)
        if seen > most:
            raise TooLarge("source.too_large", f"{what} is larger than {size(most)}, so it was not read.")
        yield chunk


def inflated(chunks: Iterable[bytes], *, what: str) -> Iterator[bytes]:
    """Unpack gzip or zlib, never more than 256 KB at a time; raises ``SourceBroken`` when it is neither, or torn."""
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    empty = True
    try:
        for chunk in chunks:
            empty = empty and not chunk
            while chunk:
                if unpack.eof:  # gzip files may be several in a row
                    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
                yield unpack.decompress(chunk, _STEP)
                chunk = unpack.unconsumed_tail or unpack.unused_data
    except zlib.error as error:
        raise SourceBroken("source.torn", f"{what} says it is compressed and can't be unpacked.") from error
    if not unpack.eof and not empty:
        raise SourceBroken("source.torn", f"{what} ends too early.")


def gunzipped(chunks: Iterable[bytes], *, what: str) -> Iterator[bytes]:
    """Unpack when the first two bytes say gzip, pass on otherwise."""
    stream = iter(chunks)
    head = b""
    for chunk in stream:
        head += chunk
        if len(head) >= len(GZIP):
            break
    whole = _again(head, stream)
    yield from inflated(whole, what=what) if head.startswith(GZIP) else whole


def size(count: int) -> str:
    """``50 MB`` for people."""
    return f"{count / (1 << 20):.0f} MB" if count >= 1 << 20 else f"{count / 1024:.0f} KB"


def _again(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest
