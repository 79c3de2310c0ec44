-- Bad-lead reports and refunds (SPEC 7.3, 7.4): a lead is reported once, and paid back at most once, in full.

-- One report of one assignment. What people wrote stands in claim_event, where it can be erased.
create table claim (
  id uuid primary key,
  assignment_id uuid not null constraint claim_once unique references assignment,
  lead_id uuid not null references lead,
  provider_id uuid not null references provider,
  reason text not null check (reason in ('spam', 'duplicate', 'invalid_contact', 'out_of_scope', 'other')),
  status text not null default 'pending' check (status in ('pending', 'approved', 'rejected', 'appealed', 'withdrawn')),
  resolution text check (resolution in ('refund', 'class_credit', 'overdue_credit')),
  reported_by uuid not null,
  reported_at timestamptz not null,
  due_at timestamptz not null,           -- the clock: unanswered by then, it is escalated
  escalated_at timestamptz,
  appealed_at timestamptz,
  decided_at timestamptz,
  decided_by uuid,
  constraint claim_resolution check ((status = 'approved') = (resolution is not null)),
  constraint claim_decision check ((status in ('approved', 'rejected')) = (decided_at is not null) and (decided_at is null) = (decided_by is null)),
  constraint claim_appeal check (status <> 'appealed' or appealed_at is not null)
);
create index claim_open on claim (due_at, id) where status in ('pending', 'appealed');
create index claim_of_provider on claim (provider_id, id desc);
create index claim_of_lead on claim (lead_id);
create index claim_of_day on claim (reported_at);
create index claim_decided on claim (decided_at) where decided_at is not null;

-- What happened to a claim, and in whose words.
create table claim_event (
  id uuid primary key,
  claim_id uuid not null references claim,
  event text not null check (event in ('reported', 'escalated', 'rejected', 'appealed', 'approved', 'withdrawn')),
  actor_id uuid not null,
  actor_role text not null,
  words text not null default '' check (length(words) <= 1000),
  at timestamptz not null
);
create index claim_event_claim on claim_event (claim_id, id);

-- One assignment paid back: its primary key is why that happens once. A free one is given back without a transfer.
create table refund (
  assignment_id uuid primary key references assignment,
  claim_id uuid constraint refund_of_claim unique references claim,
  cause text not null check (cause in ('refund', 'class_credit', 'overdue_credit', 'manual')),
  amount_cents bigint not null check (amount_cents >= 0),
  transfer_id uuid constraint refund_of_transfer unique references transfer,
  memo text not null check (length(memo) <= 1000),
  refunded_by uuid not null,
  at timestamptz not null,
  constraint refund_moves_money check ((amount_cents = 0) = (transfer_id is null)),
  constraint refund_has_claim check (cause in ('class_credit', 'manual') or claim_id is not null)
);
create index refund_at on refund (at);

-- Only the words of these rows can go, when the person they may speak of is erased (SPEC 13.6).
create function refuse_change_but_words() returns trigger language plpgsql as $$
declare words text := tg_argv[0];
begin
  if tg_op = 'UPDATE' and to_jsonb(new) ->> words = '' and to_jsonb(new) - words = to_jsonb(old) - words then
    return new;
  end if;
  raise exception '% is append-only but for its words: % refused', tg_table_name, tg_op using errcode = 'restrict_violation';
end $$;
create trigger append_only_but_words before update or delete on claim_event for each row execute function refuse_change_but_words('words');
create trigger append_only_but_words before update or delete on refund for each row execute function refuse_change_but_words('memo');
create trigger append_only_table before truncate on claim_event for each statement execute function refuse_change();
create trigger append_only_table before truncate on refund for each statement execute function refuse_change();

-- A transfer of kind refund gives one assignment's charge back to the wallet that paid it: all of it, once.
create unique index transfer_refund_once on transfer (reference_id) where kind = 'refund';
create function check_refund_transfer() returns trigger language plpgsql as $$
begin
  if new.reference_type is distinct from 'assignment' or not exists (
    select from assignment a join wallet w on w.provider_id = a.provider_id
     where a.id = new.reference_id and a.price_cents = new.amount_cents and w.account_id = new.credit_account_id) then
    raise exception 'transfer %: a refund pays back the whole charge of one assignment to the wallet that paid it', new.id
      using errcode = 'check_violation', constraint = 'refund_is_the_charge';
  end if;
  return new;
end $$;
create trigger refund_is_the_charge before insert on transfer for each row
  when (new.kind = 'refund') execute function check_refund_transfer();

-- A refund is what was charged, moved by its own transfer, and marks its assignment.
create function check_refund() returns trigger language plpgsql as $$
begin
  if not exists (
    select from assignment a left join transfer t on t.id = new.transfer_id
     where a.id = new.assignment_id and a.price_cents = new.amount_cents
       and (t.id is null or t.kind = 'refund' and t.reference_id = a.id and t.amount_cents = new.amount_cents)
       and (new.claim_id is null or exists (select from claim c where c.id = new.claim_id and c.assignment_id = a.id))) then
    raise exception 'refund of assignment %: it is not what was charged', new.assignment_id
      using errcode = 'check_violation', constraint = 'refund_matches';
  end if;
  return new;
end $$;
create trigger refund_matches before insert on refund for each row execute function check_refund();
create function mark_refunded() returns trigger language plpgsql as $$
begin
  update assignment set refunded_at = new.at where id = new.assignment_id;
  return null;
end $$;
create trigger mark_refunded after insert on refund for each row execute function mark_refunded();

-- Nothing else marks one, and nothing takes the mark away.
create function check_refunded() returns trigger language plpgsql as $$
begin
  if not exists (select from refund r where r.assignment_id = new.id and r.at = new.refunded_at) then
    raise exception 'assignment %: only a refund marks it as refunded', new.id
      using errcode = 'check_violation', constraint = 'refunded_by_refund';
  end if;
  return new;
end $$;
create trigger refunded_by_refund before update of refunded_at on assignment for each row
  when (new.refunded_at is distinct from old.refunded_at) execute function check_refunded();

-- The steps of a claim: decided once, appealed once, and approved only with the money back. A class credit also
-- turns what was rejected.
create function check_claim_step() returns trigger language plpgsql as $$
begin
  if old.status = new.status
    or (old.status = 'pending' and new.status in ('approved', 'rejected', 'withdrawn'))
    or (old.status = 'rejected' and new.status = 'appealed' and old.appealed_at is null)
    or (old.status = 'appealed' and new.status in ('approved', 'rejected'))
    or (old.status = 'rejected' and new.status = 'approved' and new.resolution = 'class_credit') then
    if new.status = 'approved' and not exists (
      select from refund r where r.assignment_id = new.assignment_id and r.claim_id = new.id and r.cause = new.resolution) then
      raise exception 'claim %: approved without its refund', new.id using errcode = 'check_violation', constraint = 'claim_paid';
    end if;
    return new;
  end if;
  raise exception 'claim %: % -> % is not a legal step', old.id, old.status, new.status
    using errcode = 'check_violation', constraint = 'claim_step';
end $$;
create trigger claim_step before update of status, resolution on claim for each row execute function check_claim_step();

-- It begins unanswered, as the report of its own sale.
create function check_claim_begins() returns trigger language plpgsql as $$
begin
  if new.status not in ('pending', 'withdrawn') then
    raise exception 'claim %: it can not begin as %', new.id, new.status using errcode = 'check_violation', constraint = 'claim_step';
  end if;
  if not exists (select from assignment a where a.id = new.assignment_id and (a.lead_id, a.provider_id) = (new.lead_id, new.provider_id)) then
    raise exception 'claim %: it names another lead or company than its sale', new.id
      using errcode = 'check_violation', constraint = 'claim_of_its_sale';
  end if;
  return new;
end $$;
create trigger claim_begins before insert on claim for each row execute function check_claim_begins();
