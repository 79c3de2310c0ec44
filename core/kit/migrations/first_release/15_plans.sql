-- What a provider may choose to pay: deposit sizes with a bonus, plans with a monthly fee (SPEC 6.4, 6.6), and what a
-- partner gets of a sale (SPEC 6.7).
create table credit_pack (
  id uuid primary key,
  name text not null unique check (length(name) between 1 and 60),
  amount_cents bigint not null check (amount_cents between 1000 and 10000000),  -- no deposit below 10 USD (SPEC 6.2)
  bonus_cents bigint not null default 0 check (bonus_cents between 0 and amount_cents),
  position smallint not null check (position >= 1),
  active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
insert into credit_pack (id, name, amount_cents, bonus_cents, position, created_at, updated_at)
select uuid7(), name, amount, bonus, n, now(), now()
  from (values (1, 'Try-out', 5000, 0), (2, 'Steady', 25000, 1000), (3, 'Busy', 50000, 3000), (4, 'Fleet', 100000, 8000)) as p (n, name, amount, bonus);

-- Everybody without a membership is on the first plan, which is free for good.
create table plan (
  key text primary key check (key ~ '^[a-z][a-z0-9_]{1,29}$'),
  name text not null unique check (length(name) between 1 and 60),
  description text not null default '',
  fee_cents bigint not null check (fee_cents between 0 and 100000000),
  discount_percent smallint not null check (discount_percent between 0 and 50),
  hold_minutes integer not null check (hold_minutes between 1 and 1440),
  cart_size smallint not null check (cart_size between 1 and 200),
  early_access_minutes integer not null check (early_access_minutes between 0 and 1440),
  position smallint not null unique check (position >= 1),
  active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (position > 1 or (fee_cents = 0 and active))
);
insert into plan (key, name, description, fee_cents, discount_percent, hold_minutes, cart_size, early_access_minutes, position, created_at, updated_at)
values
  ('starter', 'Starter', 'Everything you need to buy leads, with nothing to pay but the leads.', 0, 0, 10, 5, 0, 1, now(), now()),
  ('pro', 'Pro', 'For a team that buys every week: lower prices, longer holds, a first look.', 9900, 5, 20, 15, 15, 2, now(), now()),
  ('enterprise', 'Enterprise', 'For companies that buy in several markets: the lowest prices and the longest head start.', 39900, 10, 45, 50, 60, 3, now(), now());

-- One stay of a provider on a paid plan. Its periods are counted from `started_at` in whole months; `paid_until` is the
-- end of the last paid one.
create table membership (
  id uuid primary key,
  provider_id uuid not null references provider,
  plan_key text not null references plan,
  started_at timestamptz not null,
  periods integer not null default 0 check (periods >= 0),
  paid_until timestamptz not null check (paid_until >= started_at),
  next_plan_key text references plan,    -- chosen for the end of the paid period
  ended_at timestamptz,
  end_reason text check (end_reason in ('changed', 'unpaid', 'not_active')),
  check ((ended_at is null) = (end_reason is null)),
  check (next_plan_key is distinct from plan_key)
);
create unique index membership_one_live on membership (provider_id) where ended_at is null;
create index membership_due on membership (paid_until) where ended_at is null;

-- One period and what was paid for it: the key makes it one, whatever the number of workers or tries (SPEC 6.6).
-- `worth_cents` is the plan's fee then, `paid_cents` what is left of it after the unused part of the plan before.
create table plan_fee (
  membership_id uuid not null references membership,
  period integer not null check (period >= 1),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  worth_cents bigint not null check (worth_cents >= 0),
  paid_cents bigint not null check (paid_cents between 0 and worth_cents),
  transfer_id uuid unique references transfer,
  charged_at timestamptz not null,
  primary key (membership_id, period),
  check ((paid_cents = 0) = (transfer_id is null))
);
call make_append_only('plan_fee');

-- A period begins where the one before it ends, in the calendar of UTC: a stay that began on the 31st pays on the last
-- day of a shorter month and on the 31st again after it.
create function period_start(started_at timestamptz, period integer) returns timestamptz language sql immutable parallel safe as $$
  select timezone('UTC', timezone('UTC', started_at) + make_interval(months => period - 1))
$$;
create function check_plan_fee_period() returns trigger language plpgsql as $$
declare began timestamptz := (select m.started_at from membership m where m.id = new.membership_id);
begin
  if (new.starts_at, new.ends_at) is distinct from (period_start(began, new.period), period_start(began, new.period + 1)) then
    raise exception 'period % of membership % has other bounds', new.period, new.membership_id
      using errcode = 'check_violation', constraint = 'plan_fee_period';
  end if;
  return new;
end $$;
create trigger plan_fee_period before insert on plan_fee for each row execute function check_plan_fee_period();

-- A sale of a partner's lead posts the partner's share, whoever made the sale; a lead without a partner costs one look
-- at its row (SPEC 6.7). Both stand here and not in the verbs, so that none of them can forget it.
create function share_with_partners() returns trigger language plpgsql as $$
begin
  if exists (select from sold s join lead l on l.id = s.lead_id where l.partner_id is not null) then
    insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id,
                          idempotency_key, at)
    select dated_id(s.assigned_at), revenue.id, p.payable_account_id, partner_share_cents(s.price_cents, coalesce(l.partner_share_percent, p.share_percent)),
           'partner_share', 'assignment', s.id, '00000000-0000-0000-0000-000000000000', 'share:' || s.id, s.assigned_at
      from sold s join lead l on l.id = s.lead_id join partner p on p.id = l.partner_id and p.active
      join ledger_account revenue on revenue.kind = 'revenue' and revenue.name = 'revenue' and revenue.provider_id is null
     where partner_share_cents(s.price_cents, coalesce(l.partner_share_percent, p.share_percent)) > 0;
  end if;
  return null;
end $$;
create trigger share_with_partners after insert on assignment referencing new table as sold
  for each statement execute function share_with_partners();

-- The refund of a sale takes the partner's share back, whole, the moment it is posted.
create function take_back_partner_share() returns trigger language plpgsql as $$
begin
  insert into transfer (id, debit_account_id, credit_account_id, amount_cents, kind, reference_type, reference_id, actor_id,
                        idempotency_key, at)
  select dated_id(new.at), t.credit_account_id, t.debit_account_id, t.amount_cents, t.kind, t.reference_type, t.reference_id,
         new.actor_id, 'share-back:' || t.reference_id, new.at
    from transfer t where t.idempotency_key = 'share:' || new.reference_id;
  return null;
end $$;
create trigger take_back_partner_share after insert on transfer for each row
  when (new.kind = 'refund' and new.reference_type = 'assignment') execute function take_back_partner_share();
