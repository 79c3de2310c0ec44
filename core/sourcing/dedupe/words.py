"""What words mean when records are compared: how names sound, short forms of given names, forms of companies, street words."""

import re
from functools import lru_cache

from core.leads import postal

WORD = re.compile(r"[^\W_]+")

_NICKNAMES = """
robert bob bobby rob robbie bert|william bill billy will willie liam|james jim jimmy jamie|john jack johnny jon|
richard rick ricky dick rich richie|michael mike mikey mick micky|thomas tom tommy|charles charlie chuck chas|
joseph joe joey|edward ed eddie ted ned|theodore ted teddy theo|daniel dan danny|david dave davey|
anthony tony|andrew andy drew|matthew matt|christopher chris kit topher|steven stephen steve stevie|
kenneth ken kenny|timothy tim timmy|ronald ron ronnie|donald don donny|gregory greg|lawrence laurence larry|
benjamin ben benny|samuel sam sammy|nicholas nick nicky nicolas|alexander alex al sandy xander|alexandra alex sandra sandy lexi|
patrick pat paddy|patricia pat patty tricia trish|peter pete|philip phillip phil|gerald gerry jerry|jeffrey geoffrey jeff geoff|
raymond ray|walter walt wally|henry hank harry|harold harry hal|frederick fred freddy|francis frank frankie|franklin frank|
albert al bert|arthur art artie|eugene gene|leonard len lenny leo|nathan nathaniel nate nat|zachary zach zack|jacob jake|
joshua josh|jonathan jon|vincent vince vinny|victor vic|douglas doug|stanley stan|martin marty|mitchell mitch|
elizabeth liz beth betty betsy eliza lizzie libby elisabeth|katherine catherine kate kathy cathy katie kathryn kat kay catharine|
margaret maggie meg peggy marge margie greta|jennifer jen jenny|rebecca becky becca|susan sue susie suzanne|
deborah debra deb debbie|barbara barb babs|christine christina chris chrissy tina christy|kimberly kim|cynthia cindy|
victoria vicky vicki tori|theresa teresa terry tess|virginia ginny|dorothy dot dottie|judith judy|pamela pam|
amanda mandy|samantha sam sammie|jessica jess jessie|abigail abby|alison allison ally|angela angie|ann anne anna annie|
caroline carolyn carol carrie|eleanor ellie nell nora|frances fran|gabrielle gabby|isabella isabel bella izzy|jacqueline jackie|
josephine jo josie|madeline maddie|melissa mel missy|melanie mel|natalie nat|olivia liv|stephanie steph|valerie val|
veronica ronnie|lillian lily lil|mildred millie|nancy nan|rosemary rose rosie|sarah sara sally|martha marty|ruth ruthie|
joanne jo joan|dominic dom|gabriel gabe|isaac ike|louis lou lewis|raphael rafael rafe|sebastian seb|francisco paco pancho frank|
mark marc|brian bryan|kevin|jason|gary|ryan|eric erik|scott|dennis|tyler|aaron|adam|bruce|roy|randy|carl karl|keith|roger|noah|
ethan|logan|dylan|juan|carlos|luis|jorge|alan allan allen|wayne|ralph|russell russ|howard|craig|travis|derek|curtis curt|kyle|
karen|ashley|donna|michelle|laura|helen|emma|heather|diane diana|julie julia|joyce|evelyn|kelly|lauren|hannah|andrea|megan|
cheryl|doris|gloria|kathleen|janet|alice|jean|denise|amber|tiffany|brittany|danielle|beverly|marilyn|shirley|brenda|amy|
rachel|nicole|emily|erica|dana|monica|tracy|crystal|
jose pepe|guadalupe lupe|ignacio nacho|enrique henry kike|miguel mike|guillermo memo|jesus chuy|maria mary
"""
_LEGAL = """
inc incorporated llc llp lp ltd limited corp corporation co company plc pllc pc gmbh sa the and of a an
"""
# Legal forms and joining words: a company is the same with and without them.
LEGAL = frozenset(_LEGAL.split())
_SAME_WORDS = {
    "st": "saint", "ste": "sainte", "mt": "mount", "ft": "fort", "intl": "international", "natl": "national",
    "assoc": "associates", "assn": "association", "bros": "brothers", "ctr": "center", "centre": "center",
    "svc": "service", "svcs": "service", "services": "service", "mfg": "manufacturing", "dept": "department",
    "univ": "university", "hosp": "hospital", "mgmt": "management", "tech": "technology", "technologies": "technology",
    "rest": "restaurant", "ristorante": "restaurant", "theatre": "theater", "ny": "newyork", "nyc": "newyork",
    "bldg": "building", "grp": "group", "auto": "automotive",
}  # fmt: skip
DBA = "dba"  # stands before the name under which a company does business
_TRADING_AS = re.compile(r"\b(?:d[./]?b[./]?a|doing business as|trading as|t/a)\b\.?:?")
_ROADS = {"hwy": "highway", "saint": "street", "frwy": "freeway", "apt": "apartment", "apmnt": "apartment", "ste": "suite"}
_ROADS |= {"la": "la", "blv": "boulevard", "bvd": "boulevard", "aves": "avenue", "sts": "street", "hiway": "highway"}
_SOUNDS = [(re.compile(pattern), to) for pattern, to in (
    ("^(kn|gn|pn)", "n"), ("^wr", "r"), ("^x", "s"), ("ph", "f"), ("gh(?=[^aeiou]|$)", ""), ("(d|t)ch|tch", "c"), ("sch", "s"),
    ("ck", "k"), ("c(?=[eiy])", "s"), ("[cqg]", "k"), ("z", "s"), ("v", "f"), ("d", "t"), ("b", "p"), ("m", "n"), ("j", "k"),
    ("(?<=.)[aeiouyhw]+", ""), ("^[aeiouyhw]+", "a"), (r"(.)\1+", r"\1"),
)]  # fmt: skip


@lru_cache(maxsize=200_000)
def sound(word: str) -> str:
    """How a name sounds, in up to five consonants: words heard alike or typed with one slip in a vowel are the same."""
    for pattern, to in _SOUNDS:
        word = pattern.sub(to, word)
    return word[:5]


@lru_cache(maxsize=1)
def nicknames() -> dict[str, frozenset[str]]:
    """The given names that a name may stand for, by name; ``ted`` stands for two."""
    found: dict[str, set[str]] = {}
    for group in _NICKNAMES.split("|"):
        formal, *short = group.split()
        for name in (formal, *short):
            found.setdefault(name, set()).add(formal)
    return {name: frozenset(formal) for name, formal in found.items()}


@lru_cache(maxsize=1)
def _long_forms() -> dict[str, str]:
    """Street words in one long form, whatever short or misspelt form they came in."""
    from scourgify.address_constants import LONGHAND_STREET_TYPES

    short, _ = postal.short_forms()
    long: dict[str, str] = {word: LONGHAND_STREET_TYPES.get(form, word) for word, form in short.items()}
    ways = {
        "N": "NORTH",
        "S": "SOUTH",
        "E": "EAST",
        "W": "WEST",
        "NE": "NORTHEAST",
        "NW": "NORTHWEST",
        "SE": "SOUTHEAST",
        "SW": "SOUTHWEST",
    }
    lower = {word.lower(): form.lower() for word, form in (long | ways).items()}
    return (
        {word: form for word, form in lower.items() if word not in ("saint",)}
        | {way.lower(): way.lower() for way in ways.values()}
        | _ROADS
    )


@lru_cache(maxsize=200_000)
def street_word(word: str) -> str:
    """``st``, ``street`` and ``str`` as ``street``; other words as they are."""
    return _long_forms().get(word, word)


def is_street_kind(word: str) -> bool:
    """True for words such as road and north, which many streets share."""
    return word in _kinds()


@lru_cache(maxsize=1)
def _kinds() -> frozenset[str]:
    return frozenset(_long_forms().values())


@lru_cache(maxsize=100_000)
def company_words(name: str) -> tuple[str, ...]:
    """A company's words without its legal form, in one spelling."""
    bare = _TRADING_AS.sub(f" {DBA} ", name.casefold())
    bare = bare.replace("'", "").replace("’", "").replace(".", "").replace("&", " and ")
    words = [_SAME_WORDS.get(word, word) for word in WORD.findall(bare)]
    return tuple(word for word in words if word not in LEGAL) or tuple(words)
