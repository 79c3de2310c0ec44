"""What analysts and scientists read holds no way to reach a person (SPEC 1.6)."""

from core.leads.passport import answers

SCHEMA = {
    "fields": [
        {"key": "best_email", "label": "Best e-mail", "type": "email"},
        {"key": "details", "label": "Details", "type": "textarea"},
        {"key": "beds", "label": "Beds", "type": "number"},
    ]
}
FORM = {"best_email": "pat@example.com", "details": "Call (702) 555-0142 or write to p.q@example.org", "beds": 3}


def test_masked_answers_hold_no_address_and_no_number() -> None:
    shown = " ".join(answer.value for answer in answers(SCHEMA, FORM, masked=True))
    assert "example" not in shown and "555" not in shown and "3" in shown


def test_admins_read_what_was_written() -> None:
    assert [answer.value for answer in answers(SCHEMA, FORM)] == ["pat@example.com", FORM["details"], "3"]
