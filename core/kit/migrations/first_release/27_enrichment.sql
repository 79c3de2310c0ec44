-- What requests are about, read by a language model or by written rules (SPEC 8.5).

-- Answers of the service by what was asked. Of the question only a keyed hash is kept, and it held no personal data.
create table enrichment_answer (
  key text primary key check (key ~ '^[0-9a-f]{64}$'),  -- of model, version of the prompt, and the redacted text
  model text not null,
  prompt_version text not null,
  answer jsonb not null check (jsonb_typeof(answer) = 'object'),
  created_at timestamptz not null
);
create index enrichment_answer_age on enrichment_answer (created_at);

-- What was spent by day (UTC), in millionths of a cent. The most a question can cost is taken before it is put and what
-- is left is given back: workers who ask at the same time can't overspend together, one who dies leaves the most.
create table enrichment_day (
  day date primary key,
  spent_microcents bigint not null check (spent_microcents >= 0)
);

-- One enrichment of one lead; the newest is in force. Both answers are kept, so that model and rules can be compared.
create table enrichment (
  id uuid primary key,
  lead_id uuid not null references lead,
  made_by text not null check (made_by in ('model', 'rules')),
  why_rules text check (why_rules in ('not_set_up', 'not_permitted', 'paused', 'over_budget',
                                      'slow', 'unreachable', 'busy', 'refused', 'nonsense', 'too_long')),
  model text,
  prompt_version text,
  rules_version text not null,
  answer_key text,                       -- which cached answer is about this lead
  model_answer jsonb,                    -- both null once the person is erased
  rules_answer jsonb,
  fact_keys text[] not null default '{}',  -- what it put among the lead's facts
  cached boolean not null default false,
  input_tokens bigint check (input_tokens >= 0),
  output_tokens bigint check (output_tokens >= 0),
  cost_microcents bigint not null default 0 check (cost_microcents >= 0),
  latency_ms bigint check (latency_ms >= 0),
  rules_us bigint not null check (rules_us >= 0),
  at timestamptz not null,
  check ((made_by = 'rules') = (why_rules is not null)),
  check (made_by = 'rules' or model is not null)
);
create index enrichment_lead on enrichment (lead_id, id desc);
create index enrichment_key on enrichment (answer_key) where answer_key is not null;
-- Whether the service answers at all is read from its last answers.
create index enrichment_asked on enrichment (at desc) where latency_ms is not null;

-- Erasing a person erases what was read out of their words, cached answers included; what it cost stays (SPEC 13.6).
create function forget_enrichment() returns trigger language plpgsql as $$
begin
  delete from enrichment_answer a using enrichment e where e.lead_id = new.id and a.key = e.answer_key;
  update enrichment set answer_key = null, model_answer = null, rules_answer = null, fact_keys = '{}' where lead_id = new.id;
  return null;
end $$;
create trigger lead_erased_forget_enrichment after update of status on lead for each row
  when (new.status = 'erased' and old.status <> 'erased') execute function forget_enrichment();
