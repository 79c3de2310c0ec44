"""The traits under which a new record meets the leads there are, hashed so that they tell nothing of anybody."""

from functools import lru_cache
from hashlib import blake2b
from typing import TypeAlias
from uuid import UUID

from core.kit.crypto import lasting_key_for
from core.sourcing.dedupe.shape import Shape, name_of_street
from core.sourcing.dedupe.words import sound

Hash: TypeAlias = blake2b
PURPOSE = "dedupe"
LONG_BOX = 6  # characters from which the part before the @ says something by itself


@lru_cache(maxsize=4096)  # a record is asked for them several times on its way in
def block_keys(shape: Shape) -> tuple[int, ...]:
    """Up to nine keys of a record, in order: 64-bit numbers, the same for records that share two traits or a strong one."""
    keyed = _keyed()
    return tuple(sorted({_number(keyed.copy(), trait) for trait in _traits(shape)}))


@lru_cache(maxsize=64)
def in_niche(niche_id: UUID) -> int:
    """What makes a key one of the niche, by exclusive or: records of different niches never meet."""
    return int.from_bytes(blake2b(niche_id.bytes, digest_size=8).digest(), "big", signed=True)


@lru_cache(maxsize=1)
def _keyed() -> Hash:
    """The hash with its key taken in already: a copy costs half of a new one."""
    return blake2b(key=lasting_key_for(PURPOSE), digest_size=8)


def _number(keyed: Hash, trait: str) -> int:
    keyed.update(trait.encode())
    return int.from_bytes(keyed.digest(), "big", signed=True)


def _traits(shape: Shape) -> list[str]:
    first, last = sound(shape.first), sound(shape.last)
    names = "+".join(sorted((first, last)))
    street = name_of_street(shape.street).replace(" ", "")[:4]
    org = "+".join(sorted(word[:5] for word in shape.org.split()[:2]))
    wanted = {
        "phone": (shape.phone,),
        "box": (shape.box if len(shape.box) >= LONG_BOX else "",),
        "email": (shape.box if len(shape.box) < LONG_BOX else "", shape.host),  # a long box says it without its host
        "name_zip": (first, last, names, shape.zip),
        "name_number": (first, last, names, shape.number),
        "home": (shape.number, street, shape.zip),
        "home_last": (shape.number, street, last),
        "last_zip": (last, shape.first[:1], street, shape.zip[:3]),
        "first_home": (first, shape.number, shape.zip),
        "org_zip": (org, shape.zip),
        "org_home": (org, shape.number),
    }
    return [f"{kind}:{'|'.join(parts)}" for kind, parts in wanted.items() if all(parts)]
