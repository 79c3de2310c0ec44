-- What people said of what models said: companies of recommendations and prices, staff of fraud reasons (SPEC 9.5, 10).
-- Models learn from these rows. The latest word of a company (of a person, for staff) on a subject is the one that counts.
create table feedback (
  id uuid primary key,
  lead_id uuid not null references lead,
  given_by uuid not null references user_account,
  provider_id uuid references provider,  -- null for staff
  subject text not null check (subject in ('suits', 'price', 'fraud')),
  verdict text not null,
  shown_cents bigint check (shown_cents > 0),  -- the listing's price that was called wrong
  at timestamptz not null,
  check ((subject, verdict) in (('suits', 'helpful'), ('suits', 'not_for_me'), ('price', 'wrong_price'),
                                ('fraud', 'looks_like_fraud'), ('fraud', 'not_fraud'))),
  check ((subject = 'fraud') = (provider_id is null)),
  check ((subject = 'price') <= (shown_cents is not null))
);
create index feedback_of_lead on feedback (lead_id, subject, id desc);
create index feedback_of_provider on feedback (provider_id, id desc) where provider_id is not null;
call make_append_only('feedback');
