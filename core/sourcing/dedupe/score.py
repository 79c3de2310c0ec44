"""What the degrees of agreement of a pair add up to: one person, one home, one name, or two strangers (Fellegi and Sunter's
sum, with more than one way to be different). Rare agreement counts more than common one."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.sourcing.dedupe import weights
from core.sourcing.dedupe.columns import Columns, Floats, Ints
from core.sourcing.dedupe.compare import Levels

PLACE = ("number", "street", "unit", "line2", "city", "state", "zip")
TOLL_FREE = frozenset(("800", "833", "844", "855", "866", "877", "888"))
Stories = dict[str, Floats]


@dataclass(slots=True)
class Priors:
    """How many pairs of each kind a record is expected to have, among how many records. ``seen``: those that can teach it."""

    records: float = float(weights.POPULATION)
    seen: float = float(weights.POPULATION)
    same: float = weights.SAME_PER_RECORD
    home: float = weights.HOME_PER_RECORD
    branch: float = weights.BRANCH_PER_RECORD


@dataclass(slots=True)
class Model:
    """Frozen weights, and the frequencies of one set of records where they are known."""

    m: dict[str, Floats] = field(default_factory=lambda: {name: np.array(m) for name, m in weights.M.items()})
    u: dict[str, Floats] = field(default_factory=lambda: {name: np.array(u) for name, u in weights.U.items()})
    priors: Priors = field(default_factory=Priors)
    frequencies: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of_file(cls, columns: Columns) -> "Model":
        """Weights that count the rare values of a whole file for more."""
        model = cls(priors=Priors(records=float(max(columns.size, weights.POPULATION)), seen=float(columns.size)))
        for name in weights.U:
            source = "box" if name == "email" else name
            counts = columns.counts(source).astype(np.float64)
            counts[0] = 0.0
            filled = counts.sum()
            # Two records that agree are two of the count: what is left says how common the value is elsewhere.
            others = np.maximum(counts - 2.0, 0.0)
            model.frequencies[name] = (others + weights.PSEUDO * weights.U[name][1]) / (filled + weights.PSEUDO)
        return model


def stories(model: Model, columns: Columns, degrees: dict[str, Levels], left: Ints) -> Stories:
    """The logarithm of how likely each story makes what is seen, for every pair, priors not counted."""
    m = {name: np.log(model.m[name])[degrees[name]] for name in weights.M}
    u = {name: _unlikely(model, columns, degrees, name, left) for name in weights.U}
    _one_place(degrees, m, u)
    same_name, other_name = _names(model, degrees, m, u)
    place_m, place_u = sum(m[name] for name in PLACE), sum(u[name] for name in PLACE)
    firm = degrees["org"] > 0
    share = np.where(firm, weights.FIRM_MOVED, weights.MOVED)
    moved = np.logaddexp(np.log1p(-share) + place_m, np.log(share) + place_u)
    phone, email = m["phone"], m["email"]
    home = _home(degrees, m, u)
    return {
        "same": same_name + moved + phone + email,
        "home": home
        + place_m
        + _shared(m["phone"], u["phone"], weights.SHARED_PHONE)
        + _shared(m["email"], u["email"], weights.SHARED_EMAIL),
        "branch": _branches(columns, left)
        + np.where(firm, same_name + place_u + _shared(phone, u["phone"], _central(columns, left)) + u["email"], -np.inf),
        "strangers": other_name + place_u + u["phone"] + u["email"],
    }


def posteriors(told: Stories, priors: Priors) -> Floats:
    """The probability of each pair to be the same, weighed against every other story."""
    logs = weighed(told, priors)
    total = np.logaddexp(np.logaddexp(logs["same"], logs["home"]), np.logaddexp(logs["branch"], logs["strangers"]))
    found: Floats = np.exp(logs["same"] - total)
    return found


def weighed(told: Stories, priors: Priors) -> Stories:
    """Stories with what they are worth before anything is seen."""
    per_pair = {"same": priors.same, "home": priors.home, "branch": priors.branch}
    shares = {name: share / priors.records for name, share in per_pair.items()}
    return {name: told[name] + np.log(max(shares.get(name, 1.0), 1e-12)) for name in told}


def _unlikely(model: Model, columns: Columns, degrees: dict[str, Levels], name: str, left: Ints) -> Floats:
    """Logarithm of u; for equal values how common that very value is."""
    out: Floats = np.log(model.u[name])[degrees[name]]
    if name in model.frequencies:
        same = degrees[name] == 1
        source = "box" if name == "email" else name
        out[same] = np.log(model.frequencies[name][columns.codes[source][left[same]]])
    return out


def _one_place(degrees: dict[str, Levels], m: Stories, u: Stories) -> None:
    """City and state follow from the ZIP, the state from the city: what follows is no evidence of its own."""
    sure = degrees["zip"] == 1
    for name in ("city", "state"):
        given = sure if name == "city" else sure | (degrees["city"] == 1)
        agree = given & (degrees[name] == 1)
        u[name] = np.where(agree, np.maximum(u[name], m[name] + np.log(0.5 if name == "city" else 0.9)), u[name])


def _names(model: Model, degrees: dict[str, Levels], m: Stories, u: Stories) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Name as one person's (straight or with first and last swapped) and as two people's."""
    rest_m, rest_u = m["middle"] + m["suffix"] + m["org"], u["middle"] + u["suffix"] + u["org"]
    straight_m, straight_u = m["first"] + m["last"], u["first"] + u["last"]
    crossed = degrees["crossed_first"], degrees["crossed_last"]
    crossed_m = np.log(model.m["first"])[crossed[0]] + np.log(model.m["last"])[crossed[1]]
    crossed_u = np.log(model.u["first"])[crossed[0]] + np.log(model.u["last"])[crossed[1]]
    # A swap explains agreement only; both ratios share the denominator of the straight reading.
    swapped = np.where(
        (crossed[0] == 1) | (crossed[1] == 1), crossed_m - crossed_u + straight_u + np.log(weights.SWAPPED), -np.inf
    )
    return np.logaddexp(straight_m + np.log1p(-weights.SWAPPED), swapped) + rest_m, straight_u + rest_u


def _home(degrees: dict[str, Levels], m: Stories, u: Stories) -> Floats:
    """Names of two people of one home, or of two firms of one building."""
    first = degrees["first"]
    told = np.where(np.isin(first, (1, 2, 4)), np.log(weights.NAMESAKE_AT_HOME) + m["first"], u["first"])
    last = _shared(m["last"], u["last"], weights.SAME_FAMILY)
    suffix = np.where(np.isin(first, (1, 2)) & (degrees["suffix"] == 3), np.log(0.7), u["suffix"])
    home: Floats = (
        np.where(first == 0, u["first"] + np.where(degrees["org"] > 0, 0.0, np.log(0.5)), told)
        + last
        + suffix
        + u["middle"]
        + u["org"]
    )
    return home


def names_only(columns: Columns) -> bool:
    """True where records say nothing but who they are: no place, no number, no mailbox."""
    return not any(columns.counts(field)[1:].any() for field in (*PLACE, "phone", "box"))


def _branches(columns: Columns, left: Ints) -> Floats:
    """How much likelier a pair of one name is to be two branches, the more records have the name: a name that two records have,
    and no toll-free number, is most often one firm's. Where nothing but names is known, branches can't be told and aren't."""
    if names_only(columns):
        return np.full(len(left), -np.inf)
    others = np.maximum(columns.counts("org") - 1.0, 1.0)[columns.codes["org"][left]] * weights.BRANCH_OF_TWO
    weight: Floats = np.log(np.where(_toll_free(columns)[columns.codes["phone"][left]], np.maximum(others, 1.0), others))
    return weight


def _toll_free(columns: Columns) -> NDArray[np.bool_]:
    return np.array([len(number) == 10 and number[:3] in TOLL_FREE for number in columns.values["phone"]])


def _central(columns: Columns, left: Ints) -> Floats:
    """How likely branches of one name give the number that the left record gives: a toll-free one, or one that many give, is
    the chain's."""
    chains = _toll_free(columns) | (columns.counts("phone") >= weights.MANY_GIVE)
    return np.where(chains, weights.CENTRAL_PHONE, weights.OFFICE_PHONE)[columns.codes["phone"][left]]


def _shared(m: Floats, u: Floats, share: float | Floats) -> Floats:
    out: Floats = np.logaddexp(np.log(share) + m, np.log1p(-share) + u)
    return out
