"""Runs in MLflow: on the server that is configured, else in a local store under ``HOTLEADS_HOME`` (SPEC 10.5).

MLflow is imported when the first run is logged, never before: it costs seconds.
"""

import hashlib
import os
import pickle
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.kit.config import settings
from ml.errors import BrokenModel

MODEL_FILE = "model.pkl"
INSIDE = "HOTLEADS_INSIDE_RUN"  # the run that a notebook is, in its kernel's environment


def store() -> str:
    """Address of the tracking server, or of the local store."""
    if settings().mlflow_url:
        return settings().mlflow_url
    folder = (settings().home / "mlflow").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'local.db'}"


@contextmanager
def client() -> Iterator[Any]:
    """An ``MlflowClient`` of the store in force; what it warns of about itself is not ours to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield _client(store())


def experiment(tracker: Any, name: str) -> str:
    """Id of an experiment, made when it is new."""
    known = tracker.get_experiment_by_name(name)
    if known is not None:
        return str(known.experiment_id)
    place = None if settings().mlflow_url else ((settings().home / "mlflow" / "files").resolve() / name).as_uri()
    return str(tracker.create_experiment(name, artifact_location=place))


def log_run(
    to: str,
    *,
    name: str,
    parameters: Mapping[str, object],
    figures: Mapping[str, float],
    documents: Mapping[str, Any] | None = None,
    tags: Mapping[str, str] | None = None,
    model: object | None = None,
    registered: str | None = None,
    example: Mapping[str, Any] | None = None,
) -> str:
    """Log one finished run with its numbers, documents (JSON by file name) and model; returns its id.

    With ``registered`` the model also becomes the newest version under that name, with the alias ``challenger``; ``example``
    is one row of its input, from which its signature follows.
    """
    with client() as tracker:
        run_id = _begin(tracker, to, name, tags or {})
        for key, value in parameters.items():
            tracker.log_param(run_id, key, value)
        for key, figure in figures.items():
            tracker.log_metric(run_id, key, figure)
        for file, document in (documents or {}).items():
            tracker.log_dict(run_id, document, file)
        if model is not None:
            _log_model(tracker, run_id, model, example)
        tracker.set_terminated(run_id)
        if registered:
            _register(tracker, registered, run_id)
    return run_id


def begin_run(to: str, *, name: str, parameters: Mapping[str, object], tags: Mapping[str, str]) -> str:
    """Open a run; those that are logged by a process told of it by ``INSIDE`` become its children. Returns its id."""
    with client() as tracker:
        run_id = _begin(tracker, to, name, tags)
        for key, value in parameters.items():
            tracker.log_param(run_id, key, value)
    return run_id


def end_run(run_id: str, *, failed: bool) -> None:
    """Close a run that was opened by ``begin_run``."""
    with client() as tracker:
        tracker.set_terminated(run_id, "FAILED" if failed else "FINISHED")


def _begin(tracker: Any, to: str, name: str, tags: Mapping[str, str]) -> str:
    outer = {"mlflow.parentRunId": os.environ[INSIDE]} if os.environ.get(INSIDE) else {}
    run = tracker.create_run(experiment(tracker, to), run_name=name, tags={**outer, **tags})
    return str(run.info.run_id)


def set_alias(name: str, alias: str, run_id: str | None) -> None:
    """Point an alias of a registered model at the version that a run made; without a run the alias goes."""
    with client() as tracker:
        if run_id is None:
            tracker.delete_registered_model_alias(name, alias)
            return
        (version,) = tracker.search_model_versions(f"name = '{name}' and run_id = '{run_id}'")
        tracker.set_registered_model_alias(name, alias, version.version)


def fetch(run_id: str, expected: str) -> bytes:
    """The bytes of a run's model, from this machine's copy or from the store; raises ``BrokenModel`` unless their hash is
    the ``expected`` one, so that nobody who can write to the store decides what a worker executes."""
    kept = settings().home / "models" / f"{expected}.pkl"
    if kept.exists() and sha256(kept.read_bytes()) == expected:
        return kept.read_bytes()
    with client() as tracker, tempfile.TemporaryDirectory() as folder:
        data = Path(tracker.download_artifacts(run_id, f"model/{MODEL_FILE}", folder)).read_bytes()
    if sha256(data) != expected:
        raise BrokenModel
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}")
    part.write_bytes(data)
    part.replace(kept)
    return data


def sha256(data: bytes) -> str:
    """The hash by which a model's file is known."""
    return hashlib.sha256(data).hexdigest()


def hash_of(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _log_model(tracker: Any, run_id: str, model: object, example: Mapping[str, Any] | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MODEL_FILE).write_bytes(pickle.dumps(model))
        if example is not None:
            _describe(Path(folder), run_id, example)
        tracker.log_artifacts(run_id, folder, "model")


def _describe(folder: Path, run_id: str, example: Mapping[str, Any]) -> None:
    """MLflow's own description of a model, with its signature and an example of its input."""
    import pandas as pd
    from mlflow.models import Model, infer_signature

    row = pd.DataFrame([dict(example)])
    described = Model(artifact_path="model", run_id=run_id, signature=infer_signature(row, pd.DataFrame({"probability": [0.5]})))
    described.add_flavor("python_function", loader_module="ml.served", data=MODEL_FILE)
    described.save(str(folder / "MLmodel"))
    row.to_json(folder / "input_example.json", orient="records")


def _register(tracker: Any, name: str, run_id: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        tracker.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    source = f"{tracker.get_run(run_id).info.artifact_uri}/model"
    version = tracker.create_model_version(name, source, run_id)
    tracker.set_registered_model_alias(name, "challenger", version.version)


@lru_cache(maxsize=2)
def _client(address: str) -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # Who asks for a model's file holds a lead meanwhile: a server that is down is given up in seconds, not in minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address, registry_uri=address)
