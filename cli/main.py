"""Every command of ``hotleads``, each a few lines: the work is in the module it names."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import develop, examples, hindsight, panels, proof, speed
from cli.lead import lead
from cli.lists import lists
from cli.markets import markets
from core.kit.errors import HotleadsError

app = typer.Typer(
    name="hotleads", help=panels.HELP, epilog="\n\n".join(panels.CODES), no_args_is_help=True, pretty_exceptions_enable=False
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

proof.add_to(app)
hindsight.add_to(app)
speed.add_to(app)
develop.add_to(app)
app.add_typer(lead, name="lead")
app.add_typer(lists, name="lists")
app.add_typer(markets, name="markets")


@app.command()
def up() -> None:
    """Start everything on HOTLEADS_PORT; Ctrl-C stops it."""
    from cli.up import up

    raise typer.Exit(up())


@app.command()
def web() -> None:
    """Serve pages and API, one process."""
    from cli.processes import serve_web

    serve_web()


@app.command()
def worker() -> None:
    """Work on queued jobs and keep the schedule."""
    from cli.processes import run_worker

    run_worker()


@app.command()
def mlflow() -> None:
    """Serve MLflow on a loopback port, its store in the same PostgreSQL."""
    from cli.processes import serve_mlflow

    serve_mlflow()


@app.command()
def alerting(out: Annotated[Path | None, typer.Option(help="File to write; without it the text is printed.")] = None) -> None:
    """Write Alertmanager's configuration from the settings: who is told of alerts, and how."""
    from cli.alerting import write_alertmanager_config
    from core.kit.config import settings

    text = write_alertmanager_config(settings(), out)
    print(f"Written to {out}." if out else text, end="\n" if out else "")


@app.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from cli.data import migrate

    print(f"The database is at revision {migrate()}.")


@app.command()
def seed() -> None:
    """Add what every instance needs, and the demo market while HOTLEADS_DEMO is on."""
    from cli.data import seed

    seed(say=lambda line: print(line, flush=True))


@app.command("invite-admin")
def invite_admin(
    email: Annotated[str, typer.Argument(help="Their e-mail address.")],
    name: Annotated[str, typer.Option(help="Their name.")] = "Administrator",
) -> None:
    """Mail somebody the link on which they choose a password and become an administrator: how a new exchange begins."""
    from cli.data import invite_admin

    print(f"Invited {invite_admin(email=email, name=name)}. The link works for a week; a worker has to run for it to go out.")


@app.command()
def config(json_: Json = False) -> None:
    """Print the settings in force, secrets hidden."""
    from core.kit.config import settings

    shown = settings().masked()
    if json_:
        print(json.dumps(shown, sort_keys=True))
        return
    for name, value in sorted(shown.items()):
        print(f"{name}={value if value is not None else ''}")


@app.command()
def doctor(json_: Json = False) -> None:
    """Look for what would keep this machine from running Hotleads, with the fix."""
    from cli import report
    from cli.doctor import examine

    raise typer.Exit(report.show(examine(), as_json=json_))


@app.command()
def audit(
    history: Annotated[bool, typer.Option(help="Look through every line that was ever added, too.")] = False,
    advisories: Annotated[Path | None, typer.Option(help="An export of osv.dev: a zip file or a directory.")] = None,
    json_: Json = False,
) -> None:
    """Look for secrets in the code and for dependencies that are not as locked or known to be unsafe; needs no network."""
    from cli import audit as auditing
    from cli import report

    raise typer.Exit(report.show(auditing.audit(Path(), history=history, advisories=advisories), as_json=json_))


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option(help="Where to; by default HOTLEADS_BACKUPS.")] = None,
    keep: Annotated[int, typer.Option(help="How many backups to keep there.", min=1)] = 7,
    logical: Annotated[bool, typer.Option("--logical", help="A dump instead of the server's files.")] = False,
    json_: Json = False,
) -> None:
    """Back the whole database up, with a checksum for every file."""
    from cli.backup import back_up, told

    made = back_up(to=to, keep=keep, logical=logical)
    print(json.dumps(made) if json_ else told(made))


@app.command()
def restore(
    to: Annotated[Path, typer.Option(help="A new directory, which becomes a HOTLEADS_HOME of its own.")],
    source: Annotated[
        Path | None, typer.Argument(help="One backup, or a directory of them; by default HOTLEADS_BACKUPS.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="A moment after the backup, such as 2026-11-22T10:15:30 (UTC), or latest.")
    ] = None,
    wal: Annotated[Path | None, typer.Option(help="The archive of the log, when it is not where the backup says.")] = None,
    json_: Json = False,
) -> None:
    """Bring a backup back into a second cluster; the first one is not touched."""
    from cli.backup import bring_back, restored_at

    done = bring_back(source, to=to, at=at, wal=wal)
    print(json.dumps(done) if json_ else restored_at(done))


@app.command()
def reseal(reason: Annotated[str, typer.Option(help="Why; it becomes part of the trail.")]) -> None:
    """Begin a new chain of seals after a logical restore, once everything is proved to be as it was sealed."""
    from cli.reseal import reseal_here

    print("\n".join(reseal_here(reason=reason)))


@app.command()
def rekey(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what needs a previous key.")] = False,
    portion: Annotated[int, typer.Option(help="Values in one transaction.", min=1, max=10_000)] = 500,
    json_: Json = False,
) -> None:
    """Seal with HOTLEADS_SECRET_KEY what a previous key sealed; progress on stderr, and it may be interrupted."""
    from cli import rekey as rekeying

    done = rekeying.rekey(only_look=dry_run, portion=portion)
    print(json.dumps(rekeying.as_dict(done)) if json_ else rekeying.told(done))
    raise typer.Exit(done.code)


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False, json_: Json = False
) -> None:
    """Remove what need not be kept any longer, rule by rule."""
    from cli.retention import carry_out, told

    rules = carry_out(dry_run=dry_run)
    print(json.dumps(rules) if json_ else told(rules, dry_run=dry_run))


Mapped = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Which column holds what; may be repeated.")
]
Table = Annotated[Path, typer.Argument(metavar="IN.csv", help="The file to read, whatever its encoding and delimiter.")]
Out = Annotated[Path, typer.Option(help="File to write.")]


@app.command("dedupe")
def dedupe_(source: Table, out: Out, map_: Mapped = None) -> None:
    """Find the same people or businesses in any CSV file: adds cluster_id and match_probability to its rows."""
    from cli.dedupe import dedupe_file, mapping

    print(dedupe_file(source, out, mapping(map_ or [])))


@app.command()
def normalize(source: Table, out: Out, map_: Mapped = None) -> None:
    """Bring names, addresses, phones and e-mails of any CSV file into normal forms: adds them, status and reasons to its rows."""
    from cli.dedupe import mapping, normalize_file

    print(normalize_file(source, out, mapping(map_ or [])))


@app.command()
def ingest(
    source: Annotated[str, typer.Argument(help="The source's short name.")],
    file: Annotated[Path | None, typer.Option(help="A CSV, XLSX or vCard for a source of files.")] = None,
    json_: Json = False,
) -> None:
    """Bring in what a source has since the last time, or a file; progress on stderr."""
    from cli.ingest import ingest, told

    figures = ingest(source, file)
    print(json.dumps(figures) if json_ else told(figures))


@app.command()
def train(
    model: Annotated[str, typer.Argument(help="quality, fraud, price or recommend.")],
    csv: Annotated[
        Path | None, typer.Option(help="quality: a table of past leads, instead of the exchange's own history.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column that tells how each of them ended, such as 1 or 0.")] = None,
    drop: Annotated[list[str] | None, typer.Option(help="A column not to look at; may be given again.")] = None,
    group: Annotated[str | None, typer.Option(help="A column whose equal rows belong together, such as a person.")] = None,
    time: Annotated[str | None, typer.Option(help="A column of times: test on what came later.")] = None,
    json_: Json = False,
) -> None:
    """Train a model, say how good it is on what it has not seen, and log the run."""
    from cli import train as training

    figures = training.train(model, csv=csv, target=target, drop=drop or [], group=group, time=time)
    print(training.as_json(figures) if json_ else training.told(figures))


examples.add_to(app)
panels.add_to(app)


def run() -> None:
    """The entry point: what people can mend is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except HotleadsError as error:
        print(f"hotleads: {error.message}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from cli.outages import sentence_for

        sentence = sentence_for(error)
        if sentence is None:
            raise
        print(f"hotleads: {sentence}", file=sys.stderr)
        sys.exit(1)
