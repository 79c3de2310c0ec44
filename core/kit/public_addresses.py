"""Which addresses we may call on somebody's word: public ones only, checked where the connection is made.

A name is resolved once; every address it has must be public, and the connection goes to the address that was checked,
so a name that changes between check and connection gains nothing (DNS rebinding).
"""

import ipaddress
import socket
import time
from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

import httpcore

from core.kit.errors import Invalid

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(Invalid):
    """A name or redirect leads into a private network."""


def is_public(text: str) -> bool:
    """True for an address of the open internet; what an IPv6 address carries inside (mapped, 6to4, NAT64) counts too."""
    address = ipaddress.ip_address(text.partition("%")[0])
    return all(part.is_global and not part.is_multicast for part in (address, *_inside(address)))


def checked_address(host: str, port: int) -> str:
    """The address to connect to; raises ``PrivateAddress``, or ``httpcore.ConnectError`` when the name is unknown."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"no address for {host}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise PrivateAddress("address.private", f"{host} leads to a private address, so it was not opened.")
    return addresses[0]


def _inside(address: Address) -> list[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    within: list[Address] = [part for part in (address.ipv4_mapped, address.sixtofour) if part is not None]
    within += list(address.teredo or ())
    if address in _NAT64:
        within.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return within


class CheckedNetwork(httpcore.NetworkBackend):
    """Connections of ``httpcore``, each to an address that was checked; ``private_hosts`` are let through by name.

    ``until`` is the moment (of the monotonic clock) at which everything on them times out.
    """

    def __init__(self, private_hosts: frozenset[str] = frozenset()) -> None:
        self._private_hosts = private_hosts
        self._network = httpcore.SyncBackend()
        self.until: float | None = None

    def left(self, timeout: float | None) -> float | None:
        """The time-out of one step: its own, or what is left until the end; raises ``httpcore.ReadTimeout`` after that."""
        if self.until is None:
            return timeout
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the whole exchange took too long")
        return left if timeout is None else min(timeout, left)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check, connect; the certificate is still checked against the name."""
        address = host if host in self._private_hosts else checked_address(host, port)
        stream = self._network.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
        return _Ending(stream, self)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.NetworkStream:
        """Never: what we call is not a file of this machine."""
        raise PrivateAddress("address.private", "An address can't be a socket of this machine.")


class _Ending(httpcore.NetworkStream):
    """A connection each of whose steps ends with the whole exchange: a byte now and then keeps its own time-outs content."""

    def __init__(self, stream: httpcore.NetworkStream, network: CheckedNetwork) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Ending(self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
