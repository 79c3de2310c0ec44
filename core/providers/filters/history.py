"""What became of filters: each change with its memos, found again by them, and figures per niche (SPEC 4.7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from core import niches
from core.kit.actor import Actor
from core.kit.db import Json
from core.providers.directory import like_pattern
from core.providers.filters.words import filter_in_words
from core.providers.ladder import get_subscription


@dataclass(frozen=True, slots=True)
class FilterChangeView:
    """One change of a filter: who, when, from what to what; memos are an admin's alone."""

    id: UUID
    at: datetime
    actor_id: UUID
    actor_name: str | None
    old_rules: Json
    new_rules: Json
    old_words: str
    new_words: str
    memos: list[str]


@dataclass(frozen=True, slots=True)
class FoundChange(FilterChangeView):
    """A change among those of all subscriptions, with whose it is."""

    subscription_id: UUID
    provider_id: UUID
    company_name: str
    niche_name: str
    level_name: str


@dataclass(frozen=True, slots=True)
class FilterStatistics:
    """How a niche's live subscriptions filter: how many at all, by which fields, with how many rules."""

    subscriptions: int
    with_filter: int
    invalid: int
    fields: dict[str, int]  # subscriptions naming the field, most used first
    rule_counts: dict[int, int]  # subscriptions by number of rules


@dataclass(frozen=True, slots=True)
class StaleFilter:
    """A filter that no longer fits its niche's form."""

    subscription_id: UUID
    provider_id: UUID
    company_name: str
    level_name: str
    rules: Json
    words: str


# Who of the house changed a filter is not told to companies.
_CHANGE = """select c.id, c.at, c.actor_id, c.old_rules, c.new_rules,
       case when u.role = 'provider' or cast(:staff as boolean) then nullif(u.full_name, '')
            else 'An administrator' end as actor_name,
       array(select a.memo from audit_entry a where a.entity_type = 'filter_change' and a.entity_id = c.id
              and a.memo is not null and cast(:staff as boolean) order by a.id) as memos"""

_FIND = text(
    f"""{_CHANGE}, s.id as subscription_id, s.provider_id, p.company_name, n.name as niche_name, l.name as level_name, f.schema
                  from filter_change c join subscription s on s.id = c.subscription_id join provider p on p.id = s.provider_id
                  join niche n on n.id = s.niche_id join competition_level l on l.id = s.level_id
                  join form_schema f on f.niche_id = n.id and f.version = n.schema_version
                  left join user_account u on u.id = c.actor_id
                 where (cast(:niche as uuid) is null or s.niche_id = :niche)
                   and (cast(:provider as uuid) is null or s.provider_id = :provider)
                   and (cast(:before as uuid) is null or c.id < :before)
                   and (cast(:memo as text) is null or c.id in (
                         select a.entity_id from audit_entry a
                          where a.entity_type = 'filter_change' and a.memo ilike :memo))
                 order by c.id desc limit :limit"""  # noqa: S608 -- constants
)


def filter_log(session: Session, *, actor: Actor, subscription_id: UUID, limit: int = 100) -> list[FilterChangeView]:
    """Every change of one subscription's filter, newest first (SPEC 4.7)."""
    view = get_subscription(session, actor=actor, subscription_id=subscription_id)
    schema = niches.current_schema(session, view.niche_id)
    rows = session.execute(
        text(
            _CHANGE
            + """ from filter_change c left join user_account u on u.id = c.actor_id
                 where c.subscription_id = :id order by c.id desc limit :limit"""
        ),
        {"id": subscription_id, "limit": limit, "staff": actor.role != "provider"},
    )
    return [FilterChangeView(**row, **_words(row["old_rules"], row["new_rules"], schema)) for row in rows.mappings()]


def find_filter_changes(
    session: Session,
    *,
    actor: Actor,
    memo: str | None = None,
    niche_id: UUID | None = None,
    provider_id: UUID | None = None,
    before_id: UUID | None = None,
    limit: int = 50,
) -> list[FoundChange]:
    """Changes of all filters, newest first, for staff; ``memo`` is a part of one of their memos (SPEC 4.7).

    The next page starts with the last row's id as ``before_id``.
    """
    actor.require("admin", "analyst")
    rows = session.execute(
        _FIND,
        {
            "niche": niche_id,
            "provider": provider_id,
            "before": before_id,
            "memo": like_pattern(memo),
            "staff": True,
            "limit": limit,
        },
    )
    found = []
    for row in rows.mappings():
        values = dict(row)
        schema = values.pop("schema")
        found.append(FoundChange(**values, **_words(values["old_rules"], values["new_rules"], schema)))
    return found


def filter_statistics(session: Session, *, actor: Actor, niche_id: UUID) -> FilterStatistics:
    """Used fields, rule counts and invalid filters of a niche's live subscriptions (SPEC 4.7)."""
    actor.require("admin", "analyst")
    row = session.execute(
        text("""with live as (
                  select id, filter_valid,
                         array(select f #>> '{}' from jsonb_path_query(filter_rules, 'strict $.**.field') f) as named
                    from subscription where niche_id = :niche and ended_at is null)
                select count(*) as subscriptions, count(*) filter (where cardinality(named) > 0) as with_filter,
                       count(*) filter (where not filter_valid) as invalid,
                       (select coalesce(jsonb_agg(jsonb_build_array(field, n) order by n desc, field), '[]') from (
                          select field, count(distinct id) as n from live, unnest(named) field group by field) used) as fields,
                       (select coalesce(jsonb_agg(jsonb_build_array(rules, n) order by rules), '[]') from (
                          select cardinality(named) as rules, count(*) as n from live group by 1) sizes) as rule_counts
                  from live"""),
        {"niche": niche_id},
    ).one()
    return FilterStatistics(row.subscriptions, row.with_filter, row.invalid, dict(row.fields), dict(row.rule_counts))


def invalid_filters(session: Session, *, actor: Actor, niche_id: UUID) -> list[StaleFilter]:
    """The filters of a niche that are left out because they no longer fit its form (SPEC 4.5)."""
    actor.require("admin", "analyst")
    rows = session.execute(
        text("""select s.id as subscription_id, s.provider_id, p.company_name, l.name as level_name, s.filter_rules as rules
                  from subscription s join provider p on p.id = s.provider_id join competition_level l on l.id = s.level_id
                 where s.niche_id = :niche and s.ended_at is null and not s.filter_valid order by p.company_name, s.id"""),
        {"niche": niche_id},
    )
    return [StaleFilter(**row, words=filter_in_words(row["rules"], None)) for row in rows.mappings()]


def _words(old: Json, new: Json, schema: Json) -> dict[str, Any]:
    return {"old_words": filter_in_words(old, schema), "new_words": filter_in_words(new, schema)}
