"""The consent text as it is read, by version."""

from core import leads


def test_a_niche_with_brackets_in_its_name_is_agreed_to_in_plain_words() -> None:
    asked = {"niche_name": "Heating and cooling (HVAC)", "max_providers": 4}
    now, before = leads.consent_text(**asked), leads.consent_text(**asked, version="2026-11.4")
    assert now is not None and now.text.startswith(
        "I agree that Hotleads passes this heating and cooling (HVAC) request, with my"
    )
    assert now.sellers[1] == "up to 4 companies in the area that serve heating and cooling (HVAC) requests"
    assert before is not None and "passes this request (Heating and cooling (HVAC)), with" in before.text, "as it was shown then"
