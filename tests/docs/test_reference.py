"""What has no words of its own can't get into the reference unnoticed."""

import click
import pytest
from prometheus_client import CollectorRegistry, Counter
from pydantic import Field

from cli.reference import commands, metrics_page, settings, settings_page
from cli.reference.api import route
from cli.reference.markdown import Undocumented, cell
from cli.reference.tables import Column, Table, columns, kind, section
from core.kit import config, metrics


def test_a_setting_without_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class More(config.Settings):
        new: str = Field("", alias="HOTLEADS_NEW_THING")

    monkeypatch.setattr(settings, "Settings", More)
    with pytest.raises(Undocumented, match="HOTLEADS_NEW_THING"):
        settings_page()


def test_a_metric_without_words_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = Counter("hotleads_silent_total", "", registry=CollectorRegistry())
    monkeypatch.setattr(metrics, "SILENT", silent, raising=False)
    with pytest.raises(Undocumented, match="hotleads_silent_total"):
        metrics_page()


def test_a_command_and_an_option_without_words_are_refused() -> None:
    with pytest.raises(Undocumented, match="hotleads quiet"):
        commands.section("quiet", click.Command("quiet"))
    told = click.Command("told", help="Does one small thing.", params=[click.Option(["--how"])])
    with pytest.raises(Undocumented, match="--how"):
        commands.section("told", told)
    asked = click.Command("asked", help="Does one small thing.", params=[click.Argument(["what"])])
    with pytest.raises(Undocumented, match="what"):
        commands.section("asked", asked)


def test_a_table_without_words_is_refused() -> None:
    with pytest.raises(Undocumented, match="table quiet"):
        section(Table("quiet", "01_kit.sql", "", [Column("id", "uuid primary key", "")]), "")


def test_a_route_without_words_is_refused() -> None:
    with pytest.raises(Undocumented, match="GET /api/v1/quiet"):
        route("/api/v1/quiet", "get", {"summary": "api.quiet", "operationId": "api.quiet.get"})


def test_columns_are_read_as_the_migrations_write_them() -> None:
    body = """
  -- words about all of it
  id uuid primary key,
  a integer not null, b numeric(5, 2) default 0,   -- two of a kind
  status text not null check (status in ('x', 'y')),  -- how it stands
  of_lead uuid references lead,
  primary key (a, b),
  check (a > 0)"""
    found = list(columns(body))
    assert [(each.name, kind(each.written), each.words) for each in found] == [
        ("id", "uuid", ""),
        ("a", "integer", "two of a kind"),
        ("b", "numeric(5, 2)", "two of a kind"),
        ("status", "text", "how it stands"),
        ("of_lead", "uuid", ""),
    ]


def test_cells_stay_cells() -> None:
    assert cell("a | b <tag> `<kept>`\nnext") == "a \\| b &lt;tag> `<kept>` next"
