-- Stored scores with their version and reasons (SPEC 10.2-10.4).
create table score (
  id uuid primary key,
  lead_id uuid not null references lead,
  kind text not null check (kind in ('fraud', 'quality')),
  value numeric(6, 3) not null,
  reasons jsonb not null check (jsonb_typeof(reasons) = 'array'),  -- [{"code", "text", "weight"}]
  version text not null,
  computed_at timestamptz not null
);
create index score_lead on score (lead_id, kind, id desc);
