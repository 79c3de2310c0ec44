-- People, sessions, second factor (SPEC 1).
create table user_account (
  id uuid primary key,
  email text not null,
  email_key text not null unique,        -- lower case, normalised
  password_hash text,
  full_name text not null default '',
  role text not null check (role in ('admin', 'analyst', 'scientist', 'provider', 'system')),
  status text not null default 'pending' check (status in ('pending', 'active', 'suspended', 'deactivated')),
  provider_id uuid references provider,
  owner boolean not null default false,
  email_verified_at timestamptz,
  terms_accepted_at timestamptz,
  totp_secret bytea,                     -- sealed with the application's key
  totp_confirmed_at timestamptz,
  totp_last_step bigint,                 -- a used code can't be replayed
  demo boolean not null default false,   -- its codes may be shown on the demo's own page (SPEC 1.5)
  last_sign_in_at timestamptz,
  removed_at timestamptz,                -- taken out of its company by an owner, who may invite the person again
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check ((role = 'provider') = (provider_id is not null)),
  check (owner <= (role = 'provider')),
  check (role <> 'system' or password_hash is null),
  check ((totp_secret is null) = (totp_confirmed_at is null)),
  check (removed_at is null or (provider_id is not null and status = 'deactivated' and not owner))
);
create index user_account_provider on user_account (provider_id) where provider_id is not null;
create index user_account_staff on user_account (role, status) where role <> 'provider';
create index user_account_search on user_account using gin ((email_key || ' ' || full_name) gin_trgm_ops);

create table user_session (
  id uuid primary key,
  user_id uuid not null references user_account,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_seen_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  ip inet,
  user_agent text,
  pending_totp bytea                     -- sealed secret of an enrolment under way, seen by this session only
);
create index user_session_live on user_session (user_id) where revoked_at is null;

create table account_token (
  id uuid primary key,
  user_id uuid not null references user_account,
  purpose text not null check (purpose in ('verify_email', 'reset_password', 'invitation', 'second_factor')),
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,                   -- used, or replaced by a newer one
  tries smallint not null default 0 check (tries between 0 and 5)
);
create index account_token_user on account_token (user_id, purpose);

create table recovery_code (
  user_id uuid not null references user_account,
  code_hash bytea not null,              -- keyed hash: ten characters alone could be guessed offline
  used_at timestamptz,
  primary key (user_id, code_hash)
);

-- When people used the pages: a visit ends with a pause of half an hour (SPEC 12.2).
create table user_visit (
  id uuid primary key,
  user_id uuid not null references user_account,
  started_at timestamptz not null,
  last_seen_at timestamptz not null check (last_seen_at >= started_at)
);
create index user_visit_of_user on user_visit (user_id, id desc);
create index user_visit_started on user_visit (started_at);
