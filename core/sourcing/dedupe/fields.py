"""Which column of somebody's file holds what, by the names that people give to columns."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from core.kit.errors import Invalid
from core.leads import postal, zip_book
from core.sourcing.dedupe.headings import NAMES_ABROAD
from core.sourcing.dedupe.shape import FIELDS
from core.sourcing.normalise.names import looks_like_business

_NAMES: dict[str, str] = {
    "name": "name full_name fullname contact contact_name customer_name customer person person_name lead_name owner_name"
    " customername contactname client client_name patient_name voter_name member_name",
    "first_name": "first_name first firstname given_name givenname given fname forename name_first fname_c1 first_nm firstnm",
    "middle_name": "middle_name middle middlename middle_initial mname name_middle midl_name middle_nm mi",
    "last_name": "last_name last lastname surname family_name familyname lname sname name_last lname_c1 last_nm lastnm",
    "suffix": "suffix name_suffix generation name_sufx name_sufx_cd suffix_name",
    "company": "company company_name companyname business business_name businessname organization organisation"
    " organization_name org org_name account_name legal_name trade_name dba dba_name aka aka_name"
    " doing_business_as doing_business_as_name firm firm_name restaurant restaurant_name shop shop_name store store_name site"
    " site_name facility facility_name premise_name venue venue_name place_name hospital_name provider_name agency_name"
    " school_name employer title_of_business",
    "email": "email e_mail email_address emailaddress mail e_mail_address email1 email_1 email2 email_2 mail_address",
    "phone": "phone phone_number phonenumber telephone telephone_number tel mobile mobile_phone cell cell_phone phone1 phone_1"
    " phone2 phone_2"
    " home_phone work_phone phone_no contact_number full_phone_number phonenum phone_num phone_nbr",
    "street_number": "street_number streetnumber house_number housenumber house_no number_of_house street_no building"
    " building_number house_num st_number st_no stnumb st_numb",
    "address": "address addr street street_address streetaddress address1 address_1 addr1 address_line_1 address_line1 line1"
    " line_1 mailing_address full_address street_name streetname street1"
    " street_addr address_street st_address address_text location_address street_line stadd st_add",
    "address2": "address2 address_2 addr2 address_line_2 address_line2 line2 line_2 unit apt apartment suite unit_number street2"
    " apt_number apt_no suite_number",
    "city": "city town suburb locality municipality place city_name borough boro city_desc city_town town_city",
    "state": "state province region state_code state_abbr st state_province state_cd state_name us_state",
    "zip": "zip zip_code zipcode postal_code postalcode postcode post_code postal zip5 zip_cd zip_5 zip9",
}
# Words before a column's name that tell whose it is, not what it is.
_WHOSE = frozenset(
    {"customer", "cust", "contact", "client", "person", "lead", "owner", "primary", "main", "home", "res", "residence"}
    | {"residential", "mailing", "mail", "billing", "shipping", "business", "biz", "company", "store", "site", "facility"}
    | {"account", "provider", "user", "member", "patient", "voter", "property", "physical", "premise", "restaurant", "current"}
    | {"location", "a", "b"}
)
# What a word in a column's name makes of it, the first that fits; every set of words must be met.
_WORDS: tuple[tuple[str, tuple[frozenset[str], ...]], ...] = tuple(
    (field, tuple(frozenset(words.split("|")) for words in told.split()))
    for field, told in (
        ("email", "email|mail e|email|address|addr"),
        ("email", "email|eml"),
        ("zip", "zip|postal|postcode|zipcode|plz"),
        ("phone", "phone|telephone|tel|mobile|cell|ph|phones"),
        ("suffix", "suffix name|nm"),
        ("middle_name", "middle|mid name|nm|initial"),
        ("first_name", "first|given|fore|christian name|nm"),
        ("last_name", "last|family|sur name|nm"),
        ("last_name", "surname|lastname"),
        ("first_name", "firstname|forename"),
        ("address2", "addr|address|street|line 2|two|unit|apt|suite"),
        ("address", "addr|address|street|adress"),
        ("city", "city|cty|town|municipality"),
        ("state", "state|province"),
        ("company", "company|business|organization|organisation|firm|dba|shop|store|restaurant"),
        ("name", "name|names|fullname|nm"),
    )
)
# Words that say a column is about a thing rather than the thing.
_ABOUT = frozenset(
    {
        "id",
        "ids",
        "type",
        "kind",
        "date",
        "time",
        "count",
        "status",
        "flag",
        "valid",
        "verified",
        "source",
        "hash",
        "score",
        "lat",
    }
    | {"lon", "latitude", "longitude", "url", "website", "fax", "notes", "note", "comment", "file", "user", "login", "county"}
    | {"country", "created", "updated", "category", "description", "of"}
    | {"birth", "born", "mother", "father", "spouse", "emergency"}
)
_BOOK = {name: field for names_of in (NAMES_ABROAD, _NAMES) for field, names in names_of.items() for name in names.split()}
_RUN = {name.replace("_", ""): field for name, field in _BOOK.items() if len(name) > 4}  # CITYNAME, zipcode5
_HUMPS = re.compile(r"([a-z0-9])([A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_DATA = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\+?[\d\s().-]{7,}|\d{5}(?:-\d{4})?|\d+ \S.*")
FIELD_NAMES = tuple(_NAMES)
SAMPLE = 2_000  # rows by whose names a file is told to be one of businesses
MOSTLY = 0.35

Columns = dict[str, list[int]]


def recognise(header: Sequence[str], given: Mapping[str, str] | None = None) -> Columns:
    """Positions of the columns that hold each field, by name; ``given`` (field: column) settles what names do not.

    Raises ``Invalid`` for a field or column that does not exist, and when nothing at all is recognised.
    """
    found: Columns = {}
    unsure: Columns = {}
    for at, name in enumerate(header):
        key = _key(name)
        if field := _BOOK.get(key):
            found.setdefault(field, []).append(at)
        elif field := _BOOK.get(_bare(key)) or _RUN.get(key.replace("_", "").rstrip("0123456789")):
            unsure.setdefault(field, []).append(at)
    taken = {at for known in (found, unsure) for at_all in known.values() for at in at_all}
    unsure = _by_words(header, taken=taken) | unsure
    found = unsure | found  # a name that says it plainly comes before one that says it by the way
    found |= _else(header, found)
    for told, column in (given or {}).items():
        field = told if told in _NAMES else _BOOK.get(_key(told), "")
        if not field:
            raise Invalid("columns.field", f"There is no field {told!r}. Fields: {', '.join(FIELD_NAMES)}.")
        places = [at for at, name in enumerate(header) if name.strip().casefold() == column.strip().casefold()]
        if not places:
            raise Invalid("columns.missing", f"The file has no column {column!r}. Its columns: {', '.join(header) or 'none'}.")
        found = {other: [at for at in at_all if at not in places] for other, at_all in found.items()} | {field: places}
    found = _half_a_name({field: places for field, places in found.items() if places})
    if not found:
        raise Invalid("columns.unknown", _nothing_known(header))
    return found


def _else(header: Sequence[str], found: Columns) -> Columns:
    """What ``title`` and ``location`` mean where nothing else says who and where: they often say something else."""
    keys = {_key(name): at for at, name in enumerate(header)}
    who = not {"name", "company", "first_name", "last_name"} & set(found)
    wanted = {"name": ("title",) if who else (), "address": ("location",) if "address" not in found else ()}
    return {field: [keys[name]] for field, names in wanted.items() for name in names if name in keys}


def _half_a_name(found: Columns) -> Columns:
    """``Name`` beside a first name is the last one, as Germans and the French write it; beside a last name the first."""
    if "name" not in found or ("first_name" in found) == ("last_name" in found):
        return found
    missing = "last_name" if "first_name" in found else "first_name"
    return {missing if field == "name" else field: places for field, places in found.items()}


def _nothing_known(header: Sequence[str]) -> str:
    if any(_DATA.fullmatch(name.strip()) for name in header):
        return (
            "The first line looks like a record, not like names of columns. Put a line such as name,address,zip,phone above it."
        )
    told = ", ".join(name[:60] for name in header[:40]) or "none"
    return f"No column is recognised (there are: {told}). Say which is which, such as --map name=COLUMN."


def _by_words(header: Sequence[str], *, taken: set[int]) -> Columns:
    """Columns that no known name fits, by the words in theirs: ``Prop. Addr 1``, ``Zip/Postal``, ``Day Phone #``."""
    found: Columns = {}
    for at, name in enumerate(header):
        said = set(_key(name).split("_"))
        if at in taken or said & _ABOUT:
            continue
        field = next((field for field, words in _WORDS if all(said & one for one in words)), None)
        if field:
            found.setdefault(field, []).append(at)
    return found


def _key(name: str) -> str:
    """``E-Mail Address``, ``emailAddress`` and ``EMAIL_ADDRESS`` as ``email_address`` or one of its spellings."""
    parted = name if name.isupper() else _HUMPS.sub(r"\1_\2", name)
    bare = "".join(char for char in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(char))
    return _SIGNS.sub("_", bare.strip().casefold()).strip("_")


def _bare(key: str) -> str:
    """A column's name without whose it is and without a number behind it."""
    words = key.split("_")
    while len(words) > 1 and words[0] in _WHOSE:
        words = words[1:]
    return "_".join(words[:-1] if len(words) > 1 and (words[-1].isdigit() or words[-1] in ("desc", "txt", "text")) else words)


def values(row: Sequence[str], columns: Columns) -> dict[str, str]:
    """A row's values by field, the first filled column of each; middle name and suffix go with the names they belong to."""
    read = {field: next((row[at] for at in places if at < len(row) and row[at].strip()), "") for field, places in columns.items()}
    if middle := read.pop("middle_name", ""):
        read["first_name"] = f"{read.get('first_name', '')} {middle}"
    if (suffix := read.pop("suffix", "")) and read.get("last_name"):
        read["last_name"] = f"{read['last_name']} {suffix}"
    if read.get("address") and "zip" not in columns and "city" not in columns:
        read |= _parts(read["address"])
    return {field: value for field, value in read.items() if field in FIELDS}


def _parts(line: str) -> dict[str, str]:
    """Street, city, state and ZIP of a whole address in one cell, as far as they can be told."""
    found = postal.take_apart(line, states=zip_book.state_names())
    parts = {"address": found.street, "city": found.city, "state": found.state, "zip": found.zip}
    return {field: value for field, value in parts.items() if value} if found.street else {}


def of_businesses(names: Sequence[str]) -> bool | None:
    """True when a column of names is mostly one of businesses; ``None``: look at each name by itself."""
    known = [name for name in names if name.strip()]
    odd = sum(_like_a_business(name) for name in known)
    return True if known and odd >= MOSTLY * len(known) else None


def _like_a_business(name: str) -> bool:
    words = name.replace(",", " ").split()
    of = any(word.casefold() in ("of", "the", "on", "at", "in", "by", "and") for word in words)
    return looks_like_business(name) or "'s" in name or len(words) > 3 or len(words) == 1 or of
