-- The engine, fourth part: a batch of choices is written down.

-- What one run of a batch came to: over (nothing to write down), chosen, or put off: busy, because somebody else has what it
-- needs, or pending, because something of the same batch has to be written down first.
create type distribution_outcome as (
  verdict text, run_id uuid, lead_id uuid, niche_id uuid, correlation text, begun timestamptz, plan distribution_plan
);

-- Locks the wallets and subscriptions chosen, in the order of their providers, and tells whether all still may
-- receive. A caller who may not wait gets false as well when somebody else holds one of them.
create function distribution_lock(chosen distribution_choice[], may_wait boolean) returns boolean language plpgsql as $$
declare good integer;
begin
  if may_wait then
    select count(*) into good from (
      select c.seen, c.price_cents, c.owed, w.balance_cents, w.frozen_at, s.status, s.last_received_at
        from (select *, sum(c.price_cents) over (partition by c.provider_id) as owed from unnest(chosen) c order by provider_id, subscription_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id, c.subscription_id for no key update of w, s) l
     where l.status = 'active' and l.last_received_at is not distinct from l.seen
           and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.owed);
  else
    select count(*) into good from (
      select c.seen, c.price_cents, c.owed, w.balance_cents, w.frozen_at, s.status, s.last_received_at
        from (select *, sum(c.price_cents) over (partition by c.provider_id) as owed from unnest(chosen) c order by provider_id, subscription_id) c
        join wallet w on w.provider_id = c.provider_id join subscription s on s.id = c.subscription_id
       order by c.provider_id, c.subscription_id for no key update of w, s skip locked) l
     where l.status = 'active' and l.last_received_at is not distinct from l.seen
           and (l.price_cents = 0 or l.frozen_at is null and l.balance_cents >= l.owed);
  end if;
  return good = cardinality(chosen);
end $$;

-- What was chosen for the leads of a batch, one row a sale, with the ids that count on from `base`: in the order of the sales.
create function distribution_sales(batch distribution_outcome[], base uuid)
returns table (lead_id uuid, niche_id uuid, run_id uuid, correlation text, day date, n bigint, provider_id uuid, subscription_id uuid, level_id uuid,
               price_cents bigint, slot_no smallint, assignment_id uuid, transfer_id uuid, entry_id uuid, mail_id uuid)
language sql stable as $$
  select n.*, uuid_step(base, 4 * n.n), uuid_step(base, 4 * n.n + 1), uuid_step(base, 4 * n.n + 2), uuid_step(base, 4 * n.n + 3)
    from (select o.lead_id, o.niche_id, o.run_id, o.correlation, (o.plan).market_time::date, row_number() over (order by o.nth, c.slot_no) as n,
                 c.provider_id, c.subscription_id, c.level_id, c.price_cents, c.slot_no
            from unnest(batch) with ordinality as o (verdict, run_id, lead_id, niche_id, correlation, begun, plan, nth), unnest((o.plan).chosen) c) n
$$;

-- Writes down of a batch what no wallet has a say in, while the one before is still being committed: slots, trail, mail. One
-- statement for all, so that the executor starts once. Returns the id from which those of the batch count on.
create function distribution_announce(batch distribution_outcome[], moment timestamptz, inbox_url text, by_id uuid, by_role text, by_ip inet)
returns uuid language plpgsql as $$
declare base uuid := dated_id(moment);
begin
  if batch = '{}' then
    return base;
  end if;
  with chosen as materialized (
    select * from distribution_sales(batch, base)
  ), told as (
    select o.*, m.name as market, n.name as niche
      from unnest(batch) with ordinality as o (verdict, run_id, lead_id, niche_id, correlation, begun, plan, nth)
      join lead l on l.id = o.lead_id join market m on m.id = l.market_id join niche n on n.id = o.niche_id
  ), opened as (
    insert into slot as s (lead_id, slot_no, state, provider_id)
    select lead_id, slot_no, 'sold', provider_id from chosen
    union all
    select t.lead_id, slot_no, case when (t.plan).is_exclusive then 'void' else 'free' end, null
      from told t, unnest((t.plan).open_slots) slot_no
    on conflict (lead_id, slot_no) do update
      set state = excluded.state, provider_id = excluded.provider_id, expires_at = null, quote = null, held_at = null, extended_at = null
  ), noted as (
    insert into audit_entry (id, at, actor_id, actor_role, action, entity_type, entity_id, after, ip, correlation_id)
    select entry_id, moment, by_id, by_role, 'lead.assigned', 'assignment', assignment_id,
           jsonb_build_object('lead_id', lead_id, 'provider_id', provider_id, 'level_id', level_id, 'price_cents', price_cents),
           by_ip, correlation from chosen
    union all
    select uuid_step(base, 4 * ((select count(*) from chosen) + nth)), moment, by_id, by_role, 'lead.distributed', 'lead', lead_id,
           jsonb_build_object('run_id', run_id, 'assigned', cardinality((plan).chosen),
                              'sold_out', cardinality((plan).open_slots) = 0 or (plan).is_exclusive),
           by_ip, correlation from told
  )
  insert into outbox (id, kind, key, payload, run_at, correlation_id, created_at)
  select c.mail_id, 'email', 'new_lead:' || c.assignment_id,
         jsonb_build_object('template', 'new_lead', 'provider_id', c.provider_id, 'context', jsonb_build_object(
           'niche', t.niche, 'market', t.market, 'level', l.name, 'link', inbox_url || c.assignment_id,
           'price', to_char(c.price_cents / 100.0, 'FM$999,999,990.00'))),
         moment, c.correlation, moment
    from told t join chosen c on c.lead_id = t.lead_id join competition_level l on l.id = c.level_id;
  return base;
end $$;

-- Writes down the sales of a batch whose wallets are locked: charges, assignments, places in the queue, cap counters. The
-- trigger on transfer moves the wallets.
create function distribution_charge(batch distribution_outcome[], base uuid, moment timestamptz, by_id uuid) returns void language plpgsql as $$
declare revenue uuid := (select id from ledger_account where kind = 'revenue' and provider_id is null limit 1);
begin
  with chosen as materialized (
    select * from distribution_sales(batch, base)
  ), charged as (
    insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id,
                          wallet_balance_cents, idempotency_key, at)
    select c.transfer_id, w.account_id, revenue, c.price_cents, 'lead_charge', 'assignment', c.assignment_id, by_id,
           w.balance_cents - sum(c.price_cents) over (partition by c.provider_id order by c.n), 'sale:' || c.lead_id || ':' || c.provider_id, moment
      from chosen c join wallet w on w.provider_id = c.provider_id where c.price_cents > 0
  ), queued as (
    update subscription s set last_received_at = greatest(moment - interval '1 microsecond', e.place) + c.nth * interval '1 microsecond'
      from (select c.subscription_id, c.level_id, row_number() over (partition by c.level_id order by c.n) as nth from chosen c) c
      join (select l.id, queue_end(l.id) as place from (select distinct level_id as id from chosen) l) e on e.id = c.level_id
     where s.id = c.subscription_id
  ), counted as (
    insert into subscription_usage as u (subscription_id, day, leads, spent_cents)
    select subscription_id, day, 1, price_cents from chosen
    on conflict (subscription_id, day) do update
      set leads = u.leads + 1, spent_cents = u.spent_cents + excluded.spent_cents
  )
  insert into assignment (id, lead_id, provider_id, slot_no, channel, niche_id, level_id, subscription_id, run_id, price_cents,
                          transfer_id, assigned_at, search_bits)
  select assignment_id, s.lead_id, provider_id, slot_no, 'distribution', s.niche_id, level_id, subscription_id, run_id,
         price_cents, case when price_cents > 0 then transfer_id end, moment, c.search_bits
    from chosen s join lead l on l.id = s.lead_id join contact c on c.id = l.contact_id;
end $$;

-- Writes down what became of the leads of a batch and of their runs: sold out or on sale for the rest, and the run over.
create function distribution_record_ends(batch distribution_outcome[], moment timestamptz) returns void language plpgsql as $$
declare sold_out uuid[]; open record;
begin
  sold_out := array(
    select o.lead_id from unnest(batch) o
     where (o.plan).is_exclusive or cardinality((o.plan).open_slots) = 0
           and not exists (select from slot s where s.lead_id = o.lead_id and s.state = 'held'));
  if sold_out <> '{}' then
    update lead l set status = 'sold_out', updated_at = moment from unnest(sold_out) as o (id) where l.id = o.id;
    update listing i set state = 'closed', closed_at = moment from unnest(sold_out) as o (id) where i.lead_id = o.id and i.state = 'open';
  end if;
  for open in select o.lead_id, n.listing_days from unnest(batch) o join niche n on n.id = o.niche_id where o.lead_id <> all (sold_out) loop
    perform open_listing(open.lead_id, open.listing_days, moment);
  end loop;
  update distribution_run r
     set state = 'finished', candidates = (o.plan).looked, assigned = cardinality((o.plan).chosen), finished_at = moment,
         skips = (select coalesce(jsonb_object_agg(reason, n), '{}')
                    from (select reason, count(*) as n from unnest((o.plan).skipped) reason group by reason) counted),
         duration_ms = extract(epoch from clock_timestamp() - o.begun) * 1000
    from unnest(batch) o where r.id = o.run_id;
end $$;
