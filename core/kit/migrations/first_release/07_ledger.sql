-- Money: accounts, immutable transfers, cached balances (SPEC 6.1).
create table ledger_account (
  id uuid primary key,
  kind text not null check (kind in ('wallet', 'gateway', 'revenue', 'refunds', 'bonus', 'adjustments', 'receivable', 'partner_payable')),
  provider_id uuid references provider,
  name text not null,
  created_at timestamptz not null,
  check ((kind in ('wallet', 'receivable')) = (provider_id is not null))
);
call make_append_only('ledger_account');
create unique index ledger_account_of_provider on ledger_account (kind, provider_id) where provider_id is not null;
create unique index ledger_account_of_house on ledger_account (kind, name) where provider_id is null;

-- A page keeps room for the next versions of its wallets, so that a change of balance touches no index.
create table wallet (
  provider_id uuid primary key references provider,
  account_id uuid not null unique references ledger_account,
  balance_cents bigint not null default 0 constraint wallet_not_below_zero check (balance_cents >= 0),
  low_balance_cents bigint not null default 5000 check (low_balance_cents >= 0),
  frozen_at timestamptz,
  frozen_reason text,
  updated_at timestamptz not null,
  check ((frozen_at is null) = (frozen_reason is null))
) with (fillfactor = 50);

-- That both accounts exist is checked by move_wallet_balances() below, for all rows of a statement at once: a
-- foreign key would have every sale, of whatever niche, lock the one row of the revenue account.
create table transfer (
  id uuid primary key,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount_cents bigint not null check (amount_cents > 0),
  kind text not null check (kind in ('lead_charge', 'refund', 'deposit', 'bonus', 'manual_credit', 'manual_debit', 'plan_fee', 'chargeback', 'correction', 'partner_share', 'partner_payout')),
  reference_type text,
  reference_id uuid,
  actor_id uuid not null,
  memo text,
  wallet_balance_cents bigint,           -- balance of the wallet touched (the debited one of two), after this transfer
  idempotency_key text not null constraint transfer_once unique,
  at timestamptz not null,
  recorded_xid xid8 not null default pg_current_xact_id(),
  check (debit_account_id <> credit_account_id),
  constraint transfer_by_hand_says_why check (kind not in ('manual_credit', 'manual_debit') or coalesce(length(memo), 0) between 10 and 500)
);
create index transfer_debit on transfer (debit_account_id, id);
create index transfer_credit on transfer (credit_account_id, id);
create index transfer_unsealed on transfer (recorded_xid, id);
create index transfer_reference on transfer (reference_id) where reference_id is not null;
call make_append_only('transfer');

-- The books decide what a wallet holds; the cached balance follows them and nobody else can set it: the
-- application may insert transfers but not update wallet.balance_cents (99_grants.sql). A wallet's own check
-- refuses an overdraft, a frozen one refuses every debit, whatever the Python says.
create function refuse_wallet_change() returns trigger language plpgsql as $$
begin
  raise exception 'wallet of provider %: %', new.provider_id, tg_argv[0] using errcode = 'check_violation', constraint = tg_name;
end $$;
create trigger wallet_opens_empty before insert on wallet for each row
  when (new.balance_cents <> 0) execute function refuse_wallet_change('it opens empty; money comes by a transfer');
create trigger wallet_not_frozen before update of balance_cents on wallet for each row
  when (new.balance_cents < old.balance_cents and old.frozen_at is not null) execute function refuse_wallet_change('it is frozen');

-- A debit that takes a wallet below its provider's own threshold is one crossing and makes one reminder (SPEC 6.4).
-- Whatever lifts the balance again arms the next one, so nothing has to be remembered; a threshold that moves past
-- the balance is no debit and reminds nobody.
create function remind_of_low_balance() returns trigger language plpgsql as $$
declare reminder uuid := dated_id(new.updated_at);
begin
  insert into outbox (id, kind, key, payload, run_at, created_at)
  values (reminder, 'wallet.low', reminder,
          jsonb_build_object('provider_id', new.provider_id, 'balance_cents', new.balance_cents, 'threshold_cents', new.low_balance_cents),
          new.updated_at, new.updated_at);
  return null;
end $$;
create trigger low_balance after update of balance_cents on wallet for each row
  when (old.balance_cents >= old.low_balance_cents and new.balance_cents < new.low_balance_cents)
  execute function remind_of_low_balance();

-- A transfer that does not bring the balance after it gets it here; its wallet is locked until the end.
create function note_balance_after() returns trigger language plpgsql as $$
begin
  select case when w.account_id = new.debit_account_id then w.balance_cents - new.amount_cents else w.balance_cents + new.amount_cents end
    into new.wallet_balance_cents
    from wallet w where w.account_id in (new.debit_account_id, new.credit_account_id)
   order by w.account_id <> new.debit_account_id limit 1 for no key update;
  return new;
end $$;
create trigger note_balance_after before insert on transfer for each row
  when (new.wallet_balance_cents is null) execute function note_balance_after();

-- What a wallet held after each of its debits in one statement, in the order of their ids, is what these noted.
create function notes_add_up(balance_cents bigint, debits bigint[], noted bigint[]) returns boolean language sql immutable parallel safe as $$
  select bool_and(n.noted is not distinct from n.after) from (
    select d.noted, balance_cents + coalesce(sum(d.cents) over (order by d.nth rows between 1 following and unbounded following), 0) as after
      from unnest(debits, noted) with ordinality as d (cents, noted, nth)) n
$$;

-- Moves the cached balances of all wallets in the inserted transfers at once, holds the rows to the balance
-- they noted, and lets subscriptions stop or start with what their wallet can pay (SPEC 4.3). A debit can only
-- stop one when the wallet can no longer pay the dearest level there is.
create function move_wallet_balances() returns trigger language plpgsql security definer set search_path = public as $$
declare untrue bigint; unknown bigint; unsettled uuid[]; moment timestamptz; provider uuid;
begin
  with move as (
    select id, debit_account_id as account_id, -amount_cents as cents, wallet_balance_cents as noted, at from moved
    union all
    select id, credit_account_id, amount_cents, null, at from moved
  ), change as (
    select account_id, sum(cents) as cents, max(noted) as noted, count(*) as moves, bool_or(cents > 0) as any_credit,
           max(at) as at from move group by account_id
  ), changed as (
    update wallet w set balance_cents = w.balance_cents + c.cents, updated_at = c.at
      from change c where c.account_id = w.account_id
    returning w.provider_id, w.account_id, w.balance_cents, c.cents, c.moves, c.any_credit, c.noted, c.at
  )
  select count(*) filter (where case
           when c.moves = 1 then c.balance_cents <> c.noted
           when c.any_credit then true
           else (select not notes_add_up(c.balance_cents, array_agg(m.amount_cents order by m.id), array_agg(m.wallet_balance_cents order by m.id))
                   from moved m where m.debit_account_id = c.account_id) end),
         array_agg(c.provider_id order by c.provider_id) filter (where c.cents > 0 or c.balance_cents < dearest.price_cents),
         max(c.at), (select count(*) from change where not exists (select from ledger_account a where a.id = change.account_id))
    into untrue, unsettled, moment, unknown
    from changed c, (select max(price_cents) as price_cents from competition_level) dearest;
  if unknown > 0 then
    raise exception 'a transfer names an account that does not exist' using errcode = 'foreign_key_violation', constraint = 'transfer_account';
  end if;
  if untrue > 0 then
    raise exception 'a transfer notes another balance than its wallet has, or one statement pays into a wallet that it moves twice'
      using errcode = 'check_violation', constraint = 'transfer_notes_balance';
  end if;
  foreach provider in array coalesce(unsettled, '{}') loop
    perform settle_subscriptions(provider, moment);
  end loop;
  return null;
end $$;
create trigger move_balances after insert on transfer referencing new table as moved
  for each statement execute function move_wallet_balances();

-- What the transfers say a wallet holds.
create function booked_balance(of_account uuid) returns bigint language sql stable as $$
  select coalesce((select sum(amount_cents) from transfer where credit_account_id = of_account), 0)::bigint
       - coalesce((select sum(amount_cents) from transfer where debit_account_id = of_account), 0)::bigint
$$;

-- The only other way to a cached balance: back to what the transfers say (reconciliation).
create function restore_balance(of_provider uuid, moment timestamptz) returns bigint
language sql security definer set search_path = public as $$
  update wallet set balance_cents = booked_balance(account_id), updated_at = moment
   where provider_id = of_provider returning balance_cents
$$;

-- The house's own accounts, one of a kind; gateways get one each when payments are set up.
insert into ledger_account (id, kind, name, created_at)
select uuid7(), kind, kind, now() from unnest(array['gateway', 'revenue', 'refunds', 'bonus', 'adjustments']) kind;

-- Companies that send us leads for a share of what these are sold for; what we owe one is its payable account's
-- balance (SPEC 6.7). Switched off, a partner earns nothing from sales made since.
create table partner (
  id uuid primary key,
  name text not null unique check (length(name) between 1 and 120),
  share_percent numeric(5, 2) not null check (share_percent between 0 and 100),
  payable_account_id uuid not null unique references ledger_account,
  active boolean not null default true,
  created_at timestamptz not null,
  updated_at timestamptz not null
);

-- What a partner gets of one sale: rounded down to whole cents, so that no share, and no sum of shares, is ever more
-- than its percentage of the revenue.
create function partner_share_cents(price_cents bigint, share_percent numeric) returns bigint
language sql immutable parallel safe as $$
  select floor(price_cents * share_percent / 100)::bigint
$$;
