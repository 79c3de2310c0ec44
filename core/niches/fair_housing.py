"""Words that name a protected class, or stand for one, are refused wherever leads are asked about, filtered or
scored (SPEC 2.1): the Fair Housing Act, 42 U.S.C. 3604, forbids treating people differently by them."""

import re
import unicodedata

CLASSES = "race, color, religion, sex, national origin, familial status or disability"


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Per class: single words, and phrases of several words. Both are compared word by word ("Essex" is no "sex", a
# "single family home" is no "family status"), plurals included.
_WORDS: dict[str, str] = {
    "race": "race races racial ethnicity ethnicities ethnic caucasian hispanic latino latina latinx asian",
    "color": "complexion",
    "religion": "religion religions religious church churches mosque synagogue congregation faith christian muslim "
    "jewish hindu buddhist catholic protestant mormon islam islamic kosher halal",
    "sex": "sex sexes sexual gender genders transgender nonbinary pronoun pronouns female females lgbt lgbtq lesbian gay",
    "national origin": "nationality nationalities birthplace immigrant immigrants immigration citizen citizens citizenship "
    "ancestry ancestor ancestors foreigner foreigners undocumented",
    "familial status": "familial children childless kid kids child toddler toddlers infant infants newborn pregnant pregnancy "
    "marital married unmarried divorced widowed spouse fiance childcare custody",
    "disability": "disability disabilities disabled handicap handicapped wheelchair wheelchairs impairment impairments deaf "
    "autism autistic blindness",
}
_PHRASES: dict[str, str] = {
    "race": "skin tone, african american, black people, white people, native american",
    "color": "skin color, skin colour, your color, your colour, color of skin",
    "religion": "place of worship, worship",
    "sex": "men or women, male or female, women only, men only, maiden name",
    "national origin": "national origin, country of origin, country of birth, place of birth, native language, mother tongue, "
    "first language, primary language, preferred language, language spoken, english level, green card, visa status, "
    "born abroad",
    "familial status": "family status, family size, household size, household members, household composition, single parent, "
    "single mother, single father, adults only, school age, number of occupants, how old are you, your age, age group, "
    "date of birth, birth date, dob, year of birth, senior citizen, senior citizens, retirement age, over 55, over 62",
    "disability": "service animal, emotional support animal, support animal, medical condition, health condition, "
    "mental health, mental illness, special needs, physically challenged",
}
_AGE_OF = re.compile(
    r"\b(?:ages? of (?:the |your |all )?(?:{people})|(?:{people}) ages?)\b".format(
        people="occupants?|residents?|tenants?|owners?|homeowners?|buyers?|sellers?|applicants?|people|household|family"
    )
)
# "Color" alone is a person's unless a thing has it.
_COLOURS = _set_of("color colors colour colours")
_COLOURED_THINGS = _set_of(
    "roof shingle shingles tile tiles metal paint siding trim wall walls door doors gutter gutters exterior interior brick "
    "stucco cabinet cabinets carpet floor flooring fence deck house home unit kitchen counter countertop"
)
# Unbroken keys such as "haschildren": these stems occur in no harmless word of the trade.
_STEMS = {
    "religio": "religion",
    "ethnic": "race",
    "nationalit": "national origin",
    "nationalorigin": "national origin",
    "immigra": "national origin",
    "children": "familial status",
    "maritalstatus": "familial status",
    "familystatus": "familial status",
    "pregnan": "familial status",
    "dateofbirth": "familial status",
    "disabilit": "disability",
    "handicap": "disability",
    "wheelchair": "disability",
}
_SEVERAL = {
    tuple(phrase.split()): kind for kind, phrases in _PHRASES.items() for phrase in (part.strip() for part in phrases.split(","))
}
_SINGLE = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_LONGEST = max(map(len, _SEVERAL))
_WORD = re.compile(r"[a-z]+|[0-9]+")


def protected_class(text: str) -> str | None:
    """The protected class that a key, label or option names or stands for, ``None`` for a harmless one (SPEC 2.1)."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    # Without accents, and without what nobody sees: a soft hyphen parts no word.
    plain = "".join(c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    plain = plain.replace("'", "").replace("’", "")
    words = _WORD.findall(plain)
    for start, word in enumerate(words):
        if (kind := _SINGLE.get(word)) is not None:
            return kind
        for length in range(1, min(_LONGEST, len(words) - start) + 1):
            if (kind := _SEVERAL.get(tuple(words[start : start + length]))) is not None:
                return kind
    if _AGE_OF.search(" ".join(words)):
        return "familial status"
    if _COLOURS.intersection(words) and not _COLOURED_THINGS.intersection(words):
        return "color"
    joined = "".join(words)
    return next((kind for stem, kind in _STEMS.items() if stem in joined), None)


def refusal(text: str, kind: str) -> str:
    """The sentence for a refused word."""
    shown = text if len(text) <= 60 else text[:59] + "…"
    return (
        f"“{shown}” is about {kind}. Fair housing law (the federal Fair Housing Act) does not allow leads to be collected, "
        f"chosen or sorted by {CLASSES}. Ask about the property or the job instead."
    )
