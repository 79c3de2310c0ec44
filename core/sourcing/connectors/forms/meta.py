"""Meta Lead Ads: leads of forms in bulk and one by one from the Graph API (SPEC 8.1)."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from core.kit.db import Json
from core.sourcing.connectors.forms.form_words import contact_of
from core.sourcing.connectors.forms.meta_settings import MetaSecrets, MetaSettings
from core.sourcing.connectors.line.wire import Answer, Refused, Wire
from core.sourcing.connectors.setting import said
from core.sourcing.connectors.values import fingerprint, id_text, moment, object_of, packed, text, whole
from core.sourcing.errors import SourceBroken, SourceUnavailable, Unreadable
from core.sourcing.record import Batch, Notice, Parsed, RawRecord

MEDIA_TYPE = "application/json"
FIELDS = "id,created_time,ad_id,adset_id,campaign_id,form_id,is_organic,platform,field_data,custom_disclaimer_responses"
THROTTLED = {4, 17, 32, 613, 80005}  # error codes of the Graph API for too many calls
NO_SUCH, EXPIRED, WRONG_CURSOR = 33, 190, 100
NEARLY_USED_UP = 95  # per cent
ACCEPTED = frozenset({200, 400, 403, 404})


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the walk through one form stands, in seconds since 1970.

    ``seen``: leads of the second ``since``, which are asked for again; ``newest``: those of the latest second, ``high``.
    """

    since: int = 0
    after: str | None = None
    high: int = 0
    seen: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()

    def turned(self, page: list[tuple[str, int]], after: str | None) -> "Stand":
        """After a page, newest first as Graph gives them; without a next page the walk is over."""
        high = max([self.high, *(at for _, at in page)])
        kept = self.newest if high == self.high else ()
        newest = tuple(dict.fromkeys([*kept, *(key for key, at in page if at == high)]))
        return replace(self, after=after, high=high, newest=newest) if after else Stand(high, None, high, newest, newest)


class Meta:
    """One page's lead forms."""

    kind = "meta"

    def __init__(self, settings: MetaSettings, secrets: MetaSecrets, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._token = said(secrets.access_token)
        self._proof = hmac.new(said(secrets.app_secret).encode(), self._token.encode(), hashlib.sha256).hexdigest()

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """New leads of every form; raises ``SourceUnavailable`` when Meta throttles or refuses."""
        stands = {form: _stand((cursor or {}).get("forms", {}).get(form)) for form in self._settings.form_ids}
        for form in stands:
            over, given = False, set[str]()
            while not over:
                records, stands[form] = self._page(form, stands[form])
                after = stands[form].after
                if after in given:
                    raise SourceBroken("source.endless", "Meta names a next page that it named before.")
                over = after is None
                given |= {after} if after else set()
                yield Batch(records, {"forms": {name: _kept(stand) for name, stand in stands.items()}})

    def fetch_one(self, notice: Notice) -> RawRecord:
        """The lead that a push named, or ``gone`` when Meta no longer has it."""
        try:
            return self._record(self._json(notice.record_id, {"fields": FIELDS}))
        except Refused as error:
            if error.status != 404:
                raise
        content = packed({"id": notice.record_id})
        return RawRecord(notice.record_id, notice.version, content, MEDIA_TYPE, self._wire.clock.now(), gone=True)

    def parse(self, record: RawRecord) -> Parsed:
        """Contact and answers of a lead; raises ``Unreadable`` when it has no answers."""
        lead = object_of(record.content)
        fields = lead.get("field_data")
        if not isinstance(fields, list):
            raise Unreadable("record.answers", "The lead has no answers (field_data).")
        answers = {
            str(field["name"]): said_text
            for field in fields
            if isinstance(field, dict) and field.get("name") and (said_text := _joined(field.get("values")))
        }
        contact, others = contact_of(answers)
        at = moment(lead.get("created_time"))
        boxes = [box for box in lead.get("custom_disclaimer_responses") or [] if isinstance(box, dict)]
        agreed = all(str(box.get("is_checked")).lower() in {"1", "true"} for box in boxes)
        named = ("ad_id", "adset_id", "campaign_id", "form_id", "platform")
        attribution = {key: found for key in named if (found := id_text(lead.get(key)))}
        consent = self._settings.form.consent(agreed=agreed, at=at)
        return Parsed(**contact, at=at, form_data=others, consent=consent, attribution={"platform": "meta"} | attribution)

    def _page(self, form: str, stand: Stand) -> tuple[tuple[RawRecord, ...], Stand]:
        """A page of a form's leads; a cursor that Meta has forgotten begins the walk again."""
        try:
            page = self._leads(form, stand)
        except Refused as error:
            if stand.after is None or error.status != 400:
                raise
            stand = replace(stand, after=None)
            page = self._leads(form, stand)
        data = page.get("data")
        if not isinstance(data, list):
            raise SourceBroken("source.page", "Meta's answer has no list of leads.")
        records = [self._record(lead) for lead in data if isinstance(lead, dict)]
        paging = page["paging"] if isinstance(page.get("paging"), dict) else {}
        after = id_text((paging.get("cursors") or {}).get("after")) if paging.get("next") else None
        if after is not None and after == stand.after:
            raise SourceBroken("source.endless", "Meta names a next page that it named before.")
        told = [(record.record_id, _second(record)) for record in records]
        fresh = tuple(record for record in reversed(records) if record.record_id not in stand.seen)
        return fresh, stand.turned(told, after)

    def _leads(self, form: str, stand: Stand) -> dict[str, Any]:
        query = {"fields": FIELDS, "limit": str(self._settings.page_size)}
        if stand.since:  # one second earlier: leads of the same second may have come since
            later = [{"field": "time_created", "operator": "GREATER_THAN", "value": stand.since - 1}]
            query["filtering"] = packed(later).decode()
        return self._json(f"{form}/leads", query | ({"after": stand.after} if stand.after else {}))

    def _record(self, lead: dict[str, Any]) -> RawRecord:
        content = packed(lead)
        key = id_text(lead.get("id")) or f"nameless-{fingerprint(content)[:32]}"
        return RawRecord(key, text(lead.get("created_time")) or fingerprint(content), content, MEDIA_TYPE, self._wire.clock.now())

    def _json(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        address = f"{self._settings.graph_url.rstrip('/')}/{self._settings.version}/{path}"
        url = f"{address}?{urlencode(query | {'appsecret_proof': self._proof})}"
        answer = self._wire.ask("GET", url, headers={"Authorization": f"Bearer {self._token}"}, accept=ACCEPTED)
        wait = _minutes_to_wait(answer)
        try:
            found = object_of(answer.content)
        except Unreadable as error:
            raise SourceBroken("source.json", "Meta's answer is not a JSON object.") from error
        if answer.status != 200 or "error" in found:
            raise _problem(found.get("error"), answer.status, wait)
        if wait is not None:  # this page is read; the next one waits
            self._wire.pace.hold_until(self._wire.clock.now().timestamp() + 60 * wait)
        return found


def _problem(error: Any, status: int, wait: int | None) -> SourceUnavailable:
    said_error: dict[str, Any] = error if isinstance(error, dict) else {}
    code, more = whole(said_error.get("code")), whole(said_error.get("error_subcode"))
    if code in THROTTLED:
        return SourceUnavailable("source.throttled", "Meta asks us to slow down.", retry_after_s=60 * (wait or 5))
    if code == EXPIRED:
        return Refused(401, "Meta no longer accepts the access token. Enter a new one on the source's page.")
    if more == NO_SUCH:
        return Refused(404, "Meta does not have this lead, or does not show it to us.")
    return Refused(
        400 if code == WRONG_CURSOR else status, f"Meta refuses the request (code {code}). Check the source's settings."
    )


def _minutes_to_wait(answer: Answer) -> int | None:
    """From ``X-Business-Use-Case-Usage``: how long to stay away when the allowance is nearly or wholly used up."""
    try:
        usage = object_of(answer.headers.get("X-Business-Use-Case-Usage", "{}").encode())
    except Unreadable:
        return None
    entries = [entry for group in usage.values() if isinstance(group, list) for entry in group if isinstance(entry, dict)]
    waits = [whole(entry.get("estimated_time_to_regain_access")) or 0 for entry in entries]
    shares = [whole(entry.get(name)) or 0 for entry in entries for name in ("call_count", "total_cputime", "total_time")]
    longest = max(waits, default=0)
    return longest if longest else 5 if max(shares, default=0) >= NEARLY_USED_UP else None


def _joined(values: Any) -> str:
    return ", ".join(part for value in values if (part := text(value))) if isinstance(values, list) else text(values) or ""


def _second(record: RawRecord) -> int:
    at = moment(record.version)
    return int(at.timestamp()) if at else 0


def _stand(kept: Json | None) -> Stand:
    given: dict[str, Any] = kept or {}
    return Stand(
        int(given.get("since", 0)),
        given.get("after"),
        int(given.get("high", 0)),
        tuple(given.get("seen", ())),
        tuple(given.get("newest", ())),
    )


def _kept(stand: Stand) -> Json:
    return {
        "since": stand.since,
        "after": stand.after,
        "high": stand.high,
        "seen": list(stand.seen),
        "newest": list(stand.newest),
    }
