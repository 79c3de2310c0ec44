"""A real MLflow server, its store in PostgreSQL: runs, versions and files go there and come back; its pages need our sign-in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, make_url, text

from core import advice
from core.accounts.sessions import open_session
from core.kit import config
from core.kit.actor import SYSTEM
from core.kit.clock import utc_now
from core.kit.db import make_engine, transaction
from intake_api.app import create_app
from ml import registry, tracking
from ml.cases import from_world
from ml.world import make_people
from tests import builders
from tests.ml.mlflow_server import running


@pytest.fixture
def server(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLEADS_MLFLOW_FILES_URL", (tmp_path / "bucket").as_uri())
    config.settings.cache_clear()
    with running(tmp_path) as address:
        monkeypatch.setenv("HOTLEADS_MLFLOW_URL", address)
        config.settings.cache_clear()
        yield address


def test_runs_and_models_go_there_and_come_back_and_its_pages_stand_behind_our_sign_in(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = utc_now()
    trained = registry.train(from_world(make_people(1, leads=900), seed=1), "fraud")
    with transaction() as session:
        version = registry.enter(session, actor=SYSTEM, trained=trained, cut_off=now, now=now)
        better = advice.Comparison("auc", 0.9, 0.8, "the written rule", "x")
        advice.promote(session, actor=SYSTEM, version_id=version.id, comparison=better, now=now)
    tracking.set_alias("hotleads-fraud", "champion", trained.run_id)
    with tracking.client() as tracker:
        assert tracker.get_model_version_by_alias("hotleads-fraud", "champion").run_id == trained.run_id
    _stands_in_postgres(trained.run_id)
    assert list((tmp_path / "bucket").rglob("model.pkl")), "its files lie where the setting says"
    monkeypatch.setenv("HOTLEADS_HOME", str(tmp_path / "another machine"))  # has no copy of the file: it comes by HTTP
    config.settings.cache_clear()
    loaded = registry.load(version)
    value, _ = loaded.score(loaded.typical)
    assert 0 <= value <= 1
    with transaction() as session:
        registry.roll_back(session, actor=SYSTEM, model="fraud", memo="", standing=version.id, now=now)
    _pages_are_behind_the_sign_in(create_app(), trained.run_id)


def _stands_in_postgres(run_id: str) -> None:
    address = make_url(config.settings().database_url).set(database="mlflow").render_as_string(hide_password=False)
    engine = make_engine(address, as_app_role=False)
    with engine.connect() as connection:
        found = connection.execute(text("select count(*) from runs where run_uuid = :run"), {"run": run_id}).scalar_one()
    engine.dispose()
    assert found == 1


def _pages_are_behind_the_sign_in(app: Flask, run_id: str) -> None:
    client, now = app.test_client(), utc_now()
    with transaction() as session:
        tokens = {}
        for role in ("scientist", "provider"):
            own = {"provider_id": builders.a_provider(session, now).id} if role == "provider" else {}
            more = own or {"totp_confirmed_at": now, "totp_secret": b"x"}
            user = builders.a_user(session, now, role=role, **more)
            tokens[role] = open_session(session, user=user, ip="127.0.0.1", user_agent="a test", now=now).token

    def ask(method: str, path: str, role: str | None = "scientist", **more: object) -> object:
        headers = {"Authorization": f"Bearer {tokens[role]}"} if role else {}
        return client.open(f"/mlflow{path}", method=method, headers=headers, **more)  # type: ignore[arg-type]

    assert ask("GET", "/", None).status_code == 401 and ask("GET", "/", "provider").status_code == 403  # type: ignore[attr-defined]
    page = ask("GET", "/")
    assert page.status_code == 200 and b"<!doctype html" in page.data.lower()  # type: ignore[attr-defined]
    assert "connect-src http://localhost/mlflow/;" in page.headers["Content-Security-Policy"]  # type: ignore[attr-defined]
    run = ask("GET", f"/ajax-api/2.0/mlflow/runs/get?run_id={run_id}")
    assert run.get_json()["run"]["info"]["run_id"] == run_id  # type: ignore[attr-defined]
    found = ask("POST", "/ajax-api/2.0/mlflow/registered-models/search", json={})
    assert found.status_code in (200, 405)  # type: ignore[attr-defined]
    for path in ("runs/delete", "runs/delete%3Fa=/search", "runs/delete%23/search", "runs/search/../delete"):
        answer = ask("POST", f"/ajax-api/2.0/mlflow/{path}", json={"run_id": run_id})
        assert answer.status_code in (403, 404), path  # type: ignore[attr-defined]
    kept = ask("GET", f"/ajax-api/2.0/mlflow/runs/get?run_id={run_id}").get_json()  # type: ignore[attr-defined]
    assert kept["run"]["info"]["lifecycle_stage"] == "active"
    for method in ("PUT", "PATCH", "DELETE"):
        assert ask(method, "/api/2.0/mlflow-artifacts/artifacts/x").status_code == 405  # type: ignore[attr-defined]
