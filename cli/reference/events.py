"""What the exchange tells: letters to people, webhooks to programs, and what it hears of its mail."""

from cli.reference.markdown import code, page, table
from core.delivery.events import EVENTS
from core.messaging import sendgrid, ses
from core.messaging.letters import shipped


def events_page() -> str:
    """Every letter, every event of webhooks, every event of mail."""
    letters = [
        (code(letter.key), letter.title, letter.audience, ", ".join(code(name) for name in sorted(letter.samples)))
        for letter in shipped().values()
    ]
    webhooks = [(code(event.name), event.words + ".", "yes" if event.of_lead else "no") for event in EVENTS.values()]
    return page(
        "Letters and events",
        "What people are mailed, what a company's program can be told, and what mail services tell us.",
        "core/messaging/letters/, core/delivery/events.py, core/messaging/ses.py and sendgrid.py",
        "## Letters\n\nEach is a template in the database that *Messages* edits, with versions and a way back (SPEC 11.2).\n\n"
        + table(("key", "title", "goes to", "variables"), letters),
        "## Webhook events\n\nSigned, tried for three days, never called twice at once (SPEC 7.7); "
        "[how to receive them](../api/README.md#be-told-of-each-lead).\n\n" + table(("event", "says", "about a lead"), webhooks),
        "## Mail events\n\n[How to connect a mail service](../how-to/hear-what-became-of-mail.md) (SPEC 11.3).\n\n"
        + table(("told by", "event", "kept as"), mail_events()),
    )


def mail_events() -> list[tuple[str, str, str]]:
    """What each service calls an event, and what it is here."""
    services = {"Amazon SES": ses.EVENTS, "SendGrid": sendgrid.EVENTS}
    return [(service, code(name), code(kept)) for service, events in services.items() for name, kept in events.items()]
