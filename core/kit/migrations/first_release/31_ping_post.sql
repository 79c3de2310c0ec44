-- Partners ask before they send: what was offered, for how long, and which lead came of it (SPEC 6.7).
create table ping (
  id uuid primary key,
  partner_id uuid not null references partner,
  niche_id uuid not null references niche,
  zip text not null,
  form_data jsonb not null check (jsonb_typeof(form_data) = 'object'),  -- answers only: a ping knows no person
  share_percent numeric(5, 2) not null check (share_percent between 0 and 100),
  expected_cents bigint not null check (expected_cents > 0),  -- the partner's expected share
  buyers integer not null check (buyers > 0),
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  lead_id uuid unique references lead,   -- the post that took the offer: one
  posted_at timestamptz,
  check ((lead_id is null) = (posted_at is null))
);
create index ping_partner on ping (partner_id, id desc);
create index ping_niche on ping (niche_id);

-- An offer stands as it was made; only the lead that took it is noted, once.
create function keep_ping() returns trigger language plpgsql as $$
begin
  if old.lead_id is not null or (new.id, new.partner_id, new.niche_id, new.zip, new.form_data, new.share_percent,
      new.expected_cents, new.buyers, new.created_at, new.expires_at) is distinct from (old.id, old.partner_id, old.niche_id,
      old.zip, old.form_data, old.share_percent, old.expected_cents, old.buyers, old.created_at, old.expires_at) then
    raise exception 'ping % stands as it was offered', old.id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger ping_kept before update on ping for each row execute function keep_ping();

-- Each level with the companies that would take the lead now, in the engine's order and by its eligibility, without a lead. A run
-- takes no more than the cap, and at most as many of a level have it already: what lies behind is never looked at, since
-- the walk keeps to the queue's own index (the planner would rather read and sort a whole level). Planned once, since planning
-- anew took longer than all else.
create function ping_buyers(of_niche uuid, facts jsonb, place geometry, market_time timestamp, cap integer, oldest date)
returns table (level_id uuid, price_cents bigint, max_recipients integer, exclusive boolean, buyers uuid[])
language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_sort = off set enable_hashjoin = off
set enable_mergejoin = off set enable_bitmapscan = off set enable_material = off set enable_memoize = off as $$
begin
  return query select v.id, v.price_cents, v.max_recipients::integer, v.exclusive, array(
      select e.provider_id from eligibility(facts, place, market_time, '{}') e
       where e.level_id = v.id and e.status = 'active' and e.refusal is null
         -- Whose own do-not-contact list is too old is sold nothing; whom a list names is not known before the post.
         and not exists (select from own_list o where o.provider_id = e.provider_id and o.over_at is null and o.list_date < oldest)
       order by e.last_received_at nulls first, e.provider_id limit 2 * cap)
    from competition_level v where v.niche_id = of_niche and v.active order by v.position;
end $$;
