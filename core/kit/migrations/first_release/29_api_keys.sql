-- Keys of programs: a provider's own, or a partner's that sends leads (SPEC 1.1, 1.7).
create table api_key (
  id uuid primary key,
  provider_id uuid references provider,
  partner_id uuid references partner,
  name text not null check (length(name) between 1 and 80),
  scopes text[] not null check (cardinality(scopes) > 0),
  secret_hash bytea not null check (length(secret_hash) = 32),
  ending text not null check (length(ending) = 4),  -- the secret's last characters, to tell keys apart
  created_by uuid not null references user_account,
  created_at timestamptz not null,
  expires_at timestamptz check (expires_at > created_at),
  last_used_at timestamptz,
  last_used_ip inet,
  revoked_at timestamptz,                -- from then on it opens nothing; in the future for a key that was rotated
  replaced_by uuid references api_key,
  check (num_nonnulls(provider_id, partner_id) = 1),
  -- A partner's key can do nothing but send, a provider's nothing for partners.
  check (case when partner_id is not null then scopes <@ array['intake', 'ping', 'payouts']
              else scopes <@ array['leads.read', 'leads.write', 'company.read', 'company.write', 'billing.read', 'billing.write',
                                   'marketplace.read', 'marketplace.buy', 'reports.read', 'reports.write', 'webhooks'] end)
);
create index api_key_provider on api_key (provider_id) where provider_id is not null;
create index api_key_partner on api_key (partner_id) where partner_id is not null;
create index api_key_creator on api_key (created_by);
create index api_key_replaced on api_key (replaced_by) where replaced_by is not null;

-- What a key is and may is settled when it is made; only its use, its renewal and its end are noted.
create function keep_api_key() returns trigger language plpgsql as $$
begin
  if (new.id, new.provider_id, new.partner_id, new.name, new.scopes, new.secret_hash, new.created_by, new.created_at, new.expires_at)
     is distinct from
     (old.id, old.provider_id, old.partner_id, old.name, old.scopes, old.secret_hash, old.created_by, old.created_at, old.expires_at)
     or (old.revoked_at is not null and (new.revoked_at is null or new.revoked_at > old.revoked_at)) then
    raise exception 'api key % can only be used, rotated or revoked', old.id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger api_key_kept before update on api_key for each row execute function keep_api_key();
