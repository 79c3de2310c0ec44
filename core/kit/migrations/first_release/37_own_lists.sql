-- Lists of people whom a company must not be sold, brought by the company itself: hashed like our own, dated, and failing
-- closed when they are old (SPEC 2.5). A list that is replaced stays for one more upload, so that runs just over can be explained.
create table own_list (
  id uuid primary key,
  provider_id uuid not null references provider,
  name text not null check (length(name) between 1 and 100),
  list_date date not null,               -- when it was made, as its owner says
  entries integer not null check (entries > 0),
  uploaded_by uuid not null,
  uploaded_at timestamptz not null,
  over_at timestamptz check (over_at >= uploaded_at)  -- replaced or dropped
);
create unique index own_list_current on own_list (provider_id, name) where over_at is null;
create index own_list_over on own_list (provider_id, name, over_at) where over_at is not null;

create table own_list_key (
  key text not null check (key ~ '^(email|phone):[0-9a-f]{64}$'),
  list_id uuid not null references own_list,
  primary key (key, list_id)
);
create index own_list_key_list on own_list_key (list_id);

-- The same for one who has looked whether there is any list at all. By the keys' index, however large the lists are: a list
-- that was just uploaded is not known to the planner yet, which would read all of it.
create function own_lists_holding(of_lead uuid, moment timestamptz) returns uuid[] language plpgsql stable
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare age integer; person text[];
begin
  age := coalesce((policy_of_lead(of_lead, moment)).list_age_days, (select value::text::integer from threshold where key = 'list_age_days'), 31);
  select c.block_keys into person from lead d join contact c on c.id = d.contact_id where d.id = of_lead;
  return coalesce((
    select array_agg(distinct found.provider_id) from (
      select l.provider_id from own_list_key k join own_list l on l.id = k.list_id
       where k.key = any (person) and l.uploaded_at <= moment and coalesce(l.over_at > moment, true)
      union all
      select l.provider_id from own_list l
       where l.uploaded_at <= moment and coalesce(l.over_at > moment, true) and l.list_date < moment::date - age) found), '{}');
end $$;

-- The companies that a lead may not go to at a moment: its person is on a list of theirs, or a list of theirs is too old to say.
create function own_lists_refusing(of_lead uuid, moment timestamptz) returns uuid[] language plpgsql stable as $$
begin
  if not exists (select from own_list) then
    return '{}';
  end if;
  return own_lists_holding(of_lead, moment);
end $$;
