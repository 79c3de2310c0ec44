-- E-mail: templates, messages, events, suppression, who wants no more of it (SPEC 11).
create table email_template (
  key text not null,
  version integer not null check (version >= 1),
  subject text not null,
  html text not null,
  body_text text not null,
  variables text[] not null,
  active boolean not null default false,
  chosen_by uuid,                        -- who put this version to use by hand; null: the release did
  retired_at timestamptz,                -- a custom version that nobody shall use again
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (key, version),
  check (not (active and retired_at is not null))
);
create unique index email_template_active on email_template (key) where active;

create table email_message (
  id uuid primary key,                   -- the outbox row's id: one message per job, whatever the retries
  template_key text not null,
  template_version integer not null,
  recipient_type text not null check (recipient_type in ('user', 'lead', 'address')),
  recipient_id uuid,
  address_key text,                      -- keyed hash of the address, for counting its bounces; null once erased
  sealed bytea,                          -- recipient, subject and bodies, encrypted; null once erased
  status text not null check (status in ('queued', 'sent', 'delivered', 'opened', 'bounced', 'complained', 'failed', 'suppressed')),
  about uuid[] not null default '{}',    -- what its links name: found when a person whom it may speak of is erased
  queued_at timestamptz not null,
  sent_at timestamptz,
  foreign key (template_key, template_version) references email_template (key, version)
);
create index email_message_about on email_message using gin (about) where sealed is not null and about <> '{}';
create index email_message_template on email_message (template_key, id desc);
create index email_message_trouble on email_message (status, id desc) where status not in ('sent', 'delivered', 'opened');
create index email_message_recipient on email_message (recipient_type, recipient_id);
create index email_message_address on email_message (address_key, id desc) where address_key is not null;

-- What happened to a mail, as the exchange saw it or as the sending service told it; `at` is when it happened,
-- the id tells when we learned of it.
create table email_event (
  id uuid primary key,
  message_id uuid not null references email_message,
  event text not null check (event in ('queued', 'sent', 'delivered', 'opened', 'deferred', 'bounced', 'complained', 'failed', 'suppressed')),
  bounce text check (bounce in ('hard', 'soft')),
  detail text,
  at timestamptz not null,
  source text not null default 'exchange' check (source in ('exchange', 'ses', 'sendgrid')),
  source_id text,                        -- the service's own id of the event: told twice, written once
  check ((event = 'bounced') = (bounce is not null)),
  check ((source = 'exchange') = (source_id is null))
);
create index email_event_message on email_event (message_id, id);
create unique index email_event_once on email_event (source, source_id) where source_id is not null;

-- How many events a service told us on a day: taken in, told again, of mails that are not ours, unreadable.
create table email_event_tally (
  source text not null,
  day date not null,
  outcome text not null check (outcome in ('taken', 'repeated', 'unknown', 'unreadable')),
  events bigint not null check (events > 0),
  primary key (source, day, outcome)
);

create table email_suppression (
  address_key text primary key,          -- keyed hash of the normalised address, hex
  reason text not null,
  message_id uuid references email_message,  -- the mail that told us
  at timestamptz not null
);
create index email_suppression_newest on email_suppression (at desc, address_key desc);

-- A person who wants no more mail of a kind; a company's own choice stands in notification_preference.
create table email_opt_out (
  user_id uuid not null references user_account,
  template_key text not null,
  at timestamptz not null,
  primary key (user_id, template_key)
);
