"""Settings of an MLS feed by RESO Web API (SPEC 8.1)."""

from datetime import datetime
from typing import Literal, Self

from pydantic import AwareDatetime, Field, SecretStr, model_validator

from core.sourcing.connectors.line.pace import Allowance
from core.sourcing.connectors.setting import Secrets, Settings, WebAddress, Word

FIELDS = (
    "ListingKey", "ListingId", "StandardStatus", "MlsStatus", "PropertyType", "PropertySubType", "ListPrice",
    "OriginalListPrice", "UnparsedAddress", "StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix", "UnitNumber",
    "City", "StateOrProvince", "PostalCode", "CountyOrParish", "Latitude", "Longitude", "BedroomsTotal",
    "BathroomsTotalInteger", "LivingArea", "LotSizeSquareFeet", "YearBuilt", "DaysOnMarket", "PublicRemarks",
    "ListAgentFullName", "ListAgentEmail", "ListAgentPreferredPhone", "ListOfficeName", "OriginatingSystemName",
    "ModificationTimestamp",
)  # fmt: skip
ON_MARKET = ("Active", "Coming Soon", "Active Under Contract", "Pending")
Vendor = Literal["core", "replication", "mls_grid", "trestle"]
HOUR, DAY = 3600, 86_400
ALLOWANCES: dict[str, tuple[Allowance, ...]] = {
    "mls_grid": (Allowance("requests", 7_200, HOUR), Allowance("requests", 40_000, DAY), Allowance("bytes", 4 << 30, HOUR)),
    "trestle": (Allowance("requests", 7_200, HOUR),),
}
INTERVAL_S = {"mls_grid": 0.55}  # two a second at most; a little less, so that no second ever holds three
LARGEST_PAGE = {"core": 1_000, "replication": 2_000, "mls_grid": 5_000, "trestle": 1_000}


def quoted(value: str) -> str:
    """A text as OData writes it."""
    return "'" + value.replace("'", "''") + "'"


class ResoSettings(Settings):
    """Where the feed is and what to ask of it.

    ``start``: records changed before are not fetched. ``on_market``: statuses that count as there; a record in any other
    is gone. ``uses``: what MLS Grid's ``MlgCanUse`` must allow one of (IDX, VOW, BO, PT); empty: not looked at.
    """

    root_url: WebAddress
    vendor: Vendor = "core"
    token_url: WebAddress | None = None
    client_id: Word | None = None
    scope: Word | None = None
    originating_system: Word | None = None
    select: tuple[Word, ...] = FIELDS
    expand: tuple[Word, ...] = ()
    page_size: int = Field(500, ge=1, le=5_000)
    start: AwareDatetime | None = None
    on_market: tuple[Word, ...] = ON_MARKET
    uses: tuple[Literal["IDX", "VOW", "BO", "PT"], ...] = ()

    @model_validator(mode="after")
    def _fits_vendor(self) -> Self:
        if self.vendor == "mls_grid" and not self.originating_system:
            raise ValueError("MLS Grid needs exactly one originating system, such as actris")
        if bool(self.token_url) != bool(self.client_id):
            raise ValueError("for OAuth2 enter both the token address and the client id; for a fixed token neither")
        return self

    def top(self) -> int:
        """Records a page: what was entered, within what the vendor serves."""
        most = 1_000 if self.vendor == "mls_grid" and self.expand else LARGEST_PAGE[self.vendor]
        return min(self.page_size, most)

    def fields(self) -> tuple[str, ...]:
        """What to select, always with what the walk itself needs."""
        needed: tuple[str, ...] = ("ListingKey", "StandardStatus", "ModificationTimestamp")
        needed += ("MlgCanView", "MlgCanUse") if self.vendor == "mls_grid" else ()
        return (*self.select, *(name for name in needed if name not in self.select)) if self.select else ()

    def conditions(self, since: datetime | None) -> list[str]:
        """The parts of ``$filter``."""
        parts = [f"OriginatingSystemName eq {quoted(self.originating_system)}"] if self.originating_system else []
        if since is not None:
            parts.append(f"ModificationTimestamp ge {since:%Y-%m-%dT%H:%M:%S}.{since.microsecond // 1000:03d}Z")
        elif self.vendor == "mls_grid":
            parts.append("MlgCanView eq true")
        return parts


class ResoSecrets(Secrets):
    """``token``: a fixed bearer token; ``client_secret``: of OAuth2; ``push_token``: what the feed sends with its pushes."""

    token: SecretStr | None = None
    client_secret: SecretStr | None = None
    push_token: SecretStr | None = None
