-- Payments: deposits, what the gateways told us, reversals, saved methods and automatic top-ups (SPEC 6.2, 6.4).
create table deposit (
  id uuid primary key,
  provider_id uuid not null references provider,
  gateway text not null check (gateway in ('stripe', 'paypal')),
  kind text not null default 'checkout' check (kind in ('checkout', 'top_up')),
  status text not null default 'pending' check (status in ('pending', 'completed', 'failed')),
  amount_cents bigint not null check (amount_cents > 0),
  bonus_cents bigint not null default 0 check (bonus_cents >= 0),
  currency text not null default 'USD' check (currency = 'USD'),
  pack_id uuid,                          -- the pack as it was: its amount and bonus stand in this row
  save_method boolean not null default false,
  gateway_ref text,                      -- Stripe: checkout session or payment intent; PayPal: order
  gateway_url text,                      -- where the person pays
  payment_ref text,                      -- Stripe: payment intent; PayPal: capture. Refunds and disputes name it
  failure text,
  problem text,                          -- what a person must look at, such as an amount that differs from ours
  reversed_cents bigint not null default 0,
  -- Of the bonus: the same share of it, rounded down, and all of it with the last cent of the deposit.
  bonus_reversed_cents bigint not null generated always as (bonus_cents * reversed_cents / amount_cents) stored,
  reversal_steps integer not null default 0 check (reversal_steps >= 0),
  froze_wallet_at timestamptz,           -- when a reversal of this deposit froze the wallet
  top_up_job uuid unique,                -- the crossing that started it: tried once
  started_by uuid not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  completed_at timestamptz,
  failed_at timestamptz,
  check ((status = 'completed') = (completed_at is not null)),
  check ((status = 'failed') = (failed_at is not null)),
  check ((kind = 'top_up') = (top_up_job is not null)),
  constraint deposit_reversed_at_most_once check (reversed_cents between 0 and case when status = 'completed' then amount_cents else 0 end)
);
create unique index deposit_gateway_ref on deposit (gateway, gateway_ref) where gateway_ref is not null;
create unique index deposit_payment_ref on deposit (gateway, payment_ref) where payment_ref is not null;
create index deposit_provider on deposit (provider_id, id desc);
create index deposit_status on deposit (status, id desc);

-- A deposit is completed once and for good, and only when the wallet has got its money in the same transaction.
create function guard_deposit() returns trigger language plpgsql as $$
begin
  if old.status = 'completed' and new.status <> 'completed' then
    raise exception 'deposit % is completed', old.id using errcode = 'check_violation', constraint = 'deposit_final';
  end if;
  if new.status = 'completed' and old.status <> 'completed' and not exists (
       select from transfer t join wallet w on w.account_id = t.credit_account_id
        where t.idempotency_key = 'deposit:' || new.id and w.provider_id = new.provider_id and t.amount_cents = new.amount_cents) then
    raise exception 'deposit % has no transfer', new.id using errcode = 'check_violation', constraint = 'deposit_has_transfer';
  end if;
  return new;
end $$;
create trigger guard_deposit before update of status on deposit for each row execute function guard_deposit();
create function refuse_paid_deposit() returns trigger language plpgsql as $$
begin
  raise exception 'deposit % begins as %', new.id, new.status using errcode = 'check_violation', constraint = 'deposit_begins_pending';
end $$;
create trigger deposit_begins_pending before insert on deposit for each row
  when (new.status <> 'pending') execute function refuse_paid_deposit();

-- The inbox: every correctly signed event once, handled later from the row.
create table payment_event (
  id uuid primary key,
  gateway text not null check (gateway in ('stripe', 'paypal')),
  event_id text not null check (length(event_id) between 1 and 200),
  event_type text not null,
  transmission text,                     -- PayPal: one signature vouches for one event
  sealed bytea,                          -- the body as it was signed, encrypted; null once forgotten
  received_at timestamptz not null,
  handled_at timestamptz,
  outcome text check (outcome in ('completed', 'failed', 'noted', 'reversed', 'unchanged', 'ignored', 'unknown', 'mismatch')),
  detail text,
  deposit_id uuid references deposit,
  check ((handled_at is null) = (outcome is null)),
  constraint payment_event_once unique (gateway, event_id),
  constraint payment_event_one_per_signature unique (gateway, transmission)
);
create index payment_event_deposit on payment_event (deposit_id) where deposit_id is not null;
create index payment_event_readable on payment_event (id) where sealed is not null;
create index payment_event_unhandled on payment_event (received_at) where handled_at is null;

-- Money that a gateway took back or may take back; known by the payment it is about, which may be news to us.
create table payment_reversal (
  id uuid primary key,
  gateway text not null check (gateway in ('stripe', 'paypal')),
  reversal_ref text not null,            -- dispute (chargeback), refund, or PayPal's reversal of a capture
  payment_ref text not null,
  kind text not null check (kind in ('chargeback', 'refund', 'reversal')),
  state text not null check (state in ('open', 'lost', 'won')),
  amount_cents bigint not null check (amount_cents > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint payment_reversal_once unique (gateway, reversal_ref)
);
create index payment_reversal_payment on payment_reversal (gateway, payment_ref);

-- What is taken back of a payment, whatever the order in which it was told. A dispute and PayPal's reversal are the same
-- money twice, so the larger counts; a dispute that was won voids the reversal. Never more than was paid.
create function taken_back(of_gateway text, of_payment text, paid_cents bigint) returns bigint language sql stable as $$
  select least(paid_cents, refunds + greatest(disputes, case when won and disputes = 0 then 0 else reversals end))::bigint
    from (select coalesce(sum(amount_cents) filter (where kind = 'refund' and state <> 'won'), 0) as refunds,
                 coalesce(sum(amount_cents) filter (where kind = 'chargeback' and state <> 'won'), 0) as disputes,
                 coalesce(sum(amount_cents) filter (where kind = 'reversal' and state <> 'won'), 0) as reversals,
                 coalesce(bool_or(kind = 'chargeback' and state = 'won'), false) as won
            from payment_reversal where gateway = of_gateway and payment_ref = of_payment) said
$$;

-- A card that may be charged while nobody is there; the gateway holds the card, we hold its names.
create table payment_method (
  id uuid primary key,
  provider_id uuid not null references provider,
  gateway text not null check (gateway = 'stripe'),
  customer_ref text not null,
  method_ref text not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  expires text not null check (expires ~ '^[0-9]{4}-[0-9]{2}$'),
  created_at timestamptz not null,
  removed_at timestamptz
);
create unique index payment_method_one_live on payment_method (provider_id) where removed_at is null;

-- What the provider agreed to, word for word; each change is a new mandate.
create table top_up_mandate (
  id uuid primary key,
  provider_id uuid not null references provider,
  method_id uuid not null references payment_method,
  wording text not null check (length(wording) between 20 and 2000),
  threshold_cents bigint not null check (threshold_cents > 0),
  amount_cents bigint not null check (amount_cents > 0),
  daily_cap_cents bigint not null check (daily_cap_cents >= amount_cents),
  agreed_by uuid not null,
  ip inet,
  at timestamptz not null
);
create index top_up_mandate_provider on top_up_mandate (provider_id, id desc);
call make_append_only('top_up_mandate');

create table top_up (
  provider_id uuid primary key references provider,
  mandate_id uuid not null references top_up_mandate,
  enabled boolean not null,
  failures integer not null default 0 check (failures >= 0),
  off_reason text,
  updated_at timestamptz not null,
  check (enabled = (off_reason is null))
);

-- The balance below which a wallet is topped up, kept in the wallet so that a sale pays nothing for asking.
alter table wallet add column top_up_below_cents bigint check (top_up_below_cents > 0);

create function ask_for_top_up() returns trigger language plpgsql as $$
begin
  insert into outbox (id, kind, key, payload, run_at, created_at)
  values (uuid7(), 'payment.top_up', new.provider_id::text, jsonb_build_object('provider_id', new.provider_id), new.updated_at, new.updated_at)
  on conflict (kind, key) where state in ('ready', 'taken') do nothing;
  return null;
end $$;
create trigger wallet_crosses_top_up after update of balance_cents on wallet for each row
  when (new.top_up_below_cents is not null and old.balance_cents >= new.top_up_below_cents and new.balance_cents < new.top_up_below_cents)
  execute function ask_for_top_up();
-- While it was on hold nothing was charged; one that is below when it is released would cross nothing any more.
create trigger released_wallet_asks_for_top_up after update of frozen_at on wallet for each row
  when (old.frozen_at is not null and new.frozen_at is null and new.balance_cents < new.top_up_below_cents)
  execute function ask_for_top_up();
-- Nor is the card of a company charged that is not active: what it missed is asked for when it is again.
create function ask_for_missed_top_up() returns trigger language plpgsql as $$
begin
  insert into outbox (id, kind, key, payload, run_at, created_at)
  select uuid7(), 'payment.top_up', new.id::text, jsonb_build_object('provider_id', new.id), new.updated_at, new.updated_at
    from wallet w where w.provider_id = new.id and w.balance_cents < w.top_up_below_cents
  on conflict (kind, key) where state in ('ready', 'taken') do nothing;
  return null;
end $$;
create trigger active_again_asks_for_top_up after update of status on provider for each row
  when (new.status = 'active' and old.status <> 'active') execute function ask_for_missed_top_up();
