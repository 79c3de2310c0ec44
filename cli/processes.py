"""The processes that ``hotleads up`` keeps running, each of which can also be started by itself."""

import logging
import os
import subprocess
import sys

import psycopg
from sqlalchemy import make_url

from core.kit import logs, tracing
from core.kit.config import settings
from core.kit.lending import driver_url
from core.kit.local import use_services
from core.kit.local.places import free_port

WEB_GRACE_S = 3


def serve_web() -> None:
    """Pages and API with one uvicorn worker: more would lose sessions. Production runs the API by itself beside it."""
    import uvicorn

    from jobs import broker

    with use_services():
        logs.configure("web")
        tracing.configure("web")
        broker.connect()
        from dashboard.asgi import app  # reads the settings, so not before they are complete

        _quiet_access_log()
        uvicorn.run(
            app,
            host=settings().host,
            port=settings().port,
            log_config=None,
            access_log=False,
            server_header=False,
            # Whose word to take on the caller's address is decided once, by HOTLEADS_TRUSTED_PROXIES.
            proxy_headers=False,
            timeout_graceful_shutdown=WEB_GRACE_S,
        )


def _quiet_access_log() -> None:
    """Streamlit gives uvicorn's loggers a handler of its own, which would log every visitor's address (SPEC 13.5)."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "websockets"):
        log = logging.getLogger(name)
        log.handlers.clear()
        log.propagate = name != "uvicorn.access"


def run_worker() -> None:
    """Jobs and schedule until SIGTERM."""
    from jobs import worker

    with use_services():
        worker.run()


def serve_mlflow() -> None:
    """MLflow's own server by itself, on a free loopback port."""
    with use_services():
        command, environment = mlflow_start(free_port())
        print(f"MLflow answers at {mlflow_address(int(command[-1]))} on this machine.", file=sys.stderr)
        with subprocess.Popen(command, env=environment) as server:
            server.wait()


def mlflow_address(port: int) -> str:
    """Where MLflow answers, as HOTLEADS_MLFLOW_URL says it: all its addresses stand under one path, which our sign-in guards."""
    return f"http://127.0.0.1:{port}/mlflow"


def mlflow_start(port: int) -> tuple[list[str], dict[str, str]]:
    """Command and environment of MLflow: tables in its own database, files under ``HOTLEADS_HOME`` or where the
    setting says, loopback only.

    Its job runner is off (eight processes that we have no use for), and so is its telemetry. The database's
    address goes by the environment, since a command line can be read by everybody on the machine.
    """
    files = settings().mlflow_files_url
    if not files:
        folder = (settings().home / "mlflow").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        files = folder.as_uri()
    environment = {
        "MLFLOW_BACKEND_STORE_URI": _mlflow_database(),
        "MLFLOW_ARTIFACTS_DESTINATION": files,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--workers", "1"]
    command += ["--static-prefix", "/mlflow", "--port", str(port)]  # its pages are shown under this path, behind our sign-in
    return command, os.environ | environment


def _mlflow_database() -> str:
    """Address of MLflow's own database on our server, made when it is missing."""
    with psycopg.connect(settings().database_url, autocommit=True) as connection:
        if connection.execute("select from pg_database where datname = 'mlflow'").fetchone() is None:
            connection.execute("create database mlflow")
    return make_url(driver_url(settings().database_url)).set(database="mlflow").render_as_string(hide_password=False)
