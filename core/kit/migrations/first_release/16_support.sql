-- What companies ask the house, and its answers (SPEC 7.8).
create table support_request (
  id uuid primary key,
  provider_id uuid not null references provider,
  asked_by uuid not null references user_account,
  status text not null default 'open' check (status in ('open', 'answered')),
  correlation_id text not null check (correlation_id ~ '^[A-Za-z0-9._-]{6,64}$'),  -- of the call or job it is about
  page text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index support_request_provider on support_request (provider_id, id desc);
create index support_request_open on support_request (id) where status = 'open';
create index support_request_correlation on support_request (correlation_id);

-- Subject and words are encrypted: people paste consumers' data into them.
create table support_message (
  id uuid primary key,
  request_id uuid not null references support_request,
  author_id uuid not null references user_account,
  from_house boolean not null,
  sealed bytea not null,
  at timestamptz not null
);
create index support_message_request on support_message (request_id, id);
