-- The cart: holds that ran out, what a provider lets itself spend, checkouts (SPEC 9.2, 9.3).

-- A provider whose hold of a lead ran out can't hold that lead again for ten minutes (SPEC 9.2). One that took the lead out of
-- the cart has a moment still to come here: until then it can put the lead back, and the hold's clock goes on.
create table hold_lapse (
  lead_id uuid not null references lead,
  provider_id uuid not null references provider,
  lapsed_at timestamptz not null,
  extended_at timestamptz,
  released_at timestamptz,               -- null: it ran out by itself
  primary key (lead_id, provider_id)
);
create index hold_lapse_old on hold_lapse (lapsed_at);
create index slot_held on slot (expires_at) where state = 'held';
create index slot_cart on slot (provider_id, expires_at) where state = 'held';

-- Gives a lead's slots whose hold ran out back, and notes whose they were; the caller has the lead's row. Every sale
-- begins with it, because a provider has one slot of a lead at most, be it a forgotten one. Other companies' slots are given
-- back by the house's own function alone, which is called when there is one to give back: that no work for a company frees or
-- takes another one's slot otherwise is seen to in 45_own_writes.sql.
create function give_back_lapsed(of_lead uuid, moment timestamptz) returns integer language plpgsql security definer
set search_path = public, pg_temp as $$
declare freed integer;
begin
  insert into hold_lapse as h (lead_id, provider_id, lapsed_at)
  select s.lead_id, s.provider_id, s.expires_at from slot s where s.lead_id = of_lead and s.state = 'held' and s.expires_at < moment
  on conflict (lead_id, provider_id) do update set lapsed_at = excluded.lapsed_at, extended_at = null, released_at = null;
  update slot s set state = 'free', provider_id = null, expires_at = null, quote = null, held_at = null, extended_at = null
   where s.lead_id = of_lead and s.state = 'held' and s.expires_at < moment;
  get diagnostics freed = row_count;
  return freed;
end $$;
revoke execute on function give_back_lapsed from public;  -- the application's alone (99_grants.sql)
create function free_lapsed_holds(of_lead uuid, moment timestamptz) returns integer language plpgsql as $$
begin
  if exists (select from slot s where s.lead_id = of_lead and s.state = 'held' and s.expires_at < moment) then
    return give_back_lapsed(of_lead, moment);
  end if;
  return 0;
end $$;

-- What a provider lets its people spend on the marketplace in a day and in a month of its own clock; null: no ceiling.
create table spend_ceiling (
  provider_id uuid primary key references provider,
  timezone text not null,
  day_cents bigint check (day_cents > 0),
  month_cents bigint check (month_cents > 0),
  updated_at timestamptz not null
);

-- Whose midnight counts for a company: that of its ceilings once it has set them, before that the one they would get.
create function spending_zone(of_provider uuid) returns text language sql stable as $$
  select coalesce((select c.timezone from spend_ceiling c where c.provider_id = of_provider),
                  (select m.timezone from provider_interest i join market m on m.id = i.market_id
                    where i.provider_id = of_provider order by m.name limit 1), 'UTC')
$$;

-- What a company has spent on a day of the marketplace, held against its ceilings; written by the trigger below alone.
create table provider_spend (
  provider_id uuid not null references provider,
  day date not null,
  cents bigint not null check (cents >= 0),
  primary key (provider_id, day)
);

-- Every purchase counts, whoever writes it, and one beyond a ceiling is refused: the row of the ceiling is held, so
-- two carts of one company can't both be the last to fit. So is one of a lead that is not for sale, since a hold outlives a
-- withdrawal and a sale does not, and one that its company did not pay at its price (SPEC 2.7, 9.3).
create function count_purchase() returns trigger language plpgsql security definer set search_path = public as $$
declare ceiling spend_ceiling; today date; in_day bigint; in_month bigint;
begin
  if not exists (select from lead l where l.id = new.lead_id and l.status = 'approved') then
    raise exception 'lead % is not for sale', new.lead_id using errcode = 'check_violation', constraint = 'purchase_of_approved_lead';
  end if;
  if new.price_cents > 0 and not exists (
    select from transfer t join wallet w on w.account_id = t.debit_account_id
     where t.id = new.transfer_id and t.kind = 'lead_charge' and t.reference_id = new.id and t.amount_cents = new.price_cents
       and w.provider_id = new.provider_id) then
    raise exception 'purchase %: it was not paid by its company at its price', new.id
      using errcode = 'check_violation', constraint = 'purchase_is_paid';
  end if;
  select * into ceiling from spend_ceiling c where c.provider_id = new.provider_id for no key update;
  today := timezone(spending_zone(new.provider_id), new.assigned_at)::date;
  insert into provider_spend as s (provider_id, day, cents) values (new.provider_id, today, new.price_cents)
  on conflict (provider_id, day) do update set cents = s.cents + excluded.cents
  returning s.cents into in_day;
  if ceiling.day_cents < in_day then
    raise exception 'provider % would spend % of % cents in a day', new.provider_id, in_day, ceiling.day_cents
      using errcode = 'check_violation', constraint = 'spend_ceiling_day';
  end if;
  select sum(s.cents) into in_month from provider_spend s
   where s.provider_id = new.provider_id and s.day >= date_trunc('month', today)::date and s.day <= today;
  if ceiling.month_cents < in_month then
    raise exception 'provider % would spend % of % cents in a month', new.provider_id, in_month, ceiling.month_cents
      using errcode = 'check_violation', constraint = 'spend_ceiling_month';
  end if;
  return null;
end $$;
create trigger count_purchase after insert on assignment for each row
  when (new.channel = 'marketplace') execute function count_purchase();

-- One press of "Buy": its key makes a repetition give the first answer (SPEC 9.3).
create table checkout (
  id uuid primary key,
  provider_id uuid not null references provider,
  key text not null check (length(key) between 1 and 200),
  asked uuid[],                          -- the leads that were named; null: whatever was in the cart
  assignment_ids uuid[] not null check (cardinality(assignment_ids) > 0),
  total_cents bigint not null check (total_cents >= 0),
  bought_by uuid not null,
  at timestamptz not null,
  constraint checkout_once unique (provider_id, key)
);
call make_append_only('checkout');

-- A receipt's lines sum to what is asked and to what is paid, whoever writes them (SPEC 10.1); one without lines sums to nothing.
create function receipt_cents(receipt jsonb) returns bigint language sql immutable strict parallel safe as $$
  select coalesce(sum((line ->> 'cents')::bigint), 0)::bigint from jsonb_array_elements(receipt -> 'lines') line
$$;
alter table listing add constraint listing_receipt check (receipt_cents(receipt) = price_cents);
alter table price_history add constraint price_history_receipt check (receipt_cents(receipt) = price_cents);
alter table assignment add constraint assignment_receipt check (receipt_cents(receipt) = price_cents);
alter table slot add constraint slot_quote check (receipt_cents(quote) = coalesce((quote ->> 'price_cents')::bigint, -1));
