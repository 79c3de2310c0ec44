"""An operator's dead-letter night: a job dies, somebody is told, the cause is found and mended, the job done after all."""

import re
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.browsing import open_page, settled, sign_in
from tests.journeys.conftest import Instance
from tests.journeys.steps import Stranger, ask, confirm, letter_to

NEW = uuid4().hex[:8]
WHO = Stranger("Nightly Seller", f"night.{NEW}@example.net", f"(702) 555-01{int(NEW, 16) % 100:02d}")
pytestmark = [pytest.mark.journey, pytest.mark.long]

TRIED = "select id from outbox where kind = 'lead.score' and key = %s::text and attempts > 0 and state = 'ready'"
LAST_TRY = "update outbox set attempts = max_attempts - 1, run_at = now() where id = %s"  # an hour of waiting, passed
DEAD = "select id from outbox where kind = %s and key = %s::text and state = 'dead'"
DONE = "select 1 from outbox where id = %s and state = 'done'"
SCORED = "select 1 from score where lead_id = %s"
FROM_ELSEWHERE = """
  insert into outbox (id, kind, key, run_at, max_attempts, created_at) values (%s, 'report.fax', 'night', now(), 1, now())"""
AUDITED = "select 1 from audit_entry where action = %s and entity_id = %s"


@pytest.fixture
def broken(instance: Instance) -> object:
    """Somebody tidied up the grants last evening; whatever happens here, they are given back."""
    instance.wait_for_history()
    instance.order("revoke insert on score from hotleads_app")
    yield
    instance.order("grant insert on score to hotleads_app")


def test_a_job_dies_is_found_mended_and_done(page: Page, instance: Instance, broken: object) -> None:
    ask(page, WHO)
    letter, lead = letter_to(instance, WHO)
    sign_in(page, "admin@example.com")
    confirm(page, letter)
    job = the_night_passes(instance, lead)
    somebody_is_told(page, instance)
    find_it(page, job)
    instance.order("grant insert on score to hotleads_app")
    retry(page, instance, job, lead)
    resolve_what_need_not_run(page, instance)
    assert dead_letters(page) == 0


def the_night_passes(instance: Instance, lead: UUID) -> UUID:
    """The first try fails, and so do those of the hour that follows."""
    (job,) = instance.wait_for(TRIED, lead)
    instance.order(LAST_TRY, job)
    assert instance.wait_for(DEAD, "lead.score", lead) == (job,)
    return UUID(str(job))


def dead_letters(page: Page) -> float:
    """What Prometheus sees, from which the alert DeadLetters is made."""
    told = page.request.get("/metrics").text()
    return sum(float(line.rsplit(" ", 1)[1]) for line in told.splitlines() if line.startswith("hotleads_dead_letters{"))


def somebody_is_told(page: Page, instance: Instance) -> None:
    """The gauge, the log and Today say so."""
    assert dead_letters(page) >= 1
    assert any("alert.dead_letter" in log.read_text(errors="replace") for log in (instance.home / "logs").glob("*.log"))
    open_page(page, "/")
    card = page.locator("[data-testid=stVerticalBlock]").filter(has_text=re.compile("dead letters?")).filter(has_text="Open").last
    card.get_by_role("link", name="Open").click()
    page.wait_for_url(re.compile("operations"))
    settled(page)


def find_it(page: Page, job: UUID) -> None:
    """As the runbook says: kind, what it was asked, and the trace, which names the cause."""
    open_page(page, f"/operations?ops=Dead+letters&letter={job}")
    page.get_by_text("Trace of the last try").wait_for()
    expect(page.get_by_text(re.compile("permission denied for table score")).first).to_be_visible()


def choose(page: Page, kind: str) -> None:
    """Tick the only dead letter of a kind."""
    open_page(page, f"/operations?ops=Dead+letters&dead-kind={kind}")
    table = page.get_by_test_id("stDataFrame").last
    table.wait_for()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 16, box["y"] + 52)  # the box of the first row: cells are drawn on a canvas
    settled(page)


def retry(page: Page, instance: Instance, job: UUID, lead: UUID) -> None:
    """The cause is mended: once more, with all tries."""
    choose(page, "Scoring")
    page.get_by_role("button", name="Retry", exact=True).click()
    page.get_by_role("button", name="Retry 1 job").click()
    instance.wait_for(DONE, job)
    instance.wait_for(SCORED, lead)


def resolve_what_need_not_run(page: Page, instance: Instance) -> None:
    """A job of a release that was taken back: nobody will ever handle it. The reason is kept."""
    stray = uuid4()
    instance.order(FROM_ELSEWHERE, stray)
    assert instance.wait_for(DEAD, "report.fax", "night") == (stray,)
    choose(page, "report.fax")
    page.get_by_role("button", name="Resolve", exact=True).click()
    why = page.get_by_role("textbox", name="Why it need not run")
    why.fill("Of the release that was taken back on Monday.")
    why.press("Tab")
    page.get_by_role("button", name="Resolve 1 job").click()
    instance.wait_for(AUDITED, "job.resolved", stray)
