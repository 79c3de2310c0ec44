-- Policies: what the law or the house asks of a lead, as dated rows. A judgement names its date and gets the rules of that
-- date, so what was right when it was done stays right (SPEC 2.5, 2.6, 4.8, 13.6).
create table policy (
  id uuid primary key,
  rule text not null check (rule in ('consent_days', 'consent_phone', 'consent_named', 'list_age_days', 'resale_days', 'dedupe_days',
                                     'call_from', 'call_until', 'retain_days')),
  state text check (state ~ '^[A-Z]{2}$'),  -- null: every state
  niche_id uuid references niche,        -- null: every niche
  value integer check (value >= 0),      -- null: from then on the rule is what it would be without this policy
  effective_from timestamptz not null,
  ground text not null check (length(ground) between 3 and 1000),  -- the law, the contract, the decision
  decided_by uuid not null,
  decided_at timestamptz not null,
  -- Never back-dated, and never sooner than what a process may remember of the old rules.
  constraint policy_not_backdated check (effective_from >= decided_at + interval '1 minute')
);
create index policy_newest on policy (effective_from desc, id desc);
call make_append_only('policy');

-- The same, compiled: which values hold for a niche in a state from when on. A judgement is one look into its key.
-- A place or niche that no policy speaks of has no row.
create table policy_period (
  niche_id uuid not null references niche,
  state text not null,
  from_at timestamptz not null,
  consent_days integer,
  consent_phone integer,
  consent_named integer,
  list_age_days integer,
  resale_days integer,
  dedupe_days integer,
  call_from integer,
  call_until integer,
  retain_days integer,
  policy_ids uuid[] not null,            -- the rows that these values come from
  primary key (niche_id, state, from_at)
);

-- The policy that decides a rule at a moment: of those begun, the nearest to the case (state and niche, niche, state, all),
-- of these the one that began last, of these the newest.
create function policy_deciding(of_rule text, of_niche uuid, of_state text, moment timestamptz) returns policy language sql stable as $$
  select p from (
    select distinct on (p.niche_id is null, p.state is null) p, p.niche_id is null as any_niche, p.state is null as any_state
      from policy p
     where p.rule = of_rule and coalesce(p.niche_id = of_niche, true) and coalesce(p.state = of_state, true) and p.effective_from <= moment
     order by p.niche_id is null, p.state is null, p.effective_from desc, p.id desc) found
   where (found.p).value is not null
   order by any_niche, any_state limit 1
$$;

create function policy_compile() returns trigger language plpgsql as $$
begin
  if not exists (select from policy) then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtext('hotleads.policies'));
  delete from policy_period;
  insert into policy_period
  select n.id, s.state, t.from_at,
         (r.decided -> 'consent_days')::integer, (r.decided -> 'consent_phone')::integer, (r.decided -> 'consent_named')::integer,
         (r.decided -> 'list_age_days')::integer,
         (r.decided -> 'resale_days')::integer, (r.decided -> 'dedupe_days')::integer, (r.decided -> 'call_from')::integer,
         (r.decided -> 'call_until')::integer, (r.decided -> 'retain_days')::integer, coalesce(r.ids, '{}')
    from niche n
   cross join (select state from market union select state from market_zip union select state from policy where state is not null) s
   cross join lateral (
     select distinct p.effective_from as from_at from policy p
      where coalesce(p.niche_id = n.id, true) and coalesce(p.state = s.state, true)) t
   cross join lateral (
     select jsonb_object_agg(rules.rule, d.value) as decided, array_agg(d.id order by d.id) as ids
       from (select distinct rule from policy) rules
      cross join lateral policy_deciding(rules.rule, n.id, s.state, t.from_at) d
      where d.id is not null) r;
  return null;
end $$;
create trigger policy_compiled after insert on policy for each statement execute function policy_compile();
-- A rule for all niches and states is one for those to come.
create trigger policy_compiled after insert on niche for each statement execute function policy_compile();
create trigger policy_compiled after insert on market for each statement execute function policy_compile();
create trigger policy_compiled after insert on market_zip for each statement execute function policy_compile();

create function policy_at(of_niche uuid, of_state text, moment timestamptz) returns policy_period language sql stable parallel safe as $$
  select p from policy_period p where p.niche_id = of_niche and p.state = of_state and p.from_at <= moment order by p.from_at desc limit 1
$$;
create function policy_of_lead(of_lead uuid, moment timestamptz) returns policy_period language sql stable parallel safe as $$
  select p from lead l join market m on m.id = l.market_id left join market_zip z on z.zip = l.zip
    join policy_period p on p.niche_id = l.niche_id and p.state = coalesce(z.state, m.state) and p.from_at <= moment
   where l.id = of_lead order by p.from_at desc limit 1
$$;

-- Where a consent holds for the companies alone that it names: which these are; null where it holds for any. Called with copies
-- or the past first in the search path too, which know no names, hence `public`.
create function consent_named_only(of_lead uuid, moment timestamptz) returns uuid[] language plpgsql stable as $$
begin
  if not exists (select from policy p where p.rule = 'consent_named') or (policy_of_lead(of_lead, moment)).consent_named is distinct from 1 then
    return null;
  end if;
  return array(
    select p.id from public.provider p
     where lower(p.company_name) in (
       select lower(btrim(seller)) from (
         select e.sellers from public.consent_event e where e.lead_id = of_lead and e.event = 'given' and e.at <= moment order by e.id desc limit 1) given,
         unnest(given.sellers) seller));
end $$;

-- What a judgement stood on, as it is kept in the passport: the values of the policies, and the dates of the lists looked at.
create function policy_verdict(of_lead uuid, moment timestamptz) returns jsonb language sql stable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'judged_at', to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'rules', nullif(to_jsonb(p) - 'niche_id' - 'state' - 'from_at', 'null'),
    'lists', (select jsonb_object_agg(d.name, d.list_date) from do_not_contact_list d where d.uploaded_at <= moment)))
  from (select 1) one left join lateral policy_of_lead(of_lead, moment) p on p.niche_id is not null
$$;

-- The trail can't be erased, so nobody gets into it by a memo: names, addresses and numbers of the person that an entry is
-- about are taken out as it is written (SPEC 1.9). Entries without a memo, which are nearly all, don't come here.
create function without_person(said text, of_lead uuid) returns text language plpgsql stable as $$
declare who text;
begin
  said := regexp_replace(said, '[[:alnum:]._+-]+@[[:alnum:]-]+(\.[[:alnum:]-]+)+', '[e-mail]', 'g');
  said := regexp_replace(said, '(\+?1[ .-]?)?\(?\y\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}\y', '[phone]', 'g');
  select string_agg(regexp_replace(word, '([^[:alnum:][:space:]])', '\\\1', 'g'), '|' order by length(word) desc) into who
    from lead l join contact c on c.id = l.contact_id,
         unnest(regexp_split_to_array(concat_ws(' ', c.full_name, c.street, c.unit), '\s+')) word
   where l.id = of_lead and length(word) > 2;
  return case when who is null then said else regexp_replace(said, '\y(' || who || ')\y', '[person]', 'gi') end;
end $$;
create function keep_person_out() returns trigger language plpgsql as $$
begin
  new.memo := without_person(new.memo, case new.entity_type
    when 'lead' then new.entity_id
    when 'assignment' then (select a.lead_id from assignment a where a.id = new.entity_id)
    when 'claim' then (select c.lead_id from claim c where c.id = new.entity_id) end);
  return new;
end $$;
create trigger keep_person_out before insert on audit_entry for each row
  when (new.memo is not null and new.entity_type in ('lead', 'assignment', 'claim')) execute function keep_person_out();
