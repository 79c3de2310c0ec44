"""The database's disk fills up, or takes its time.

Full: a file system in memory of ``ROOM`` holds the cluster, and a file takes what is left of it, so that the server itself is
told ENOSPC. Slow: the kernel's throttle of block writes (control groups, version 1) is put on every process of the server. Both
need the rights to set that up; without them the test says what is missing.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers
from tests.faults.ground import Ground, standing
from tests.faults.instance import Instance
from tests.faults.troubles import below, pause

ROOM = "1200m"
GROUP = Path("/sys/fs/cgroup/blkio")
WRITES_PER_S = 25


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system with little room."""
    place = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="hotleads-full-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0755", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        place.rmdir()
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)
        place.rmdir()


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(2**20))
        except OSError:
            return filler


@pytest.mark.long
def test_a_full_disk_refuses_work_and_loses_none(small_disk: Path) -> None:
    def full(instance: Instance) -> None:
        filler = fill(small_disk)
        try:
            pause(10)
        finally:
            filler.unlink()

    with standing(servers.home_of_this_run() / "full", disk=small_disk) as ground:
        told = ground.under_load(full)
        assert ground.broken(told) == []
        assert "No space left on device" in (ground.instance.postgres.directory / "log").read_text()


@pytest.fixture
def throttle() -> Iterator[Path]:
    """A group of processes whose writes to the disk under the test's home are counted out."""
    group = GROUP / f"hotleads-faults-{os.getpid()}"
    device = servers.home_of_this_run().stat().st_dev
    try:
        group.mkdir()
        limit = f"{os.major(device)}:{os.minor(device)} {WRITES_PER_S}"
        (group / "blkio.throttle.write_iops_device").write_text(limit)
    except OSError as error:
        shutil.rmtree(group, ignore_errors=True)
        pytest.skip(f"block writes can't be throttled here: {error}")
    yield group
    for pid in (group / "cgroup.procs").read_text().split():
        (GROUP / "cgroup.procs").write_text(pid)
    group.rmdir()


@pytest.mark.long
def test_a_slow_disk_costs_time_only(throttle: Path) -> None:
    def slow(instance: Instance) -> None:
        pid = instance.postgres.pid()
        assert pid is not None
        for each in (pid, *below(pid)):
            (throttle / "cgroup.procs").write_text(str(each))
        pause(20)
        for member in (throttle / "cgroup.procs").read_text().split():
            (GROUP / "cgroup.procs").write_text(member)

    with standing(servers.home_of_this_run() / "slow") as ground:
        assert isinstance(ground, Ground)
        assert ground.broken(ground.under_load(slow)) == []
