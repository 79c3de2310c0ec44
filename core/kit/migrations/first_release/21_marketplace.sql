-- Prices of listings as they moved, each with the lines that made it (SPEC 10.1).
create table price_history (
  lead_id uuid not null references lead,
  at timestamptz not null,
  price_cents bigint not null check (price_cents > 0),
  receipt jsonb not null,
  primary key (lead_id, at)
);
call make_append_only('price_history');
