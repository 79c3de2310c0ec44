"""MLflow's server as ``hotleads mlflow`` starts it, for tests."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from cli.processes import mlflow_address, mlflow_start
from core.kit.local.places import free_port
from tests.eventually import eventually


@contextmanager
def running(home: Path, more: Mapping[str, str] | None = None) -> Iterator[str]:
    """Its address; making its tables takes most of the time. ``more``: variables of its process alone."""
    port = free_port()
    command, environment = mlflow_start(port)
    address = mlflow_address(port)
    with (home / "mlflow.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment | dict(more or {}), stdout=log, stderr=log)
    try:
        eventually(lambda: _answers(address), within_s=240, every_s=0.25)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
