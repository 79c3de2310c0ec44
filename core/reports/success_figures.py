"""The figures of the success page (SPEC 12.2), each once. ``sql`` is the end of a statement that has ``counted`` before it
and answers one row: ``value`` and what ``TOLD`` names. Days and places are those of the scope."""

from core.reports.figure import Figure, Target

_OURS = """(cast(:market as uuid) is null or l.market_id = :market)
   and (cast(:niche as uuid) is null or l.niche_id = :niche)"""
_DAYS = "{column} >= (select report_day_began(:since)) and {column} < (select report_day_ended(:until))"
# Who bought is known without the lead; the lead is asked for its market when one is chosen.
_BOUGHT = """(cast(:market as uuid) is null or exists (select from lead l where l.id = a.lead_id and l.market_id = :market))
   and (cast(:niche as uuid) is null or a.niche_id = :niche)"""
# Between the last midnight of any market and the first one a sale lies within the days anywhere; only one at their edges is
# asked for its own market's clock.
_ON_ITS_DAY = """(a.assigned_at >= (select max(cast(:since as date)::timestamp at time zone timezone) from market)
    and a.assigned_at < (select min((cast(:until as date) + 1)::timestamp at time zone timezone) from market)
  or exists (select from lead l join market m on m.id = l.market_id
              where l.id = a.lead_id and (a.assigned_at at time zone m.timezone)::date between :since and :until))"""
_SALES = f"""from assignment a
 where {_DAYS.format(column="a.assigned_at")} and {_BOUGHT} and {_ON_ITS_DAY}"""

_UPTIME = f""", probe as (select at, ok from health_probe where {_DAYS.format(column="at")} and at <= :now)
select case when count(*) > 0 then least(1, count(*) filter (where ok)::float8
    / greatest(1, ceil(extract(epoch from least(cast(:now as timestamptz), report_day_ended(:until)) - min(at)) / 60)))
  end as value,
  count(*) filter (where not ok) as bad, count(*) as probes from probe"""  # noqa: S608
# Few fail a second look, so they are gathered once instead of each sale being asked. What an administrator gave back by hand
# is no upheld report.
_ERRORS = f""", failed as (
  select k.lead_id from lead_recheck k where not k.ok
     and not exists (select from lead_recheck n where n.lead_id = k.lead_id and n.checked_at > k.checked_at)
), sold as (
  select a.lead_id, a.lead_id in (select lead_id from failed) or bool_or(a.refunded_at is not null and exists (
    select from refund r where r.assignment_id = a.id and r.cause <> 'manual')) as bad {_SALES} group by 1)
select count(*) filter (where bad)::float8 / nullif(count(*), 0) as value, count(*) filter (where bad) as bad,
  count(*) as sold from sold"""  # noqa: S608
_DUPLICATES = f""", asked as (
  select count(*) as times from listing g join lead l on l.id = g.lead_id and l.status = 'approved'
    join contact c on c.id = l.contact_id
   where g.state = 'open' and {_OURS} group by l.niche_id, coalesce(c.email_key, c.phone_key, c.id::text))
select coalesce(sum(times - 1), 0)::float8 as value, coalesce(sum(times), 0)::bigint as on_sale from asked"""  # noqa: S608
# Of one market or niche: what its approved leads cost at their sources' prices a lead.
_COST = """
select (select sum(case when cast(:market as uuid) is null and cast(:niche as uuid) is null then cents
                        else cents * ours / nullif(leads, 0) end)
          from (select source_cost_cents(s.id, :since, :until) as cents, count(l.id) as leads,
                  count(l.id) filter (where (cast(:market as uuid) is null or l.market_id = :market)
                    and (cast(:niche as uuid) is null or l.niche_id = :niche)) as ours
                  from source s left join source_record r on r.source_id = s.id and r.founder
                  left join lead l on l.id = r.lead_id and l.submitted_at >= report_day_began(:since)
                    and l.submitted_at < report_day_ended(:until) and exists (
                      select from market m where m.id = l.market_id
                         and (l.submitted_at at time zone m.timezone)::date between :since and :until) group by s.id) paid
         where cents > 0)::float8 / nullif(sum(approved), 0) as value, coalesce(sum(approved), 0)::bigint as approved
  from counted"""
_RETENTION = f""", month (began) as (
  select (date_trunc('month', cast(:until as date) + 1)::date - make_interval(months => n)) at time zone :zone
    from generate_series(0, 2) n
), buyer as (
  select a.provider_id, bool_or(a.assigned_at < second.began) as before, bool_or(a.assigned_at >= second.began) as after
    from assignment a, (select began from month order by began offset 1 limit 1) second
   where a.assigned_at >= (select min(began) from month) and a.assigned_at < (select max(began) from month)
     and {_BOUGHT} group by 1)
select count(*) filter (where after)::float8 / nullif(count(*), 0) as value,
  count(*) filter (where after) as stayed, count(*) as bought from buyer where before"""  # noqa: S608
_CREDITS = """
select sum(won_cents)::float8 / nullif(sum(revenue_cents), 0) as value, coalesce(sum(won), 0)::bigint as won,
  coalesce(sum(sold), 0)::bigint as sold from counted"""
_PENETRATION = f""", sold as materialized (select distinct a.lead_id {_SALES}),
reached as (select distinct l.zip from sold join lead l on l.id = sold.lead_id)
select count(reached.zip)::float8 / nullif(count(*), 0) as value, count(reached.zip) as reached, count(*) as zips
  from market_zip z join market m on m.id = z.market_id and m.status = 'open'
  left join reached on reached.zip = z.zip where cast(:market as uuid) is null or m.id = :market"""  # noqa: S608
_BUYING = f"""
select count(distinct a.provider_id)::float8 as value,
  (select count(*) from provider where status = 'active') as active {_SALES}"""  # noqa: S608
_USERS = """, seen as (
  select distinct v.user_id, d::date as day from user_visit v, generate_series(
    date_trunc('day', v.started_at at time zone :zone), v.last_seen_at at time zone :zone, interval '1 day') d
   where v.last_seen_at >= (select report_day_began(:since)) and v.started_at < (select report_day_ended(:until)))
select count(*)::float8 / nullif(least(cast(:until as date), (cast(:now as timestamptz) at time zone :zone)::date)
    - greatest(cast(:since as date), min(day)) + 1, 0) as value,
  count(distinct user_id) as people from seen where day between :since and :until"""
_VISITS = f"""
select (percentile_cont(0.5) within group (order by extract(epoch from last_seen_at - started_at)))::float8 as value,
  count(*) as visits from user_visit where {_DAYS.format(column="started_at")}"""  # noqa: S608
_CONVERSION = """
select sum(won)::float8 / nullif(sum(sold), 0) as value, coalesce(sum(won), 0)::bigint as won,
  coalesce(sum(sold), 0)::bigint as sold from counted"""
_STARS = """
select sum(stars)::float8 / nullif(sum(ratings), 0) as value, coalesce(sum(ratings), 0)::bigint as ratings
  from counted"""

SUCCESS = (
    Figure(
        "api_p95", "API speed", "95 of 100 calls of the API are answered within this time.",
        "95th percentile of the servers' own histogram since they started", "seconds", "success", "the servers' metrics",
        target=Target("target_api_ms", "lower", 1000),
    ),
    Figure(
        "uptime", "Uptime", "How much of the time the exchange was ready to work.",
        "minutes whose probe of /health/ready was answered / minutes of the period since its first probe", "share", "success",
        "one probe a minute", _UPTIME, Target("target_uptime", "higher", 1000),
    ),
    Figure(
        "error_rate", "Errors in lead data", "How many sold leads turned out to be bad.",
        "sold leads with an upheld claim or failing a second look / sold leads", "share",
        "success", "claims, refunds and second looks",
        _ERRORS, Target("target_error_rate", "lower", 1000),
    ),
    Figure(
        "duplicates", "Duplicates on sale", "Leads on sale that ask for the same as another one on sale.",
        "leads on sale - people on sale, per niche", "leads", "success", "leads on sale",
        _DUPLICATES, Target("target_duplicates", "lower"),
    ),
    Figure(
        "acquisition_cost", "Cost of a lead", "What an approved lead costs us.", "costs of sources / approved leads", "cents",
        "success", "cost entries of sources", _COST, Target("target_acquisition_cents", "lower"),
    ),
    Figure(
        "retention", "Retention", "How many of the providers who bought in one month bought again in the next.",
        "providers buying in both of the last two full months / providers buying in the first of them", "share", "success",
        "sales", _RETENTION, Target("target_retention", "higher", 1000),
    ),
    Figure(
        "credit_efficiency", "Credit efficiency", "How much of what providers spent went into leads they won.",
        "price of the period's sales won by now / price of the period's sales", "share", "success", "sales and their outcomes",
        _CREDITS, Target("target_credit_efficiency", "higher", 1000),
    ),
    Figure(
        "penetration", "Penetration", "In how much of the market a lead was sold.",
        "ZIPs with a sale / ZIPs of the market", "share", "success", "sales and the ZIP book",
        _PENETRATION, Target("target_penetration", "higher", 1000),
    ),
    Figure(
        "active_providers", "Providers buying", "Companies that bought at least one lead.", "providers with a sale", "providers",
        "success", "sales", _BUYING, Target("target_active_providers", "higher"),
    ),
    Figure(
        "daily_users", "Daily active users", "People who use the pages on a day.",
        "mean over the days of people seen on a page", "people", "success", "visits",
        _USERS, Target("target_daily_users", "higher"),
    ),
    Figure(
        "session_length", "Length of a visit", "How long people stay on the pages.",
        "median of last seen - first seen, where a pause of half an hour ends a visit", "seconds", "success", "visits",
        _VISITS, Target("target_visit_minutes", "higher", 1 / 60),
    ),
    Figure(
        "conversion", "Conversion", "How many sales became business for the provider.",
        "the period's sales won by now / the period's sales", "share", "success", "sales and their outcomes",
        _CONVERSION, Target("target_conversion", "higher", 1000),
    ),
    Figure(
        "satisfaction", "Satisfaction", "What providers think of the leads they bought.",
        "mean of the stars given to the period's sales", "stars", "success", "ratings",
        _STARS, Target("target_satisfaction", "higher", 10),
    ),
)  # fmt: skip

# What stands below a figure: the numbers it was worked out from.
TOLD = {
    "uptime": "{bad:,} of {probes:,} probes failed",
    "error_rate": "{bad:,} of {sold:,} leads",
    "duplicates": "{on_sale:,} leads on sale",
    "acquisition_cost": "{approved:,} approved leads",
    "retention": "{stayed:,} of {bought:,} providers",
    "credit_efficiency": "{won:,} of {sold:,} sales won",
    "penetration": "{reached:,} of {zips:,} ZIPs",
    "active_providers": "{active:,} could",
    "daily_users": "people in all: {people:,}",
    "session_length": "visits: {visits:,}",
    "conversion": "{won:,} of {sold:,} sales",
    "satisfaction": "ratings: {ratings:,}",
}
