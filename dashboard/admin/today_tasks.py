"""What needs a person now: each kind of thing asked from its chapter, the most urgent first, each with its place."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from core import audit, leads, ledger, niches, ops, providers, reports, returns
from core.kit.clock import utc_now
from dashboard import navigation
from dashboard.components import figures, page, pills
from dashboard.components.verbatim import verbatim
from dashboard.current import CurrentUser, read
from dashboard.theme import PALETTE, Tone

LATE_REVIEW_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for a person, and where it is done; ``stopped`` ones come first."""

    words: str
    detail: str
    tone: Tone
    icon: str
    path: str
    query: dict[str, str]


def tasks(user: CurrentUser) -> list[Task]:
    """Everything that waits for this person, what stands still first, then in the order of the house's own concerns."""
    sources = (
        _trouble,
        _verification,
        _frozen,
        _dead_letters,
        _review,
        _claims,
        _support,
        _quarantine,
        _newcomers,
        _stale,
        _starving,
    )
    found = [task for source in sources for task in source(user) if user.role in navigation.entry(task.path).roles]
    return sorted(found, key=lambda task: task.tone != "stopped")


def draw(waiting: list[Task]) -> None:
    """Cards with a link each; a kind word when there is nothing."""
    if not waiting:
        page.empty(
            "Nothing waits for you", "Reviews, claims, dead letters and frozen wallets appear here as they come.", icon="task_alt"
        )
        return
    with st.grid(min_column_width=250):
        for task in waiting:
            with st.container(border=True, gap="xsmall", height="stretch"):
                st.markdown(f"**:{PALETTE[task.tone]}[:material/{task.icon}:] {task.words}**  \n:gray[{verbatim(task.detail)}]")
                st.page_link(navigation.target(task.path), label="Open", icon=":material/arrow_forward:", query_params=task.query)


def _trouble(_: CurrentUser) -> Iterator[Task]:
    """Parts that do not answer."""
    for check in (read(ops.check_database), ops.check_redis(), read(ops.check_queue)):
        if not check.ok:
            yield Task(f"{check.name.capitalize()} is in trouble", check.detail, "stopped", "error", "operations", {})


def _verification(_: CurrentUser) -> Iterator[Task]:
    """The latest finished check of everything, when it found something."""
    latest = next((run for run in read(audit.latest_verifications) if run.ok is not None), None)
    if latest is not None and not latest.ok:
        wrong = [check for check in latest.checks if not check.ok]
        words = f"{figures.count(len(wrong), 'check')} failed"
        yield Task(words, wrong[0].detail if wrong else "", "stopped", "gpp_bad", "audit", {})


def _frozen(_: CurrentUser) -> Iterator[Task]:
    held = read(ledger.list_wallets, state="frozen", limit=50)
    if held:
        detail = f"{held[0].company_name}: {held[0].frozen_reason}" if len(held) == 1 else "Their companies can't buy"
        yield Task(f"{figures.count(len(held), 'wallet')} frozen", detail, "stopped", "ac_unit", "billing", {"state": "Frozen"})


def _dead_letters(_: CurrentUser) -> Iterator[Task]:
    dead = sum(depth.dead for depth in read(ops.queue_depths))
    if dead:
        words, detail = figures.count(dead, "dead letter"), "Jobs that used up their tries"
        yield Task(words, detail, "stopped", "report", "operations", {"ops": "Dead letters"})


def _review(_: CurrentUser) -> Iterator[Task]:
    """Requests to decide, by how long the oldest has waited."""
    review = read(leads.review_figures)
    if review.waiting:
        tone: Tone = "stopped" if (review.oldest_wait_s or 0) > LATE_REVIEW_S else "waiting"
        detail = f"The oldest for {figures.duration(review.oldest_wait_s)}"
        yield Task(f"{figures.count(review.waiting, 'lead')} to review", detail, tone, "fact_check", "review", {})


def _claims(_: CurrentUser) -> Iterator[Task]:
    """Reports of bad leads by their clock."""
    seen = read(returns.metrics)
    if seen.overdue:
        words = f"{figures.count(seen.overdue, 'report')} overdue"
        yield Task(words, "Nobody has answered them in time", "stopped", "alarm", "bad-leads", {"overdue": "true"})
    if seen.open - seen.overdue:
        words = f"{figures.count(seen.open - seen.overdue, 'report')} of bad leads to answer"
        detail = "" if seen.overdue else f"The first is due {figures.ago(seen.next_due_at)}"
        yield Task(words, detail or "Still in time", "waiting", "flag", "bad-leads", {})


def _support(user: CurrentUser) -> Iterator[Task]:
    """What companies asked and nobody has answered yet."""
    asked = read(providers.support_requests, status="open", limit=100) if user.role == "admin" else []
    if asked:
        words = f"{figures.count(len(asked), 'question')} to answer"
        detail = f"{asked[-1].company_name}: {asked[-1].subject}"
        yield Task(words, detail, "waiting", "support_agent", "support", {"request": str(asked[-1].id)})


def _quarantine(_: CurrentUser) -> Iterator[Task]:
    aside = read(leads.count, statuses=("quarantined",))
    if aside:
        words = f"{figures.count(aside, 'lead')} in quarantine"
        yield Task(words, "Set aside until released", "waiting", "front_hand", "leads", {"view": "Waiting"})


def _newcomers(user: CurrentUser) -> Iterator[Task]:
    pending = [row for row in read(providers.list_providers, status="pending") if row.profile_completed_at]
    if pending and user.role == "admin":
        words = f"{figures.count(len(pending), 'provider')} to activate"
        yield Task(words, "Their profiles are complete", "waiting", "storefront", "providers", {"status": pills.word("pending")})


def _stale(_: CurrentUser) -> Iterator[Task]:
    """Filters that a new form broke: their subscriptions receive nothing until they are mended."""
    stale = [broken for niche in read(niches.list_niches) for broken in read(providers.invalid_filters, niche_id=niche.id)]
    if stale:
        words = f"{figures.count(len(stale), 'filter')} no longer {'fits' if len(stale) == 1 else 'fit'}"
        detail = (
            f"{stale[0].company_name} and others receive nothing"
            if len(stale) > 1
            else f"{stale[0].company_name} receives nothing"
        )
        yield Task(words, detail, "waiting", "filter_alt_off", "filters", {"filters": "By niche"})


def _starving(_: CurrentUser) -> Iterator[Task]:
    """Levels in which somebody who pays gets nothing."""
    going_without = read(reports.starvation, limit=500)
    levels = {(row.niche, row.level) for row in going_without}
    if levels:
        words = f"{figures.count(len(levels), 'level')} {'starves' if len(levels) == 1 else 'starve'}"
        longest = going_without[0]
        waited = figures.duration((utc_now() - longest.waiting_since).total_seconds())
        detail = f"{longest.company} has waited {waited} in {longest.niche}, {longest.level}"
        yield Task(words, detail, "waiting", "hourglass_disabled", "distribution", {})
