"""Connections that work when they are needed: an address may name several servers, and a pool lends none that has died."""

import select
from typing import Any
from urllib.parse import quote, urlsplit

from sqlalchemy import Engine, event, exc

# Half a minute of silence and the kernel asks whether the other side is there; a server that vanished is known after 20 s.
PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
WRITABLE = "target_session_attrs=read-write"


def driver_url(url: str) -> str:
    """A ``postgresql://`` address with the driver we use (psycopg 3), its hosts as SQLAlchemy reads several."""
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + _hosts_apart(url.removeprefix(prefix))
    return url


def writable(url: str) -> str:
    """Of several servers the one that takes writes is meant, unless the address says otherwise (a standby refuses them)."""
    several = "," in urlsplit(url).netloc.rpartition("@")[2]
    if not several or "target_session_attrs" in url:
        return url
    return url + ("&" if "?" in url else "?") + WRITABLE


def look_before_lending(engine: Engine) -> None:
    """Have each pooled connection looked at as it is lent; one whose server has gone is replaced by a new one.

    No round trip: a server that ends a connection says so on it, so one on which anything waits unread is not lent. That
    took 5 us on a busy machine, where asking the server (``pool_pre_ping``) took 300.
    """
    event.listen(engine, "checkout", _look)


def _look(connection: Any, _record: object, _proxy: object) -> None:
    if connection.closed:
        raise exc.DisconnectionError("the connection is closed")
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    if waiting.poll(0):
        raise exc.DisconnectionError("the server has ended the connection")


def _hosts_apart(address: str) -> str:
    """libpq's ``user:password@one:5432,two:5433/name?...`` with hosts and ports in the query; any other as it is."""
    place, slash, rest = address.partition("/")
    who, at, hosts = place.rpartition("@")
    if "," not in hosts:
        return address
    names, ports = zip(*(_host(each) for each in hosts.split(",")), strict=True)
    name, _, query = rest.partition("?")
    told = f"host={quote(','.join(names), safe=',:')}&port={','.join(ports)}"
    return f"{who}{at}{slash}{name}?{told}" + (f"&{query}" if query else "")


def _host(words: str) -> tuple[str, str]:
    """Host and port of one server; an IPv6 address stands in brackets."""
    host, _, port = words.rpartition(":") if ":" in words.rpartition("]")[2] else (words, "", "")
    return host.removeprefix("[").removesuffix("]"), port or "5432"
