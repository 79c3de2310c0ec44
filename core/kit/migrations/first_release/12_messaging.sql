-- E-mail: templates, messages, events, suppression (SPEC 11).
create table email_template (
  key text not null,
  version integer not null check (version >= 1),
  subject text not null,
  html text not null,
  body_text text not null,
  variables text[] not null,
  active boolean not null default false,
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (key, version)
);
create unique index email_template_active on email_template (key) where active;

create table email_message (
  id uuid primary key,                   -- the outbox row's id: one message per job, whatever the retries
  template_key text not null,
  template_version integer not null,
  recipient_type text not null check (recipient_type in ('user', 'lead', 'address')),
  recipient_id uuid,
  sealed bytea,                          -- recipient, subject and bodies, encrypted; null once erased
  status text not null check (status in ('queued', 'sent', 'delivered', 'opened', 'bounced', 'complained', 'failed', 'suppressed')),
  queued_at timestamptz not null,
  sent_at timestamptz,
  foreign key (template_key, template_version) references email_template (key, version)
);
create index email_message_newest on email_message (id desc);
create index email_message_recipient on email_message (recipient_type, recipient_id);

create table email_event (
  id uuid primary key,
  message_id uuid not null references email_message,
  event text not null check (event in ('queued', 'sent', 'delivered', 'opened', 'bounced', 'complained', 'failed', 'suppressed')),
  detail text,
  at timestamptz not null
);
create index email_event_message on email_event (message_id, id);

create table email_suppression (
  address_key text primary key,          -- SHA-256 of the normalised address, hex
  reason text not null,
  at timestamptz not null
);
