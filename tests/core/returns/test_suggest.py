"""The written rule that weighs the evidence: each reason, both directions, and never against more evidence (SPEC 7.4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.returns import REASONS, Facts, OtherSale, suggest

WON = OtherSale(outcome="won")
UPHELD = OtherSale(claim_reason="spam", claim_status="approved")
WAITING = OtherSale(claim_reason="invalid_contact", claim_status="pending")

CASES = {
    "a high fraud score": (Facts("spam", fraud=0.8), "approve"),
    "the same for all who hold it": (Facts("spam", fraud=0.8, others=(OtherSale(),)), "class_credit"),
    "a low score and a buyer who won": (Facts("spam", fraud=0.05, others=(WON,)), "reject"),
    "nothing either way": (Facts("spam", fraud=0.25), "look"),
    "another buyer was credited": (Facts("spam", fraud=0.4, others=(UPHELD,)), "class_credit"),
    "mail came back": (Facts("invalid_contact", confirmed=True, consumer_mail_bounced=True), "approve"),
    "a confirmed address, not opened": (Facts("invalid_contact", confirmed=True, viewed=False), "reject"),
    "two others complain too": (
        Facts("invalid_contact", fraud_codes=frozenset({"fake_phone"}), confirmed=True, others=(WAITING, WAITING)),
        "class_credit",
    ),
    "they talked to the person themselves": (Facts("invalid_contact", confirmed=True, own_outcome="appointment"), "reject"),
    "bought the same person before": (Facts("duplicate", person_bought_before=1), "approve"),
    "a duplicate is one company's matter": (Facts("duplicate", person_bought_before=2, others=(OtherSale(),)), "approve"),
    "nobody asked twice": (Facts("duplicate"), "reject"),
    "outside the filter": (Facts("out_of_scope", filter_fits=False, in_area=True), "approve"),
    "outside the area": (Facts("out_of_scope", filter_fits=True, in_area=False), "approve"),
    "just what they asked for": (Facts("out_of_scope", filter_fits=True, in_area=True), "reject"),
    "a filter changed since": (Facts("out_of_scope", filter_fits=None, in_area=True), "look"),
    "something else is for a person": (Facts("other", viewed=False, own_outcome="won", fraud=0.9), "look"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_case_and_its_verdict(case: str) -> None:
    facts, verdict = CASES[case]
    assert suggest(facts).verdict == verdict


def test_reasons_are_sentences_with_the_weightiest_first() -> None:
    told = suggest(Facts("spam", fraud=0.05, viewed=False, others=(WON, WON)))
    assert [reason.points for reason in told.reasons] == [-3, -2, -2]
    assert told.reasons[0].text == "2 other buyers reached this person."
    assert all(reason.text.endswith(".") for reason in told.reasons)
    assert (told.points, told.version) == (-7, "claims-rule-1")


facts = st.builds(
    Facts,
    reason=st.sampled_from(REASONS),
    viewed=st.booleans(),
    own_outcome=st.none() | st.sampled_from(["contacted", "won", "lost"]),
    fraud=st.none() | st.floats(0, 1),
    quality=st.none() | st.floats(0, 100),
    fraud_codes=st.frozensets(st.sampled_from(["fake_phone", "gibberish", "copied_text", "disposable_domain"])),
    confirmed=st.booleans(),
    consumer_mail_bounced=st.booleans(),
    person_bought_before=st.integers(0, 3),
    linked_requests=st.integers(0, 3),
    filter_fits=st.none() | st.booleans(),
    in_area=st.none() | st.booleans(),
    others=st.lists(st.sampled_from([OtherSale(), WON, UPHELD, WAITING]), max_size=4).map(tuple),
    past_decided=st.integers(0, 20),
    past_upheld=st.integers(0, 20),
)


@given(facts)
def test_the_points_are_the_sum_of_the_reasons_and_the_rule_is_a_function(given_: Facts) -> None:
    told = suggest(given_)
    assert told == suggest(given_)
    assert told.points == sum(reason.points for reason in told.reasons)
    if told.verdict in ("approve", "class_credit"):
        assert told.points >= 3
    if told.verdict == "reject":
        assert told.points <= -3
    if told.verdict == "class_credit":
        assert given_.others and given_.reason in ("spam", "invalid_contact")


@given(facts)
def test_more_evidence_for_a_report_never_weighs_against_it(given_: Facts) -> None:
    for reason in ("spam", "invalid_contact"):
        plain = replace(given_, reason=reason)
        more = replace(plain, others=(*plain.others, UPHELD))
        assert suggest(more).points >= suggest(plain).points
        assert suggest(replace(plain, others=(*plain.others, WON))).points <= suggest(plain).points
    bounced = replace(given_, reason="invalid_contact", consumer_mail_bounced=True)
    assert suggest(bounced).points >= suggest(replace(bounced, consumer_mail_bounced=False)).points
