"""Which column of a file means what: by the names people commonly give, unless they say otherwise (SPEC 8.1)."""

import re
from collections.abc import Mapping, Sequence

from core.kit.errors import Invalid

IGNORE = "ignore"
_NAMES: dict[str, str] = {
    "record_id": "id lead_id record_id external_id reference ref uid",
    "name": "name full_name fullname contact contact_name customer_name owner owner_name lead_name client",
    "first_name": "first_name first firstname given_name fname forename",
    "last_name": "last_name last lastname surname family_name lname",
    "email": "email e_mail email_address mail e_mail_address email_1 email1 primary_email",
    "phone": "phone phone_number telephone tel mobile mobile_phone cell cell_phone phone_1 phone1 home_phone primary_phone",
    "street": "street address street_address address_1 address1 address_line_1 addr property_address mailing_address line1",
    "unit": "unit apt apartment suite address_2 address2 address_line_2 line2 unit_number",
    "city": "city town municipality property_city",
    "state": "state st province region state_code property_state",
    "zip": "zip zip_code zipcode postal_code postcode postal post_code zip5 property_zip",
    "lat": "lat latitude",
    "lon": "lon lng long longitude",
    "price": "price list_price asking_price value amount",
    "niche": "niche vertical category",
    "text": "notes note comments comment message description remarks details",
    "at": "date created created_at created_time submitted submitted_at timestamp date_added",
    "bedrooms": "bedrooms beds bed br",
    "bathrooms": "bathrooms baths bath ba",
    "living_area_sqft": "living_area_sqft sqft square_feet living_area sq_ft size",
    "lot_sqft": "lot_sqft lot_size lot lot_size_sqft",
    "year_built": "year_built built yearbuilt",
    "property_type": "property_type type_of_property home_type",
}
FIELDS = tuple(_NAMES)
_BOOK = {name: field for field, names in _NAMES.items() for name in names.split()}
_SIGNS = re.compile(r"[^a-z0-9]+")


def key_of(header: str) -> str:
    """``E-Mail Address`` -> ``e_mail_address``."""
    return _SIGNS.sub("_", header.strip().casefold()).strip("_")


def meanings(headers: Sequence[str], chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Field by header. ``chosen`` (header: field, or ``ignore``) settles what the names do not; a field is taken once.

    A column that means none of the fields keeps its own key, as a fact. Raises ``Invalid`` naming what does not exist.
    """
    picked = dict(chosen or {})
    wrong = {header: "The file has no such column." for header in picked if header not in headers}
    wrong |= {
        header: f"There is no field {field}. Choose one of: {', '.join((*FIELDS, IGNORE))}."
        for header, field in picked.items()
        if field not in FIELDS and field != IGNORE and not field.startswith("fact:")
    }
    chosen_fields = list(picked.values())
    for double in sorted(one for one in set(chosen_fields) & set(FIELDS) if chosen_fields.count(one) > 1):
        twice = [header for header, its in picked.items() if its == double]
        wrong |= dict.fromkeys(twice, f"{' and '.join(twice)} can't both be {double}. Choose another for one of them.")
    if wrong:
        raise Invalid("upload.mapping", "Some columns can't be read as they were chosen.", fields=wrong)
    taken = set(picked.values()) - {IGNORE}
    found: dict[str, str] = {}
    for header in headers:
        field = picked.get(header) or _BOOK.get(key_of(header))
        if header not in picked and field in taken:
            field = None
        if field:
            taken.add(field)
        found[header] = field or f"fact:{key_of(header)[:60]}"
    return found
