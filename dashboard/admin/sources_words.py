"""Words for what sources are and do: health, causes, outcomes, kinds and what each of their settings means."""

from datetime import date

from core import reports
from core.kit.words import without_contact
from core.sourcing import RunRow
from dashboard.components import figures, pills
from dashboard.current import read
from dashboard.theme import Tone

# health: the word, its icon, its tone, and what to do about it.
HEALTH: dict[str, tuple[str, str, Tone, str]] = {
    "well": ("Well", "check_circle", "live", "Records come as they should."),
    "quiet": (
        "Quiet",
        "hourglass_disabled",
        "waiting",
        "Nothing came for longer than is usual here. Ask the source, or run it now.",
    ),
    "failing": ("Failing", "error", "stopped", "The last runs broke off. The reason stands below."),
    "resting": (
        "Resting",
        "bedtime",
        "waiting",
        "After failures in a row it is left alone for a while. Wake it to try again now.",
    ),
    "paused": ("Paused", "pause_circle", "neutral", "Somebody switched it off. Wake it to go on."),
    "retired": ("Retired", "stop_circle", "neutral", "It ended for good; what came from it stays."),
    "not_permitted": ("No permission", "gpp_maybe", "stopped", "It may not run until a permission is recorded."),
    "new": ("New", "fiber_new", "sea", "Nothing has come from it yet."),
}
SELLS = {"never": "Never", "with_consent": "With consent", "allowed": "Yes", None: "No permission"}
CAUSES = {"schedule": "By schedule", "person": "By hand", "push": "Pushed", "upload": "Upload", "replay": "Replay"}
RUN_STATES = {"running": "Running", "done": "Done", "failed": "Failed", "abandoned": "Broken off"}
DOORS = {"page": "Page", "api": "API", "adf": "ADF by POST", "command": "Command line"}
NOBODY = {"adf": "Sender with the key", "command": "Operator"}  # who brought a file, where nobody was signed in
OUTCOMES = {
    "fresh": "New lead",
    "changed": "Lead changed",
    "duplicate": "Duplicate",
    "unchanged": "Nothing new",
    "kept": "Kept, not a lead",
    "test": "Test record",
    "withdrawn": "Lead withdrawn",
    "stale": "Older than what we had",
    "quarantined": "In quarantine",
    "discarded": "Discarded",
}
COUNTS = {
    "fetched": "records",
    "fresh": "new leads",
    "changed": "changed",
    "duplicates": "duplicates",
    "in_review": "to compare",
    "quarantined": "in quarantine",
    "withdrawn": "withdrawn",
    "kept": "kept only",
}

# What each setting means, by its name; the same name means the same in every kind.
SETTINGS: dict[str, tuple[str, str]] = {
    "root_url": ("Address of the service", "Where the MLS answers, up to and without the name of the resource."),
    "vendor": ("Vendor", "Whose rules of politeness hold: how many requests and records it allows."),
    "token_url": ("Address for tokens", "Where a token is asked for with client id and secret; empty for a fixed token."),
    "client_id": ("Client id", "Our name at the token address."),
    "scope": ("Scope", "What the token is asked for, where the vendor wants it said."),
    "originating_system": ("Originating system", "Which MLS behind the vendor; MLS Grid needs exactly one."),
    "select": ("Fields", "Which fields are asked for, one a line; empty asks for all."),
    "expand": ("Also", "What is fetched together with each record, one a line."),
    "page_size": ("Records a page", "How many records are asked for at once."),
    "start": ("Not before", "Records that changed before this moment are not fetched."),
    "on_market": ("On the market", "Statuses that count as there, one a line; a record in any other is gone."),
    "uses": ("Allowed uses", "Of IDX, VOW, BO and PT, one a line: at least one must be allowed; empty: not looked at."),
    "site_url": ("Address of the site", "Its robots.txt is read first, and obeyed."),
    "contact_url": ("Who we are", "A page of ours that tells the owner who reads and how to reach us."),
    "sitemaps": ("Sitemaps", "One address a line; empty: those that robots.txt names."),
    "include": ("Paths of listings", "Beginnings such as /homes/, one a line; empty: every page of the sitemap."),
    "interval_s": ("Seconds between pages", "The least time between two requests; the site may ask for more."),
    "most_pages": ("Most pages a run", "A run ends after so many; the next one goes on from there."),
    "feed_url": ("Address of the feed", "RSS 1.0, RSS 2.0 or Atom."),
    "most_entries": ("Most entries", "A feed with more is refused, since it is no feed of news."),
    "page_id": ("Page id", "The page whose leads are ours: digits."),
    "form_ids": ("Form ids", "Forms whose leads are also fetched in bulk, one a line."),
    "graph_url": ("Address of the Graph API", "Change it only for a proxy of your own."),
    "version": ("Version of the API", "As the platform writes it."),
    "form": ("Consent", "What people agree to where they leave their data; it does not come along, so it stands here."),
    "form.text": ("Words people agree to", "The consent text on the form, word for word; empty: leads carry no consent."),
    "form.version": ("Version of the words", "Give a new one whenever the words change."),
    "form.sellers": ("Who may call", "Sellers named in the words, one a line."),
    "form.channels": ("How they may call", "The channels that the words allow."),
    "form.page_url": ("Address of the form", "The page on which people agree."),
    "owner": ("Owner", "The ad account or organisation whose leads are ours, as LinkedIn writes it."),
    "lead_type": ("Type of lead", "LinkedIn's name for it, such as SPONSORED."),
    "api_url": ("Address of the API", "Change it only for a proxy of your own."),
    "mapping": ("Columns", "What columns mean where their names do not tell, one a line: Column = field."),
    "holder": ("Whose contact data it is", "An agent's is never a consumer's and is never sold."),
    "app_secret": ("App secret", "Signs what is pushed to us."),
    "verify_token": ("Verify token", "Answers the handshake when the push is set up."),
    "access_token": ("Access token", "Reads the leads."),
    "push_token": ("Token of pushes", "What the feed sends with what it pushes."),
    "key_hash": ("Key", "What senders show as proof, 12 characters or more; only its hash is kept."),
    "client_secret": ("Client secret", "Proves who we are, or signs what is pushed to us."),
    "token": ("Token", "A fixed token, where no client id is used."),
}


CHOICES = {
    "core": "RESO Web API Core",
    "replication": "Replication endpoint",
    "mls_grid": "MLS Grid",
    "trestle": "Trestle",
    "consumer": "The person who asks",
    "owner": "The owner of the home",
    "agent": "An agent",
    "email": "E-mail",
    "phone": "Phone",
    "sms": "Text message",
}


def record_word(record_id: str) -> str:
    """A record's id for people: a row of a file that gives its rows no ids of their own is known by its number."""
    file, _, row = record_id.rpartition(":")
    return f"Row {row}" if file.startswith("file:") else without_contact(record_id)


def choice_word(value: str) -> str:
    """A choice of a setting for people."""
    return CHOICES.get(value, value)


def setting(name: str) -> tuple[str, str]:
    """Label and sentence of a setting."""
    return SETTINGS.get(name) or (name.replace("_", " ").capitalize(), "")


def health_word(health: str) -> str:
    """The word alone, for tables."""
    return HEALTH[health][0]


def health_pill(health: str) -> str:
    """Markdown of the pill: word, icon and colour."""
    word, icon, tone, _ = HEALTH[health]
    return pills.tag(word, icon=icon, tone=tone)


def sells(may_sell: str | None) -> str:
    """Whether what comes from it may be sold."""
    return SELLS[may_sell]


def counts(run: RunRow) -> str:
    """What became of a run's records: those of which there were any."""
    told = [f"{number:,} {word}" for name, word in COUNTS.items() if (number := getattr(run, name))]
    return ", ".join(told) or "No records"


def took(run: RunRow) -> str:
    """How long a run took."""
    return figures.duration((run.finished_at - run.started_at).total_seconds()) if run.finished_at else figures.DASH


def last_days(days: int) -> tuple[date, date]:
    """The first and the last of so many days, today included, as every report has them."""
    scope = read(reports.scope_of, days=days)
    return scope.since, scope.until
