"""Webhooks on the page: added with a preview, secret shown once, tried, switched off, removed (SPEC 7.7)."""

from tests.dashboard.conftest import Open, press, sound, words
from tests.dashboard.test_actions import one
from tests.dashboard.world import World


def test_a_webhook_from_first_to_last(open_page: Open, world: World) -> None:
    page = open_page("provider", "settings", settings="Webhooks")
    sound(page)
    assert "No webhooks" in words(page)
    assert any('"email":"pat@example.com"' in block.value for block in page.code), "the preview shows a sample"
    page.text_input(key="hook-name-new").set_value("Our CRM")
    page.text_input(key="hook-url-new-json").set_value("http://crm.example/leads")
    press(page, "Add the webhook")
    assert any("https" in warning.value for warning in page.warning), "refused in words"
    page.text_input(key="hook-url-new-json").set_value("https://crm.example/leads")
    press(page, "Add the webhook")
    assert page.code[0].value.startswith("whsec_")
    press(page, "I have copied it")
    press(page, "Send a test")
    assert one("select count(*) as many from webhook_delivery where event = 'test'").many == 1
    assert "test" in str([frame.value for frame in page.dataframe])
    press(page, "Switch off")
    assert "Off" in words(page)
    press(page, "Remove Our CRM")
    assert "No webhooks" in words(page)
