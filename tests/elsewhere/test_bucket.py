"""Exports and the files of models in a bucket of an S3 server (HOTLEADS_FILES_URL, HOTLEADS_MLFLOW_FILES_URL)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import Engine

from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import transaction
from core.reports.exports import files
from ml import registry
from ml.cases import from_world
from ml.world import make_people
from tests.ml.mlflow_server import running

pytestmark = pytest.mark.long
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-west-2"}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket on loopback, and this process's variables as an operator sets them."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    made = boto3.resource("s3", endpoint_url=f"http://{host}:{port}").Bucket(f"hotleads-{uuid4().hex}")
    made.create(CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    try:
        yield made
    finally:
        server.stop()
        config.settings.cache_clear()


def keys(bucket: Any, prefix: str) -> list[str]:
    return [str(found.key) for found in bucket.objects.filter(Prefix=prefix)]


def test_an_export_s_file_is_written_read_in_pieces_and_removed(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    address = bucket.meta.client.meta.endpoint_url.removeprefix("http://")
    monkeypatch.setenv(
        "HOTLEADS_FILES_URL", f"s3://{bucket.name}/exports?region=us-west-2&scheme=http&endpoint_override={address}"
    )
    config.settings.cache_clear()
    store, content = files.store(), b"lead,price\n" + b"x" * (2 * files.CHUNK)
    assert store.size("one/leads.csv") is None
    with store.create("one/leads.csv") as sink:
        sink.write(content)
    assert store.size("one/leads.csv") == len(content) and b"".join(store.chunks("one/leads.csv")) == content
    assert "exports/one/leads.csv" in keys(bucket, "exports")
    store.remove("one")
    store.remove("one")
    assert store.size("one/leads.csv") is None and "exports/one/leads.csv" not in keys(bucket, "exports")


def test_a_model_is_filed_there_and_comes_back_to_another_machine(
    bucket: Any, database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLEADS_MLFLOW_FILES_URL", f"s3://{bucket.name}/mlflow")
    config.settings.cache_clear()
    with running(tmp_path, {"MLFLOW_S3_ENDPOINT_URL": bucket.meta.client.meta.endpoint_url}) as address:
        monkeypatch.setenv("HOTLEADS_MLFLOW_URL", address)
        config.settings.cache_clear()
        trained, now = registry.train(from_world(make_people(1, leads=900), seed=1), "fraud"), utc_now()
        with transaction() as session:
            version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
        assert [key for key in keys(bucket, "mlflow/") if key.endswith("model.pkl")]
        monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path / "another machine"))
        config.settings.cache_clear()
        loaded = registry.load(version)
        assert 0 <= loaded.score(loaded.typical)[0] <= 1
