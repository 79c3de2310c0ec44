"""ADF: prospects from tidy and untidy XML; attacks refused in words (SPEC 8.1)."""

from datetime import UTC, datetime

import pytest

from core.kit.errors import Invalid
from core.sourcing.connectors.adf import Adf, AdfSecrets, AdfSettings, read_push, verify_push
from core.sourcing.connectors.kinds import read_secrets, secrets_to_keep
from core.sourcing.connectors.line.wire import Wire
from core.sourcing.connectors.pushed import Malformed
from core.sourcing.errors import Unreadable
from core.sourcing.record import RawRecord

KEY = "a-key-of-twenty-characters"
GOOD = f"""<?xml version="1.0"?><?adf version="1.0"?><adf><prospect status="new"><id source="Site">{2**60 + 1}</id>
<requestdate>11/01/2026 08:30:00 PM</requestdate><customer><contact><name part="first">Pat</name><name part="last">Lee</name>
<email>p@example.com</email><phone type="voice">702-555-0142</phone><address><street line="1">1 Main St</street>
<city>Las Vegas</city><regioncode>NV</regioncode><postalcode>08901</postalcode></address></contact>
<comments>Sell &amp; move</comments></customer><vendor><vendorname>Acme</vendorname></vendor><unheard/></prospect></adf>"""
UNTIDY = GOOD.replace("&amp;", "&").replace("</comments>", "").replace("<adf>", "<ADF>")
LAUGHS = (
    '<!DOCTYPE adf [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<adf><prospect><customer><contact><name>&b;</name></contact></customer></prospect></adf>"
)
FILE = '<!DOCTYPE adf [<!ENTITY x SYSTEM "file:///etc/passwd">]><adf><prospect><id>&x;</id></prospect></adf>'


@pytest.fixture
def secrets() -> AdfSecrets:
    found = read_secrets("adf", secrets_to_keep("adf", {"key": KEY}))
    assert isinstance(found, AdfSecrets)
    return found


def test_the_key_is_kept_as_a_hash_and_compared(secrets: AdfSecrets) -> None:
    assert KEY not in str(secrets) and verify_push(KEY, secrets)
    assert not any(verify_push(wrong, secrets) for wrong in ("", KEY[:-1], secrets.key_hash))
    with pytest.raises(Invalid):
        secrets_to_keep("adf", {"key": "short"})


@pytest.mark.parametrize("document", [GOOD, UNTIDY], ids=["tidy", "untidy"])
def test_a_prospect_is_read(document: str, secrets: AdfSecrets, now: datetime) -> None:
    (record,) = read_push(document.encode(), now=now).records
    assert record.record_id == f"Site:{2**60 + 1}"
    parsed = Adf(AdfSettings(), secrets, Wire()).parse(record)
    assert (parsed.name, parsed.email, parsed.phone) == ("Pat Lee", "p@example.com", "702-555-0142")
    assert (parsed.street, parsed.zip, parsed.at) == ("1 Main St", "08901", datetime(2026, 11, 1, 20, 30, tzinfo=UTC))
    assert parsed.text is not None and parsed.text.startswith("Sell") and parsed.attribution["platform"] == "adf"


def test_attacks_and_nonsense_are_refused_in_words(secrets: AdfSecrets, now: datetime) -> None:
    for attack in (LAUGHS, FILE, LAUGHS.replace("</adf>", ""), "<x>" + LAUGHS):
        for encoding in ("utf-8", "utf-16"):
            with pytest.raises(Malformed, match="entities"):
                read_push(attack.encode(encoding), now=now)
    for encoding in ("utf-7", "cp037", "utf-16-be", "utf-32", "iso-8859-1"):
        declared = f'<?xml version="1.0" encoding="{encoding}"?>' + LAUGHS
        try:
            records = read_push(declared.encode(encoding), now=now).records
        except Malformed as error:
            assert error.message.endswith(".")
        else:
            assert b"haha" not in b"".join(record.content for record in records), "a name in another alphabet unfolds nothing"
    for nonsense in (b"", b"{}", b"<adf/>", b"<", b"\xff\xfe\xff", b"<a>" * 100_000, b"x" * (2 << 20)):
        with pytest.raises(Malformed) as refused:
            read_push(nonsense, now=now)
        assert refused.value.message.endswith(".")
    with pytest.raises(Malformed, match="500"):
        read_push(b"<adf>" + b"<prospect/>" * 501 + b"</adf>", now=now)
    with pytest.raises(Unreadable):
        Adf(AdfSettings(), secrets, Wire()).parse(RawRecord("1", "1", b"<prospect/>", "application/xml", now))
