"""Every kind of source there is: its words, its settings and secrets, and how its connector is made (SPEC 8.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError

from core.kit.config import settings as process_settings
from core.kit.errors import Invalid, NotFound
from core.sourcing.connectors.adf import Adf, AdfSecrets, AdfSettings
from core.sourcing.connectors.feed import Feed, FeedSecrets, FeedSettings
from core.sourcing.connectors.files.upload import Upload, UploadSecrets, UploadSettings
from core.sourcing.connectors.forms.google import Google, GoogleSecrets, GoogleSettings
from core.sourcing.connectors.forms.linkedin import LinkedIn, LinkedInSecrets, LinkedInSettings
from core.sourcing.connectors.forms.meta import Meta
from core.sourcing.connectors.forms.meta_settings import MetaSecrets, MetaSettings
from core.sourcing.connectors.line.clock import Clock
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.reso.connector import Reso
from core.sourcing.connectors.reso.settings import ResoSecrets, ResoSettings
from core.sourcing.connectors.setting import Secrets, Settings
from core.sourcing.connectors.site.fsbo import Fsbo, FsboSecrets, FsboSettings
from core.sourcing.record import Connector

Way = Literal["pull", "push", "upload"]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Kind:
    """One way in. ``pull``: ``fetch`` brings records; ``push``: the source calls us; ``upload``: people bring files."""

    name: str
    title: str
    ways: frozenset[Way]
    settings: type[Settings]
    secrets: type[Secrets]
    make: Callable[[Any, Any, Wire], Connector]
    secure: bool = True

    @cached_property
    def pulls(self) -> bool:
        """True when there is something to fetch on a schedule."""
        return "pull" in self.ways


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("reso", "MLS (RESO Web API)", frozenset({"pull", "push"}), ResoSettings, ResoSecrets, Reso),
        Kind("meta", "Meta Lead Ads", frozenset({"pull", "push"}), MetaSettings, MetaSecrets, Meta),
        Kind("fsbo", "For sale by owner (web pages)", frozenset({"pull"}), FsboSettings, FsboSecrets, Fsbo, secure=False),
        Kind("feed", "Classifieds (RSS or Atom)", frozenset({"pull"}), FeedSettings, FeedSecrets, Feed, secure=False),
        Kind("google", "Google lead form", frozenset({"push"}), GoogleSettings, GoogleSecrets, Google),
        Kind("upload", "Files (CSV, XLSX, vCard)", frozenset({"upload"}), UploadSettings, UploadSecrets, Upload),
        Kind("adf", "ADF by POST", frozenset({"push"}), AdfSettings, AdfSecrets, Adf),
        Kind("linkedin", "LinkedIn lead sync", frozenset({"pull", "push"}), LinkedInSettings, LinkedInSecrets, LinkedIn),
    )
}


def kind_of(name: str) -> Kind:
    """The kind; raises ``NotFound``."""
    if name not in KINDS:
        raise NotFound("source.kind_unknown", f"There is no kind of source called {name[:50]}.")
    return KINDS[name]


def read_settings(kind: str, given: Mapping[str, Any]) -> Settings:
    """Settings as the kind's model; raises ``Invalid`` with a sentence per field."""
    return _read(kind_of(kind).settings, given)


def read_secrets(kind: str, given: Mapping[str, Any]) -> Secrets:
    """Secrets as the kind's model; raises ``Invalid`` with a sentence per field, never repeating a secret."""
    return _read(kind_of(kind).secrets, given)


def secrets_to_keep(kind: str, given: Mapping[str, Any]) -> dict[str, str]:
    """What to store (encrypted) of secrets as entered, checked: a Google key becomes its hash. Raises ``Invalid``."""
    values = read_secrets(kind, given).model_dump(exclude_none=True)
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in values.items()}


def connect(
    kind: str, settings: Mapping[str, Any] | Settings, secrets: Mapping[str, Any] | Secrets, *, clock: Clock | None = None
) -> Connector:
    """The connector of a source, ready to ask its peer; raises ``Invalid`` when settings or secrets don't fit the kind."""
    of = kind_of(kind)
    wire = Wire(clock=clock, private_hosts=private_hosts(), secure=of.secure)
    own_settings = settings if isinstance(settings, Settings) else _read(of.settings, settings)
    return of.make(own_settings, secrets if isinstance(secrets, Secrets) else _read(of.secrets, secrets), wire)


def private_hosts() -> frozenset[str]:
    """Hosts in a private network that sources may be at (``HOTLEADS_SOURCE_PRIVATE_HOSTS``)."""
    return frozenset(name.strip() for name in process_settings().source_private_hosts.split(",") if name.strip())


def _read(model: type[Model], given: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        fields = {".".join(map(str, problem["loc"])) or "settings": _sentence(problem["msg"]) for problem in error.errors()}
        raise Invalid("source.settings", "Some settings of the source are missing or wrong.", fields=fields) from error


def _sentence(words: str) -> str:
    words = words.removeprefix("Value error, ")
    return words[:1].upper() + words[1:].rstrip(".") + "."
