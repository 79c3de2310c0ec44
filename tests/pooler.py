"""A real PgBouncer in transaction mode, with the file that ``deploy/`` gives and another address, port and log."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from core.kit.local import LocalPostgres
from core.kit.local.places import find_program, free_port, own, server_directory, server_user
from tests.eventually import eventually

GIVEN = Path(__file__).parent.parent / "deploy" / "pgbouncer" / "pgbouncer.ini"
FIX = "`make test` installs Debian's package `pgbouncer`."


@contextmanager
def pooled(postgres: LocalPostgres, database: str, folder: Path, *, most: int, role: str = "hotleads_app") -> Iterator[str]:
    """The pooler's address, without the name of an entry; ``most`` connections to the server per entry."""
    server, port, folder = postgres.place(), free_port(), server_directory(folder, "pgbouncer")
    own(folder, server_user())
    text = GIVEN.read_text().replace("host=db port=5432", f"host={server['sockets']} port={server['port']}")
    text = text.replace("dbname=hotleads ", f"dbname={database} ").replace("set role hotleads_app", f"set role {role}")
    changed = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "default_pool_size": str(most),
        "auth_file": str(folder / "users"),
    }
    for name, value in changed.items():
        text, times = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
        assert times == 1, name
    _write(folder / "pgbouncer.ini", text + f"logfile = {folder / 'log'}\n")
    _write(folder / "users", f'"hotleads" "{server["password"]}"\n')
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin") or find_program("pgbouncer", fix=FIX)
    process = subprocess.Popen([program, "-q", str(folder / "pgbouncer.ini")], user=server_user(), cwd="/")
    address = f"postgresql://hotleads:{server['password']}@127.0.0.1:{port}"
    try:
        eventually(lambda: process.poll() is not None or _answers(f"{address}/hotleads"))
        assert process.poll() is None, (folder / "log").read_text()
        yield address
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder)


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if user := server_user():
        shutil.chown(path, user)


def _answers(address: str) -> bool:
    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
