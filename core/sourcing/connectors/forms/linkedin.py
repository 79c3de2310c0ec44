"""LinkedIn lead sync: form responses of an account or organisation, in bulk and one by one (SPEC 8.1).

A response carries answers by question id; the words of the questions stand in the form. Both are asked for together and
kept together, so that a record can be read for ever without asking again.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field, SecretStr, StringConstraints

from core.kit.db import Json
from core.sourcing.connectors.forms.form_words import FormWords, contact_of
from core.sourcing.connectors.line.wire import Refused, Wire
from core.sourcing.connectors.setting import Secrets, Settings, WebAddress, said
from core.sourcing.connectors.values import fingerprint, id_text, moment, object_of, packed, text
from core.sourcing.errors import SourceBroken, Unreadable
from core.sourcing.record import Batch, Notice, Parsed, RawRecord

MEDIA_TYPE = "application/json"
OWNER = r"^urn:li:(sponsoredAccount|organization):\d{1,30}$"
MOST_PAGES = 20_000
LEAD_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
FIELDS = (
    "id,owner,submittedAt,testLead,leadType,versionedLeadGenFormUrn,leadMetadataInfo,associatedEntityInfo,formResponse,"
    "form:(id,name,content,hiddenFields)"
)
OVERLAP = timedelta(minutes=10)
KEPT_FOR = timedelta(days=364)  # LinkedIn keeps responses for a year


class LinkedInSettings(Settings):
    """``owner``: the ad account or organisation whose leads are ours; ``version``: LinkedIn's, as a month."""

    owner: Annotated[str, StringConstraints(strip_whitespace=True, pattern=OWNER)]
    lead_type: Annotated[str, StringConstraints(pattern=r"^[A-Z_]{2,40}$")] = "SPONSORED"
    api_url: WebAddress = "https://api.linkedin.com"
    version: Annotated[str, StringConstraints(pattern=r"^20\d{4}$")] = "202610"
    page_size: int = Field(100, ge=1, le=100)
    form: FormWords = FormWords()


class LinkedInSecrets(Secrets):
    """``client_secret`` signs pushes and answers challenges; ``access_token`` reads leads."""

    client_secret: SecretStr
    access_token: SecretStr | None = None


class LinkedIn:
    """One owner's form responses."""

    kind = "linkedin"

    def __init__(self, settings: LinkedInSettings, secrets: LinkedInSecrets, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._headers = {
            "Authorization": f"Bearer {said(secrets.access_token)}",
            "LinkedIn-Version": settings.version,
            "X-Restli-Protocol-Version": "2.0.0",
            "Accept": "application/json",
        }

    def fetch(self, cursor: Json | None) -> Iterator[Batch]:
        """Responses submitted since the cursor, by pages of a fixed span of time, so that what comes meanwhile shifts none.

        The next walk overlaps by ten minutes, for responses that LinkedIn shows late; ``seen`` holds those of the overlap
        with the walk before, ``late`` those that the next walk will see again.
        """
        kept: dict[str, Any] = cursor or {}
        now = self._wire.clock.now()
        since = int(kept.get("since", _ms(now - KEPT_FOR)))
        until, start = int(kept.get("until", _ms(now))), int(kept.get("start", 0))
        seen: dict[str, int] = dict(kept.get("seen") or {})
        late: dict[str, int] = dict(kept.get("late") or {})
        floor, before = until - _ms_of(OVERLAP), list[dict[str, Any]]()
        for _ in range(MOST_PAGES):
            values, more = self._page(since, until, start)
            if values and values == before:
                raise SourceBroken("source.endless", "LinkedIn gives the same page of responses again and again.")
            before = values
            records = [self._record(value) for value in values]
            fresh = tuple(record for record in records if record.record_id not in seen)
            times = {record.record_id: _submitted(value) for record, value in zip(records, values, strict=True)}
            late = late | {key: at for key, at in times.items() if at >= floor}
            start += self._settings.page_size
            if not more:
                yield Batch(fresh, {"since": floor, "seen": late})
                return
            yield Batch(fresh, {"since": since, "until": until, "start": start, "seen": seen, "late": late})
        raise SourceBroken("source.endless", "LinkedIn's list of responses has no end.")

    def fetch_one(self, notice: Notice) -> RawRecord:
        """The response that a push named, or ``gone``."""
        if not LEAD_ID.fullmatch(notice.record_id):
            raise Unreadable("record.key", "The id of the response is not one of LinkedIn's.")
        try:
            return self._record(self._json(f"leadFormResponses/{notice.record_id}?fields={FIELDS}"))
        except Refused as error:
            if error.status not in {404, 410}:
                raise
        content = packed({"id": notice.record_id})
        return RawRecord(notice.record_id, notice.version, content, MEDIA_TYPE, self._wire.clock.now(), gone=True)

    def parse(self, record: RawRecord) -> Parsed:
        """Contact and answers, by the words of the form's questions; raises ``Unreadable`` when it has no answers."""
        lead = object_of(record.content)
        response = lead.get("formResponse")
        if not isinstance(response, dict) or not isinstance(response.get("answers"), list):
            raise Unreadable("record.answers", "The response has no answers.")
        keys = _question_keys(lead.get("form"))
        answers = {
            keys.get(question, f"question_{question}"): found
            for answer in response["answers"]
            if isinstance(answer, dict) and (question := id_text(answer.get("questionId"))) and (found := _answer(answer))
        }
        contact, others = contact_of(answers)
        at = moment(lead.get("submittedAt"))
        consents = [consent for consent in response.get("consentResponses") or [] if isinstance(consent, dict)]
        agreed = all(consent.get("accepted") is True for consent in consents)
        named = {"form": lead.get("versionedLeadGenFormUrn"), "lead_type": lead.get("leadType"), "owner": lead.get("owner")}
        attribution = {key: words for key, value in named.items() if (words := id_text(value))}
        consent = self._settings.form.consent(agreed=agreed, at=at)
        return Parsed(**contact, at=at, form_data=others, consent=consent, attribution={"platform": "linkedin"} | attribution)

    def _page(self, since: int, until: int, start: int) -> tuple[list[dict[str, Any]], bool]:
        role = self._settings.owner.split(":")[2]
        query = (
            f"q=owner&owner=({role}:{quote(self._settings.owner, safe='')})&leadType=(leadType:{self._settings.lead_type})"
            f"&limitedToTestLeads=false&submittedAtTimeRange=(start:{since},end:{until})"
            f"&fields={FIELDS}&start={start}&count={self._settings.page_size}"
        )
        found = self._json(f"leadFormResponses?{query}")
        elements = found.get("elements")
        if not isinstance(elements, list):
            raise SourceBroken("source.page", "LinkedIn's answer has no list of responses.")
        values = [value for value in elements if isinstance(value, dict)]
        return values, len(elements) >= self._settings.page_size

    def _record(self, value: dict[str, Any]) -> RawRecord:
        content = packed(value)
        key = id_text(value.get("id")) or f"nameless-{fingerprint(content)[:32]}"
        version = id_text(value.get("submittedAt")) or fingerprint(content)
        test = value.get("testLead") is True
        return RawRecord(key, version, content, MEDIA_TYPE, self._wire.clock.now(), test=test)

    def _json(self, path: str) -> dict[str, Any]:
        url = f"{self._settings.api_url.rstrip('/')}/rest/{path}"
        try:
            return object_of(self._wire.ask("GET", url, headers=self._headers).content)
        except Unreadable as error:
            raise SourceBroken("source.json", "LinkedIn's answer is not a JSON object.") from error


def _question_keys(form: Any) -> dict[str, str]:
    """Key by question id: the predefined field, the name, or the question's own words."""
    content = form.get("content") if isinstance(form, dict) else None
    questions = content.get("questions") if isinstance(content, dict) else None
    found: dict[str, str] = {}
    for question in questions if isinstance(questions, list) else []:
        key = id_text(question.get("questionId")) if isinstance(question, dict) else None
        if key is None:
            continue
        words = text(question.get("predefinedField")) or text(question.get("name")) or _localized(question.get("question"))
        found[key] = re.sub(r"\W+", "_", words or f"question_{key}").strip("_").lower()
    return found


def _localized(value: Any) -> str | None:
    words = value.get("localized") if isinstance(value, dict) else None
    return next((text(part) for part in words.values()), None) if isinstance(words, dict) else None


def _answer(answer: dict[str, Any]) -> str | None:
    """A text, or the options chosen."""
    details = answer.get("answerDetails")
    for kind, value in details.items() if isinstance(details, dict) else ():
        if not isinstance(value, dict):
            continue
        if kind == "textQuestionAnswer":
            return text(value.get("answer"))
        options = value.get("options")
        if isinstance(options, list):
            return ", ".join(part for option in options if (part := id_text(option))) or None
    return None


def _submitted(value: dict[str, Any]) -> int:
    at = value.get("submittedAt")
    return at if isinstance(at, int) else 0


def _ms(at: Any) -> int:
    return int(at.timestamp() * 1000)


def _ms_of(span: timedelta) -> int:
    return int(span.total_seconds() * 1000)
