"""Street lines that are a plain address and something beside it: which part is the street, which the unit (SPEC 8.3)."""

import re

# Whole places by one word, written behind a street without a number of their own (Publication 28, C2, and what people say).
BARE_UNITS = {
    "FRONT": "FRNT", "FRNT": "FRNT", "REAR": "REAR", "SIDE": "SIDE", "LOWER": "LOWR", "LOWR": "LOWR", "UPPER": "UPPR",
    "UPPR": "UPPR", "DOWNSTAIRS": "LOWR", "UPSTAIRS": "UPPR", "BASEMENT": "BSMT", "BSMT": "BSMT", "LOBBY": "LBBY", "LBBY": "LBBY",
    "OFFICE": "OFC", "OFC": "OFC", "PENTHOUSE": "PH", "PH": "PH", "GARAGE": "GARAGE", "COTTAGE": "COTTAGE", "HOUSE": "HSE",
    "HSE": "HSE", "CASITA": "CASITA", "STUDIO": "STUDIO",
}  # fmt: skip
_NOTHING = re.compile(r",?(?: (?:APT|UNIT|STE|SUITE|#))? (?:NONE|N/A|NULL|NA)$")
_SIGN = re.compile(r"^(?:NO|NUM|NUMBER|NBR|#) ?#? ?(?=\d+[A-Z]? [A-Z])")
_BOX_BEHIND = re.compile(r"(?P<street>\d.*?),? (?P<box>(?:P ?O ?B(?:OX)?|PO BOX|PMB|DRAWER) ?#? ?[A-Z0-9-]{1,8})")
_BOX_BEFORE = re.compile(r"(?P<box>P(?:OST)? ?O(?:FFICE)? ?BOX ?#? ?[A-Z0-9-]{1,8}),? (?P<street>\d.*)")
_UNIT_BEHIND_BOX = re.compile(
    r"(?P<street>(?:RR|HC|R R|H C|PO BOX|P O BOX|PSC|CMR).*?),? (?P<unit>(?:APT|LOT|UNIT|SPC|TRLR|STE|DEPT) ?#? ?[A-Z0-9-]{1,8})"
)
# Puerto Rico: the quarter, the condominium or the building stands before the house (Publication 28, 29).
_QUARTER = re.compile(
    r"(?P<quarter>(?:URB|URBANIZACION|COND|CONDOMINIO|RES|RESIDENCIAL|EDIF|EDIFICIO|BO|BARRIO|PARC|PARCELAS|EXT|VILLA|ALT|JARD|REPTO)"
    r" [A-Z0-9 -]*?[A-Z]),? (?P<street>[A-Z]?-?\d+[A-Z]? (?:CALLE|AVE|AVENIDA|CARR|PASEO|VIA|CAMINO|BLVD) .+)"
)
_FIRST_CALLE = re.compile(r"(?P<name>CALLE [A-Z0-9 ]*?[A-Z0-9]) (?:#|NO )? ?(?P<number>[A-Z]{0,2}-?\d+[A-Z]?)")
_KILOMETRE = re.compile(r"(?:CARR|CARRETERA|PR|ROAD|RD) ?#?-? ?(?P<road>\d{1,4}),? KM ?(?P<km>\d+(?:\.\d+)?)")
_MILE = re.compile(r"(?:MILE ?MARKER|MILE ?POST|MM|MILE|MP) ?(?P<mile>\d+(?:\.\d+)?),? (?P<road>.+)")
# Roads that are known by a number behind their kind, in one form each.
_BY_NUMBER = (
    (r"FARM[ -]TO[ -]MARKET(?: (?:RD|ROAD))?|FARM (?:RD|ROAD)|FM (?:RD|ROAD)|FM", "FM"),
    (r"RANCH[ -]TO[ -]MARKET(?: (?:RD|ROAD))?|RM (?:RD|ROAD)|RM", "RM"),
    (r"RANCH (?:RD|ROAD)", "RANCH RD"),
    (r"COUNTY (?:RD|ROAD)", "COUNTY RD"),
    (r"COUNTY (?:HWY|HIGHWAY)|CO HWY", "COUNTY HWY"),
    (r"STATE (?:RD|ROAD)", "STATE RD"),
    (r"(?:US|U S) (?:HWY|HIGHWAY)", "US HWY"),
    (r"US|U S", "US"),
    (r"STATE (?:HWY|HIGHWAY)", "STATE HWY"),
    (r"STATE (?:RTE|RT|ROUTE)", "STATE RTE"),
    (r"SR", "SR"),
    (r"HWY|HIGHWAY", "HWY"),
    (r"TOWNSHIP (?:RD|ROAD)|TWP (?:RD|ROAD)", "TOWNSHIP RD"),
)
_SIDE = "(?:N|S|E|W|NE|NW|SE|SW|NORTH|SOUTH|EAST|WEST)"
_NUMBERED_ROADS = tuple(
    (
        re.compile(
            rf"(?P<house>\d+(?:-\d+)?[A-Z]?(?: \d/\d)?)(?P<before> {_SIDE})? (?:{kinds}) ?#?-? ?(?P<road>\d{{1,4}}[A-Z]?)"
            rf"(?P<behind> {_SIDE})?(?: (?P<unit>(?:APT|UNIT|STE|SUITE|LOT|SPC|TRLR|BLDG|#) ?#? ?[A-Z0-9-]+))?"
        ),
        form,
    )
    for kinds, form in _BY_NUMBER
)
_LETTERED = re.compile(
    r"(?P<street>\d+[A-Z]? (?:AVE|AVENUE|ST|STREET) [A-Z])(?:,? (?P<unit>(?:APT|UNIT|STE|#) ?#? ?[A-Z0-9-]+))?"
)
# A building's name, or somebody's, before the street: "Empire State Building, 350 5th Ave".
_NAMED_BEFORE = re.compile(r"(?P<named>[A-Z][A-Z' &-]*[A-Z]), (?P<street>\d.*)")
_PARTED = (
    (_BOX_BEHIND, "street", "box"),
    (_BOX_BEFORE, "street", "box"),
    (_UNIT_BEHIND_BOX, "street", "unit"),
    (_QUARTER, "street", "quarter"),
    (_NAMED_BEFORE, "street", "named"),
)


def without_signs(line: str) -> str:
    """The line without what says only that a number follows, or that nothing does."""
    return _SIGN.sub("", _NOTHING.sub("", line))


def parted(line: str) -> tuple[str, str, bool] | None:
    """The street of a line, what stands beside it, and whether the street is surely one; ``None`` when the line is one thing or
    can't be told apart."""
    for pattern, one, other in _PARTED:
        if found := pattern.fullmatch(line):
            return found[one].strip(" ,"), found[other].strip(), pattern is _QUARTER
    street, _, last = line.rpartition(" ")
    if last in BARE_UNITS and street[:1].isdigit() and street.count(" ") > 1:
        return street.strip(" ,"), BARE_UNITS[last], False
    return None


def known_whole(line: str) -> tuple[str, str | None, bool] | None:
    """Street, unit and whether it has a number, for lines that are read as a whole: kilometres, mile posts, lettered avenues."""
    flat = line.replace(",", "")
    if found := _KILOMETRE.fullmatch(flat):
        return f"CARR {found['road']} KM {found['km']}", None, True
    if found := _MILE.fullmatch(flat):
        return f"{found['road']} MM {found['mile']}", None, True
    if found := _FIRST_CALLE.fullmatch(flat):
        return f"{found['number']} {found['name']}", None, True
    for pattern, form in _NUMBERED_ROADS:
        if found := pattern.fullmatch(flat):
            sides = [(found[at] or "").strip() for at in ("before", "behind")]
            before, behind = (side if len(side) < 3 else side[0] for side in sides)
            return " ".join(part for part in (found["house"], before, form, found["road"], behind) if part), found["unit"], True
    if found := _LETTERED.fullmatch(flat):
        kind = {"AVENUE": "AVE", "STREET": "ST"}
        return " ".join(kind.get(word, word) for word in found["street"].split()), found["unit"], True
    return None
