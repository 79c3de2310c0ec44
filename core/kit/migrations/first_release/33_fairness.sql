-- Fairness kept as a book (SPEC 5.7): what each subscription was due of every run, beside what it received.

-- Leads of a day by kind. Of a level that sells a lead to k of n who could take it, each is due k/n: `expected`; what
-- those would have been due whom a limit, a pause, an empty wallet, their own choice or the house kept away is told
-- beside it and owed by nobody. A newcomer is served first, so its first lead is made good by `newcomer`.
create table fairness_entry (
  subscription_id uuid not null references subscription,
  level_id uuid not null references competition_level,
  day date not null,                                 -- UTC
  kind text not null check (kind in ('expected', 'received', 'newcomer', 'capped', 'paused', 'unfunded', 'own_choice', 'stopped')),
  leads integer not null check (leads > 0),
  amount numeric(16, 6) not null check (amount >= 0),
  primary key (subscription_id, day, kind)
);
create index fairness_entry_level on fairness_entry (level_id, day);

-- Where each stands: what it is owed in leads (negative: it had more than its due), as of the latest settling.
create table fairness_standing (
  subscription_id uuid primary key references subscription,
  deficit numeric(16, 6) not null,
  settled_at timestamptz not null
);

-- Brings the standings up to date; those of levels that serve by deficit become a version, which the engine reads and
-- whoever asks about the past can find again. Received is what was really sold, less what was paid back.
create function settle_fairness(moment timestamptz) returns integer language plpgsql as $$
declare settled integer;
begin
  with due as (
    select s.id, s.level_id,
           coalesce((select sum(e.amount) from fairness_entry e where e.subscription_id = s.id and e.kind in ('expected', 'newcomer')), 0)
           - coalesce((select sum(u.leads) from subscription_usage u where u.subscription_id = s.id), 0)
           + (select count(*) from assignment a where a.provider_id = s.provider_id and a.subscription_id = s.id and a.refunded_at is not null) as deficit
      from subscription s where s.ended_at is null
  ), stood as (
    insert into fairness_standing as f (subscription_id, deficit, settled_at) select id, deficit, moment from due
    on conflict (subscription_id) do update set deficit = excluded.deficit, settled_at = excluded.settled_at
  )
  insert into row_version (id, table_name, row_id, since, state)
  select dated_id(moment), 'fairness', due.id, moment, jsonb_build_object('deficit', due.deficit)
    from due join competition_level l on l.id = due.level_id where l.rotation = 'largest_deficit';
  get diagnostics settled = row_count;
  return settled;
end $$;

-- What a subscription is owed at this moment: its latest standing, less what it received since.
create function deficit_now(of_subscription uuid, of_provider uuid) returns numeric language sql stable as $$
  select coalesce((v.state ->> 'deficit')::numeric, 0) - (
           select count(*) from assignment a where a.provider_id = of_provider and a.subscription_id = of_subscription
              and a.channel = 'distribution' and a.id > v.id)
    from (select 1) one left join lateral (
      select id, state from row_version where row_id = of_subscription and table_name = 'fairness' order by id desc limit 1) v on true
$$;
create function past.deficit_now(of_subscription uuid, of_provider uuid) returns numeric language sql stable as $$
  select coalesce((v.state ->> 'deficit')::numeric, 0) - (
           select count(*) from public.assignment a where a.provider_id = of_provider and a.subscription_id = of_subscription
              and a.channel = 'distribution' and a.id > v.id and a.id < past.before())
    from (select 1) one left join lateral (
      select id, state from public.row_version where row_id = of_subscription and table_name = 'fairness' and id < past.before()
       order by id desc limit 1) v on true
$$;
