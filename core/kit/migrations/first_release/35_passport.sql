-- The passport of each lead: what happened to it from source and consent to each sale and revocation, as a chain of its own
-- that whoever holds a copy can check without us (docs/passport.md). It is made from what has been sealed, behind the
-- writers' backs: intake and engine write nothing for it.
create table passport_entry (
  id uuid primary key,
  lead_id uuid not null references lead,
  n integer not null check (n >= 1),     -- its place in its lead's chain
  at timestamptz not null,               -- when it happened
  kind text not null,
  facts jsonb not null check (jsonb_typeof(facts) = 'object'),  -- ids, figures and versions; nobody's contact data
  salt uuid not null,                    -- so that an entry that is withheld can't be guessed from its digest
  evidence_table text not null,          -- the sealed row that it stands on, and the hash it was sealed with
  evidence_id uuid not null,
  evidence_hash bytea not null check (length(evidence_hash) = 32),
  digest bytea not null check (length(digest) = 32),            -- of this entry and the digest of the one before
  recorded_xid xid8 not null default pg_current_xact_id(),
  unique (lead_id, n),
  unique (evidence_id, evidence_table)   -- nothing is told twice
);
create index passport_entry_unsealed on passport_entry (recorded_xid, id);
call make_append_only('passport_entry');

-- How far the seals have been read.
create table passport_progress (
  one boolean primary key default true check (one),
  seal_id bigint not null
);
insert into passport_progress (seal_id) values (0);

-- What is hashed of an entry, line by line, as UTF-8; docs/passport.md tells it to others.
create function passport_body(salt uuid, lead_id uuid, n integer, at timestamptz, kind text, evidence_table text, evidence_hash bytea, facts jsonb)
returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(concat_ws(E'\n', salt, lead_id, n, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), kind,
                                     evidence_table, encode(evidence_hash, 'hex'), facts::text), 'UTF8'))
$$;
create function passport_link(before bytea, first bytea, body bytea) returns bytea language sql immutable parallel safe as $$
  select sha256(convert_to(encode(coalesce(before, first), 'hex') || E'\n' || encode(body, 'hex'), 'UTF8'))
$$;
-- As a window function: the digests of one lead's next entries, each from the one before; `first` goes before the first.
create aggregate passport_chain(first bytea, body bytea) (sfunc = passport_link, stype = bytea);

-- What the trail tells of a lead's life; what only concerns our own work (scores, readings, holds) is left out.
create function passport_kinds() returns text[] language sql immutable parallel safe as $$
  select array['lead.submitted', 'lead.confirmed', 'lead.approved', 'lead.rejected', 'lead.expired', 'lead.merged', 'lead.split',
               'lead.changed', 'lead.quarantined', 'lead.released', 'lead.withdrawn', 'lead.erased', 'lead.assigned',
               'lead.bought', 'assignment.refunded', 'lead.told_holders']
$$;

-- What an entry says beside its kind. Words that people typed (memos, notes) are not among it.
create function passport_facts(e audit_entry, of_lead uuid) returns jsonb language plpgsql stable as $$
begin
  return jsonb_strip_nulls(case
    when e.action in ('lead.assigned', 'lead.bought') then (
      select jsonb_build_object('assignment_id', a.id, 'provider_id', a.provider_id, 'company', p.company_name, 'channel', a.channel,
                                'price_cents', a.price_cents, 'transfer_id', a.transfer_id, 'level_id', a.level_id,
                                'judged', policy_verdict(of_lead, e.at))
        from assignment a join provider p on p.id = a.provider_id where a.id = e.entity_id)
    when e.action = 'assignment.refunded' then (
      select jsonb_build_object('assignment_id', r.assignment_id, 'amount_cents', r.amount_cents, 'cause', r.cause, 'transfer_id', r.transfer_id)
        from refund r where r.assignment_id = e.entity_id)
    when e.action = 'lead.submitted' then coalesce(e.after, '{}') || (
      select jsonb_build_object('market', m.slug, 'partner_id', l.partner_id, 'judged', policy_verdict(l.id, e.at), 'permission', (
               select jsonb_build_object('source', s.slug, 'permission_id', q.id, 'may_sell', q.may_sell, 'licence', q.licence)
                 from source_record r join source s on s.id = r.source_id
                 left join lateral live_permission(r.source_id, e.at) q on true
                where r.lead_id = l.id and r.founder))
        from lead l join market m on m.id = l.market_id where l.id = of_lead)
    else coalesce(e.after, '{}') end);
end $$;

-- Carries the passports on with the rows of the next seals, some thousands at a time; returns how many entries were added.
-- One process at a time; the rows of one round come in the order of their time.
create function passport_extend(most_rows integer) returns integer language plpgsql as $$
declare seals bigint[]; added integer;
begin
  perform 1 from passport_progress for update;
  select array_agg(found.id) into seals from (
    select s.id, sum(cardinality(s.row_ids)) over (order by s.id) - cardinality(s.row_ids) as before
      from seal s where s.id > (select seal_id from passport_progress) order by s.id limit 100) found
   where found.before < most_rows;
  if seals is null then
    return 0;
  end if;
  with sealed as materialized (
    select s.table_name, s.id as seal_id, r.id, r.hash
      from seal s, unnest(s.row_ids, s.row_hashes) r (id, hash) where s.id = any (seals) and s.table_name in ('audit_entry', 'consent_event')
  ), told as materialized (
    select x.table_name, x.hash, e.id as evidence_id, e.at, e.action as kind, 2 as place,
           case when e.entity_type = 'lead' then e.entity_id else (e.after ->> 'lead_id')::uuid end as lead_id, e as entry, null::jsonb as facts
      from sealed x join audit_entry e on e.id = x.id
     where x.table_name = 'audit_entry' and e.action = any (passport_kinds()) and e.entity_type in ('lead', 'assignment')
    union all
    select x.table_name, x.hash, c.id, c.at, 'consent.' || c.event, 1, c.lead_id, null,
           jsonb_strip_nulls(jsonb_build_object(
             'wording_version', c.wording_version, 'wording_sha256', encode(sha256(convert_to(c.wording, 'UTF8')), 'hex'),
             'sellers', to_jsonb(c.sellers), 'channels', to_jsonb(c.channels), 'certificate_url', c.certificate_url))
      from sealed x join consent_event c on c.id = x.id where x.table_name = 'consent_event'
  ), numbered as (
    select t.*, coalesce(last.n, 0) + row_number() over w as n, coalesce(last.digest, decode(repeat('00', 32), 'hex')) as previous,
           gen_random_uuid() as salt, coalesce(t.facts, passport_facts(t.entry, t.lead_id)) as said
      from told t
      left join lateral (select p.n, p.digest from passport_entry p where p.lead_id = t.lead_id order by p.n desc limit 1) last on true
     where exists (select from lead l where l.id = t.lead_id)
       and not exists (select from passport_entry p where p.evidence_id = t.evidence_id and p.evidence_table = t.table_name)
    window w as (partition by t.lead_id order by t.at, t.kind <> 'lead.submitted', t.place, t.evidence_id)
  ), hashed as (
    select q.*, passport_body(q.salt, q.lead_id, q.n::integer, q.at, q.kind, q.table_name, q.hash, q.said) as body from numbered q
  )
  insert into passport_entry (id, lead_id, n, at, kind, facts, salt, evidence_table, evidence_id, evidence_hash, digest)
  select uuid7(), h.lead_id, h.n, h.at, h.kind, h.said, h.salt, h.table_name, h.evidence_id, h.hash,
         passport_chain(h.previous, h.body) over (partition by h.lead_id order by h.n)
    from hashed h;
  get diagnostics added = row_count;
  update passport_progress set seal_id = seals[cardinality(seals)];
  return added;
end $$;

-- Entries that do not follow from the one before, oldest first: altered, cut out or slipped in.
create function passport_faults(at_most integer) returns table (lead_id uuid, n integer, entry_id uuid) language sql stable as $$
  select q.lead_id, q.n, q.id from (
    select p.*, lag(p.n, 1, 0) over chain as n_before, lag(p.digest, 1, decode(repeat('00', 32), 'hex')) over chain as digest_before
      from passport_entry p window chain as (partition by p.lead_id order by p.n)) q
   where q.n <> q.n_before + 1
      or q.digest <> passport_link(null, q.digest_before, passport_body(q.salt, q.lead_id, q.n, q.at, q.kind, q.evidence_table, q.evidence_hash, q.facts))
   order by q.lead_id, q.n limit at_most
$$;
