"""Commands for whoever develops against Hotleads or on it: its release, its document, stand-ins for mail and payment services."""

import json
from typing import Annotated

import typer

Port = Annotated[int, typer.Option(help="Loopback port; 0 takes a free one.", min=0, max=65_535)]


def add_to(app: typer.Typer) -> None:
    """Make them commands of ``hotleads``."""
    app.callback()(hotleads)
    app.command()(openapi)
    app.command("mail-catcher")(mail_catcher)
    app.command("stub-gateways")(stub_gateways)


def _release(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"hotleads {version('hotleads')}")
        raise typer.Exit


def hotleads(
    _version: Annotated[bool, typer.Option("--version", callback=_release, is_eager=True, help="Print the release.")] = False,
) -> None:
    """Hotleads, a lead exchange: options of every command."""


def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API; no server needed."""
    from intake_api.app import create_app
    from intake_api.openapi import document

    print(json.dumps(document(create_app()), indent=2))


def mail_catcher(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=0, max=65_535)] = 0,
    host: Annotated[str, typer.Option(help="Address to listen at; in a container 0.0.0.0.")] = "127.0.0.1",
) -> None:
    """Take mail by SMTP and keep it as .eml files, for development."""
    from cli.mail_catcher import serve

    serve(port, host)


def stub_gateways(port: Port = 0) -> None:
    """Stand in for Stripe and PayPal, for the demo: pages to pay on, signed webhooks, no money."""
    from demo.gateways.serve import serve

    serve(port)
