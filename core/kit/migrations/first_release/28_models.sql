-- Advice of models: what they were told, what each of them said, and which one is in force (SPEC 10).

-- The signals of a lead as they were when it was scored. Models learn from these rows and no others, so that nothing
-- that happened later can be learned from.
create table decision_facts (
  id uuid primary key,
  lead_id uuid not null references lead,
  signals jsonb not null check (jsonb_typeof(signals) = 'object'),
  at timestamptz not null
);
create index decision_facts_lead on decision_facts (lead_id, id);
call make_append_only('decision_facts');

-- A trained model: its run in MLflow, the hash of its file, what it learned from, how it did on the hold-out.
create table model_version (
  id uuid primary key,
  model text not null check (model in ('fraud', 'quality', 'price', 'recommend')),
  number integer not null check (number > 0),
  run_id text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  snapshot text not null,
  cut_off timestamptz not null,
  figures jsonb not null check (jsonb_typeof(figures) = 'object'),
  created_by uuid not null,
  created_at timestamptz not null,
  constraint model_version_number unique (model, number)
);

-- Which version is asked (champion) and which is only listened to (challenger); the past of both is in the other table.
create table model_role (
  model text not null,
  role text not null check (role in ('champion', 'challenger')),
  version_id uuid not null references model_version,
  since timestamptz not null,
  primary key (model, role)
);
-- Every promotion and every way back: which version followed which, who decided it, and why (SPEC 10.5).
create table model_change (
  id uuid primary key,
  model text not null,
  version_id uuid references model_version,  -- null: the written rule again
  previous_id uuid references model_version,
  comparison jsonb not null,             -- both on the same hold-out, as it was known then
  override text,                         -- why a worse one was promoted all the same
  memo text not null default '',
  changed_by uuid not null,
  at timestamptz not null
);
create index model_change_of_model on model_change (model, id desc);
call make_append_only('model_change');

-- What a version said of a lead. A challenger's word is kept and changes nothing.
create table prediction (
  id uuid primary key,
  lead_id uuid not null references lead,
  version_id uuid not null references model_version,
  role text not null check (role in ('champion', 'challenger')),
  value double precision not null,
  at timestamptz not null
) partition by range (id);
create index prediction_of_version on prediction (version_id, id desc);
create index prediction_lead on prediction (lead_id, id desc);
call make_append_only('prediction');

-- What a price model suggests for a listing: parts that sum to the price, before its bounds are kept.
create table price_estimate (
  lead_id uuid primary key references lead,
  parts jsonb not null check (jsonb_typeof(parts) = 'array'),  -- [{"key", "label", "cents"}]
  version text not null,
  at timestamptz not null
);

-- Meaning of a lead's words and facts as numbers, under the name of what made them (SPEC 9.5).
create table lead_vector (
  lead_id uuid not null references lead,
  model text not null,
  vector bytea not null check (length(vector) % 4 = 0),
  at timestamptz not null,
  primary key (lead_id, model)
);
create function forget_vectors() returns trigger language plpgsql as $$
begin
  delete from lead_vector where lead_id = new.id;
  return null;
end $$;
create trigger forget_vectors after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function forget_vectors();
