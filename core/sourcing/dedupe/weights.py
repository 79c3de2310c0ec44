"""The frozen numbers of matching: how often each degree of agreement is seen in two records of one person (m) and of two
strangers (u), the stories between which a pair is judged, and the thresholds. Set on FEBRL 1 and 2 and on generated data
(docs/duplicates.md); nothing else in the chapter holds a number that was tuned."""

from typing import Final

# A pair is the same at or above MERGE, a question for a person at or above REVIEW, and not worth a look below.
MERGE: Final = 0.90
REVIEW: Final = 0.30
# In a whole file, pairs join clusters at or above JOIN: there is nobody to ask.
JOIN: Final = 0.50

# Degrees of agreement. The first is always "unknown": one side is empty and nothing can be said.
LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "first": ("unknown", "same", "short form", "initial", "close", "alike", "different"),
    "last": ("unknown", "same", "close", "part", "alike", "different"),
    "middle": ("unknown", "same", "different"),
    "suffix": ("unknown", "same", "one side", "different"),
    "org": ("unknown", "same", "close", "alike", "somewhat", "different"),
    "number": ("unknown", "same", "close", "different"),
    "street": ("unknown", "same", "close", "part", "alike", "different"),
    "unit": ("unknown", "same", "one side", "different"),
    "line2": ("unknown", "same", "close", "different"),
    "city": ("unknown", "same", "close", "different"),
    "state": ("unknown", "same", "different"),
    "zip": ("unknown", "same", "close", "area", "different"),
    "phone": ("unknown", "same", "close", "local", "different"),
    "email": ("unknown", "same", "box", "close", "different"),
}
M: Final[dict[str, tuple[float, ...]]] = {
    "first": (1, 0.73, 0.05, 0.03, 0.10, 0.03, 0.06),
    "last": (1, 0.80, 0.12, 0.02, 0.02, 0.04),
    "middle": (1, 0.92, 0.08),
    "suffix": (1, 0.90, 0.0999, 0.0001),
    "org": (1, 0.62, 0.18, 0.12, 0.072, 0.008),
    "number": (1, 0.88, 0.07, 0.05),
    "street": (1, 0.76, 0.13, 0.05, 0.02, 0.04),
    "unit": (1, 0.75, 0.20, 0.05),
    "line2": (1, 0.70, 0.18, 0.12),
    "city": (1, 0.82, 0.12, 0.06),
    "state": (1, 0.95, 0.05),
    "zip": (1, 0.87, 0.08, 0.02, 0.03),
    "phone": (1, 0.88, 0.05, 0.02, 0.05),
    "email": (1, 0.84, 0.05, 0.05, 0.06),
}
# For "same" this is what a value of usual rarity has; in a file, each value's own frequency is used.
U: Final[dict[str, tuple[float, ...]]] = {
    "first": (1, 0.005, 0.004, 0.003, 0.008, 0.03, 0.95),
    "last": (1, 0.001, 0.002, 0.001, 0.02, 0.976),
    "middle": (1, 0.08, 0.92),
    "suffix": (1, 0.60, 0.30, 0.10),
    "org": (1, 0.0002, 0.0005, 0.003, 0.02, 0.9763),
    "number": (1, 0.004, 0.05, 0.946),
    "street": (1, 0.0006, 0.001, 0.01, 0.05, 0.9384),
    "unit": (1, 0.03, 0.47, 0.50),
    "line2": (1, 0.002, 0.005, 0.993),
    "city": (1, 0.02, 0.005, 0.975),
    "state": (1, 0.3, 0.7),
    "zip": (1, 0.003, 0.01, 0.06, 0.927),
    "phone": (1, 0.00002, 0.0002, 0.0001, 0.99968),
    "email": (1, 0.00002, 0.0005, 0.0005, 0.99898),
}
PSEUDO: Final = 300.0  # how many records the frozen u of "same" weighs beside a file's own frequencies

# What happens to people between two records of theirs.
MOVED: Final = 0.06  # lives elsewhere
FIRM_MOVED: Final = 0.03  # has another address: most often it is another branch
SWAPPED: Final = 0.03  # first and last name are in each other's column
NEW_PHONE: Final = 0.12
NEW_EMAIL: Final = 0.15

# Other stories of a pair that agrees: several people of one home or firms of one building, and firms of one name.
SHARED_PHONE: Final = 0.40
SHARED_EMAIL: Final = 0.05
OFFICE_PHONE: Final = 0.10  # branches of one name that give one branch's number
BRANCH_OF_TWO: Final = 0.6  # as likely branches as any, where two records have the name; twice where three have it, and so on
CENTRAL_PHONE: Final = 0.80  # or their chain's
MANY_GIVE: Final = 4  # records from which a number is a chain's
SAME_FAMILY: Final = 0.70  # of one last name
NAMESAKE_AT_HOME: Final = 0.02  # father and son of one first name

# How many such pairs a record has, before a file says otherwise.
SAME_PER_RECORD: Final = 0.40
HOME_PER_RECORD: Final = 0.30
BRANCH_PER_RECORD: Final = 0.20
POPULATION: Final = 1_000  # records that a small file is taken for

HELD: Final = 0.02  # the share of a file's records that this expectation counts for
WORTH_LEARNING: Final = 0.001  # pairs at or above this probability take part in learning
# What a file may teach: how often its values are mistyped. That people keep their first name takes more to unlearn, or a
# file of families would teach that the members of each are one person.
HELD_FIRST: Final = 0.40
ENOUGH: Final = 500  # records from which a file may tell what its strangers have in common
CLOSE_BY_CHANCE: Final = 0.00002  # names of firms nearly the same, where a file holds names alone
DRAWN: Final = 50_000  # pairs of strangers looked at for that
APART: Final = ("different", "area", "local")  # degrees in which nothing speaks for one person
MOST_APART: Final = 0.25  # the largest share of them that a field may be taught
MOST_APART_ORG: Final = 0.012  # of names of firms: those that share a number and no word of the name are landlord and tenant
LEARNED: Final = ("first", "last", "org", "number", "street", "unit", "line2", "city", "state", "zip", "phone", "email")

CLOSE_NAME, ALIKE_NAME = 0.90, 0.80  # Jaro-Winkler
CLOSE_TEXT, ALIKE_TEXT, PART_TEXT = 0.84, 0.66, 0.92  # edit similarity of whole texts; of the shorter in the longer
CLOSE_ORG, ALIKE_ORG, SOMEWHAT_ORG = 0.86, 0.68, 0.45
LONG_ORG: Final = 8  # letters from which one slip is one, even in the word that a firm is known by
BLOCK: Final = 60  # records in one block; larger ones are left to finer keys
PAIRS: Final = 150  # pairs to compare a record; where there would be more, blocks are made smaller
