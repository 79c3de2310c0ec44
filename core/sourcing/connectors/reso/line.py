"""The line to a RESO server: who we are (bearer or OAuth2), how fast we may ask, what its quota headers say."""

from datetime import datetime, timedelta

from core.sourcing.connectors.line.wire import LARGEST_ANSWER, Answer, Refused, Wire, retry_after
from core.sourcing.connectors.reso.settings import ALLOWANCES, HOUR, INTERVAL_S, ResoSecrets, ResoSettings
from core.sourcing.connectors.setting import said
from core.sourcing.connectors.values import number, object_of, text, whole
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable

EARLY = timedelta(seconds=60)
OK, OK_OR_BUSY = frozenset({200}), frozenset({200, 429})


class ResoLine:
    """Asks with the credentials in place: a token is renewed a minute before it ends, and once when it is refused."""

    def __init__(self, settings: ResoSettings, secrets: ResoSecrets, wire: Wire) -> None:
        self.wire = wire
        self._settings = settings
        self._secrets = secrets
        self._token: str | None = None
        self._ends: datetime | None = None
        wire.pace.interval_s = INTERVAL_S.get(settings.vendor, 0.0)
        wire.pace.allow(ALLOWANCES.get(settings.vendor, ()))

    def get(self, url: str, *, accept: str = "application/json", most: int = LARGEST_ANSWER) -> Answer:
        """The answer to one request, ``most`` bytes of it; raises ``SourceUnavailable``, and ``Refused`` when a new token is
        refused as well."""
        try:
            return self._asked(url, accept, most)
        except Refused as error:
            if error.status != 401 or not self._settings.token_url:
                raise
        self._token = None
        return self._asked(url, accept, most)

    def _asked(self, url: str, accept: str, most: int) -> Answer:
        headers = {"Authorization": f"Bearer {self._bearer()}", "Accept": accept}
        answer = self.wire.ask("GET", url, headers=headers, accept=OK_OR_BUSY if self._suspends else OK, most=most)
        if answer.status == 429:  # MLS Grid suspends the token: asking on would make it worse
            wait = retry_after(answer.headers, now=self.wire.clock.now()) or HOUR
            raise SourceUnavailable("source.suspended", "MLS Grid suspended the token: too many requests.", retry_after_s=wait)
        self._mind_quota(answer)
        return answer

    @property
    def _suspends(self) -> bool:
        return self._settings.vendor == "mls_grid"

    def _mind_quota(self, answer: Answer) -> None:
        """Trestle's headers: requests a minute, and when the hour's quota begins anew (milliseconds since 1970)."""
        per_minute = number(answer.headers.get("Minute-Quota-Limit"))
        if per_minute and per_minute >= 1:
            self.wire.pace.interval_s = max(self.wire.pace.interval_s, 60 / per_minute)
        left, resets = whole(answer.headers.get("Hour-Quota-Available")), whole(answer.headers.get("Hour-Quota-ResetTime"))
        if left == 0 and resets:
            self.wire.pace.hold_until(resets / 1000)

    def _bearer(self) -> str:
        if not self._settings.token_url:
            return said(self._secrets.token)
        now = self.wire.clock.now()
        if self._token is None or (self._ends is not None and now >= self._ends - EARLY):
            self._token, self._ends = self._granted(self._settings.token_url, now)
        return self._token

    def _granted(self, url: str, now: datetime) -> tuple[str, datetime | None]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id or "",
            "client_secret": said(self._secrets.client_secret),
        } | ({"scope": self._settings.scope} if self._settings.scope else {})
        answer = self.wire.ask("POST", url, form=form, headers={"Accept": "application/json"}, most=1 << 20)
        try:
            given = object_of(answer.content)
        except Unreadable as error:
            raise SourceBroken("source.token", "The token address answers something that is no token.") from error
        token, seconds = text(given.get("access_token")), whole(given.get("expires_in"))
        if not token or any(mark in token for mark in "\r\n"):
            raise SourceBroken("source.token", "The token address answers something that is no token.")
        return token, None if seconds is None else now + timedelta(seconds=min(seconds, 10 * 86_400))
