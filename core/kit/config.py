"""Settings of the process: environment variables, validated once, never changed (SPEC 13.9)."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.kit import addresses
from core.kit.errors import HotleadsError
from core.kit.lending import writable

DEVELOPMENT_SECRET = "development-only-secret-key-change-me"
SHORTEST_KEY = 32


class InvalidSettings(HotleadsError):
    """The environment can't be used; the message names each variable and what to set."""


class Settings(BaseSettings):
    """Everything a deployment can set, read from the environment and an optional ``.env`` file."""

    # What is refused may hold a password, which a trace must not show.
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True)

    env: Literal["development", "test", "production"] = Field("development", alias="HOTLEADS_ENV")
    host: str = Field("127.0.0.1", alias="HOTLEADS_HOST")
    port: int = Field(8080, alias="HOTLEADS_PORT", ge=1, le=65535)
    public_url: str = Field("", alias="HOTLEADS_PUBLIC_URL")
    secret_key: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), alias="HOTLEADS_SECRET_KEY", min_length=SHORTEST_KEY)
    secret_key_previous: SecretStr = Field(SecretStr(""), alias="HOTLEADS_SECRET_KEY_PREVIOUS")
    matching_key: SecretStr = Field(SecretStr(""), alias="HOTLEADS_MATCHING_KEY")
    demo: bool = Field(False, alias="HOTLEADS_DEMO")
    home: Path = Field(Path(".local"), alias="HOTLEADS_HOME")
    database_url: str = Field("", alias="DATABASE_URL")
    database_tenant_url: str = Field("", alias="DATABASE_TENANT_URL")
    database_pool: int = Field(10, alias="HOTLEADS_DATABASE_POOL", ge=1, le=200)
    database_pooler: bool = Field(False, alias="HOTLEADS_DATABASE_POOLER")
    database_replica_url: str = Field("", alias="DATABASE_REPLICA_URL")
    replica_lag_s: float = Field(2.0, alias="HOTLEADS_REPLICA_LAG_S", gt=0, le=3600)
    local_replica: bool = Field(False, alias="HOTLEADS_LOCAL_REPLICA")
    redis_url: str = Field("", alias="REDIS_URL")
    smtp_url: str = Field("", alias="SMTP_URL")
    mail_from: str = Field("Hotleads <hello@hotleads.example>", alias="HOTLEADS_MAIL_FROM")
    ses_configuration_set: str = Field("", alias="HOTLEADS_SES_CONFIGURATION_SET", pattern=r"^[A-Za-z0-9_-]{0,64}$")
    sns_topics: str = Field("", alias="HOTLEADS_SNS_TOPICS")
    sns_hosts: str = Field("", alias="HOTLEADS_SNS_HOSTS")
    sendgrid_webhook_key: str = Field("", alias="HOTLEADS_SENDGRID_WEBHOOK_KEY")
    source_private_hosts: str = Field("", alias="HOTLEADS_SOURCE_PRIVATE_HOSTS")
    openai_base_url: str = Field("", alias="OPENAI_BASE_URL")
    openai_api_key: SecretStr = Field(SecretStr(""), alias="OPENAI_API_KEY")
    enrichment_model: str = Field("", alias="HOTLEADS_ENRICHMENT_MODEL", max_length=100)
    enrichment_input_price: int | None = Field(None, alias="HOTLEADS_ENRICHMENT_INPUT_CENTS_PER_MILLION", ge=0, le=1_000_000)
    enrichment_output_price: int | None = Field(None, alias="HOTLEADS_ENRICHMENT_OUTPUT_CENTS_PER_MILLION", ge=0, le=1_000_000)
    enrichment_daily_budget_cents: int = Field(500, alias="HOTLEADS_ENRICHMENT_DAILY_BUDGET_CENTS", ge=0)
    enrichment_patience_s: float = Field(10.0, alias="HOTLEADS_ENRICHMENT_PATIENCE_S", gt=0, le=40)
    mlflow_url: str = Field("", alias="HOTLEADS_MLFLOW_URL")
    mlflow_files_url: str = Field("", alias="HOTLEADS_MLFLOW_FILES_URL")
    notebooks: Path | None = Field(None, alias="HOTLEADS_NOTEBOOKS")
    metrics_token: SecretStr = Field(SecretStr(""), alias="HOTLEADS_METRICS_TOKEN")
    metrics_port: int = Field(0, alias="HOTLEADS_METRICS_PORT", ge=0, le=65535)
    alert_email: str = Field("", alias="HOTLEADS_ALERT_EMAIL")
    alert_slack_url: SecretStr = Field(SecretStr(""), alias="HOTLEADS_ALERT_SLACK_URL")
    alert_pagerduty_key: SecretStr = Field(SecretStr(""), alias="HOTLEADS_ALERT_PAGERDUTY_KEY")
    otlp_endpoint: str = Field("", alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    trusted_proxies: int = Field(0, alias="HOTLEADS_TRUSTED_PROXIES", ge=0, le=5)
    worker_processes: int = Field(2, alias="HOTLEADS_WORKERS", ge=1, le=64)
    auto_activate_providers: bool = Field(False, alias="HOTLEADS_AUTO_ACTIVATE_PROVIDERS")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="HOTLEADS_LOG_LEVEL")
    seal_file: Path | None = Field(None, alias="HOTLEADS_SEAL_FILE")
    stripe_secret_key: SecretStr = Field(SecretStr(""), alias="STRIPE_SECRET_KEY")
    stripe_webhook_secret: SecretStr = Field(SecretStr(""), alias="STRIPE_WEBHOOK_SECRET")
    stripe_api_base: str = Field("https://api.stripe.com", alias="STRIPE_API_BASE")
    paypal_client_id: str = Field("", alias="PAYPAL_CLIENT_ID")
    paypal_client_secret: SecretStr = Field(SecretStr(""), alias="PAYPAL_CLIENT_SECRET")
    paypal_webhook_id: str = Field("", alias="PAYPAL_WEBHOOK_ID")
    paypal_api_base: str = Field("https://api-m.paypal.com", alias="PAYPAL_API_BASE")
    map_tiles: str = Field("", alias="HOTLEADS_MAP_TILES", pattern=r"^(https?://[^\s;,'\"]+\{z\}[^\s;,'\"]*)?$")
    map_credit: str = Field("", alias="HOTLEADS_MAP_CREDIT", max_length=200)
    files_url: str = Field("", alias="HOTLEADS_FILES_URL")
    backups: Path | None = Field(None, alias="HOTLEADS_BACKUPS")
    wal_archive: Path | None = Field(None, alias="HOTLEADS_WAL_ARCHIVE")
    private_hosts: str = Field("", alias="HOTLEADS_PRIVATE_HOSTS")
    splink_backend: Literal["duckdb", "spark"] = Field("duckdb", alias="HOTLEADS_SPLINK_BACKEND")
    probe_url: str = Field("", alias="HOTLEADS_PROBE_URL")
    ip_database: Path | None = Field(None, alias="HOTLEADS_IP_DATABASE")

    @field_validator(
        "seal_file",
        "backups",
        "wal_archive",
        "ip_database",
        "notebooks",
        "enrichment_input_price",
        "enrichment_output_price",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None

    @field_validator(*addresses.KINDS, mode="after")
    @classmethod
    def _an_address(cls, url: str, field: ValidationInfo) -> str:
        return addresses.check(str(field.field_name), url)

    @field_validator("database_url", "database_tenant_url", mode="after")
    @classmethod
    def _a_server_that_takes_writes(cls, url: str) -> str:
        return writable(url)

    @field_validator("ip_database", mode="after")
    @classmethod
    def _database_is_there(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_file():
            raise ValueError(f"HOTLEADS_IP_DATABASE: there is no file {path}; name a .mmdb file, or leave it empty")
        return path

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.env != "production":
            return self
        if self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
            raise ValueError("HOTLEADS_SECRET_KEY: production refuses the development secret; set 32+ random characters")
        if self.demo:
            raise ValueError("HOTLEADS_DEMO: the demo market can't be switched on in production")
        if not self.metrics_token.get_secret_value():
            raise ValueError("HOTLEADS_METRICS_TOKEN: production needs a token to protect /metrics")
        for name, address in (("STRIPE_API_BASE", self.stripe_api_base), ("PAYPAL_API_BASE", self.paypal_api_base)):
            if not address.startswith("https://"):
                raise ValueError(f"{name}: production talks to payment gateways by https only")
        return self

    @model_validator(mode="after")
    def _keys_are_whole(self) -> Self:
        previous, matching = self.secret_keys[1:], self.matching_key.get_secret_value()
        if any(len(key) < SHORTEST_KEY for key in previous):
            raise ValueError(f"HOTLEADS_SECRET_KEY_PREVIOUS: each key has {SHORTEST_KEY} characters or more; commas part them")
        if matching and len(matching) < SHORTEST_KEY:
            raise ValueError(f"HOTLEADS_MATCHING_KEY: it has {SHORTEST_KEY} characters or more")
        if previous and not matching:
            raise ValueError(
                "HOTLEADS_MATCHING_KEY: name the first secret key that this instance had, or do-not-contact lists match nobody"
                " under the new one (docs/how-to/change-the-secret-key.md)"
            )
        if self.env == "production" and DEVELOPMENT_SECRET in (*previous, matching):
            raise ValueError("HOTLEADS_SECRET_KEY_PREVIOUS, HOTLEADS_MATCHING_KEY: production refuses the development secret")
        return self

    @model_validator(mode="after")
    def _a_model_has_a_price(self) -> Self:
        if self.enrichment_model and (self.enrichment_input_price is None or self.enrichment_output_price is None):
            raise ValueError(
                "HOTLEADS_ENRICHMENT_MODEL: without its price no budget can be kept; set "
                "HOTLEADS_ENRICHMENT_INPUT_CENTS_PER_MILLION and HOTLEADS_ENRICHMENT_OUTPUT_CENTS_PER_MILLION "
                "(0 for a model on your own machine)"
            )
        return self

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret key, then the previous ones in the order they are given."""
        previous = (key.strip() for key in self.secret_key_previous.get_secret_value().split(","))
        return (self.secret_key.get_secret_value(), *(key for key in previous if key))

    @property
    def lasting_key(self) -> str:
        """What hashes are made with that must stay the same when the secret key changes."""
        return self.matching_key.get_secret_value() or self.secret_key.get_secret_value()

    @property
    def base_url(self) -> str:
        """Address that people use to reach this instance, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def is_local_address(self) -> bool:
        """True when the public address is the loopback interface."""
        return urlsplit(self.base_url).hostname in {"localhost", "127.0.0.1", "::1"}

    def masked(self) -> dict[str, Any]:
        """The settings by variable name, for people: secrets and URL passwords hidden."""
        named = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        return {key: _mask(value) for key, value in named.items()}


def _mask(value: object) -> object:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    if isinstance(value, str) and "://" in value:
        return addresses.shown(value)
    return str(value) if isinstance(value, Path) else value


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The one ``Settings`` of this process; raises ``InvalidSettings`` in words (SPEC 13.9)."""
    try:
        return Settings()
    except ValidationError as error:
        said = [(".".join(map(str, e["loc"])) or "settings", e["msg"].removeprefix("Value error, ")) for e in error.errors()]
        lines = [f"{name}: {words}" for name, words in said]
        raise InvalidSettings("settings.invalid", "The settings can't be used.\n" + "\n".join(lines)) from error
