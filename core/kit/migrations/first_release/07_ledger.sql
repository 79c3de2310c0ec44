-- Money: accounts, immutable transfers, cached balances (SPEC 6.1).
create table ledger_account (
  id uuid primary key,
  kind text not null check (kind in ('wallet', 'gateway', 'revenue', 'refunds', 'bonus', 'adjustments', 'receivable', 'partner_payable')),
  provider_id uuid references provider,
  name text not null,
  created_at timestamptz not null,
  check ((kind in ('wallet', 'receivable')) = (provider_id is not null))
);
create unique index ledger_account_of_provider on ledger_account (kind, provider_id) where provider_id is not null;
create unique index ledger_account_of_house on ledger_account (kind, name) where provider_id is null;

create table wallet (
  provider_id uuid primary key references provider,
  account_id uuid not null unique references ledger_account,
  balance_cents bigint not null default 0 check (balance_cents >= 0),
  low_balance_cents bigint not null default 5000 check (low_balance_cents >= 0),
  frozen_at timestamptz,
  frozen_reason text,
  updated_at timestamptz not null
);

create table transfer (
  id uuid primary key,
  debit_account_id uuid not null references ledger_account,
  credit_account_id uuid not null references ledger_account,
  amount_cents bigint not null check (amount_cents > 0),
  kind text not null check (kind in ('lead_charge', 'refund', 'deposit', 'bonus', 'manual_credit', 'manual_debit', 'plan_fee', 'chargeback', 'correction', 'partner_share')),
  reference_type text,
  reference_id uuid,
  actor_id uuid not null,
  memo text,
  wallet_balance_cents bigint,           -- balance of the wallet touched, after this transfer
  idempotency_key text not null unique,
  at timestamptz not null,
  recorded_xid xid8 not null default pg_current_xact_id(),
  check (debit_account_id <> credit_account_id),
  check (kind not in ('manual_credit', 'manual_debit') or length(memo) between 10 and 500)
);
create index transfer_debit on transfer (debit_account_id, id);
create index transfer_credit on transfer (credit_account_id, id);
create index transfer_unsealed on transfer (recorded_xid);
create index transfer_reference on transfer (reference_id) where reference_id is not null;

-- The cached balance moves with the transfer, in the database, so that no caller can forget it and the
-- wallet's own check (>= 0) refuses an overdraft whatever the Python says.
create function move_wallet_balance() returns trigger language plpgsql as $$
declare after_debit bigint; after_credit bigint;
begin
  update wallet set balance_cents = balance_cents - new.amount_cents, updated_at = new.at
   where account_id = new.debit_account_id returning balance_cents into after_debit;
  update wallet set balance_cents = balance_cents + new.amount_cents, updated_at = new.at
   where account_id = new.credit_account_id returning balance_cents into after_credit;
  new.wallet_balance_cents := coalesce(after_debit, after_credit);
  return new;
end $$;
create trigger move_balance before insert on transfer for each row execute function move_wallet_balance();
call make_append_only('transfer');
