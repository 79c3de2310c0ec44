-- What the limit writes to: the same rows as the engine's, without what makes them safe.
drop table if exists limit_wallet, limit_transfer, limit_assignment, limit_subscription;
drop sequence if exists limit_lead;
create sequence limit_lead;
create table limit_wallet (id int primary key, balance_cents bigint not null check (balance_cents >= 0)) with (fillfactor = 50);
insert into limit_wallet select n, 1000000000000 from generate_series(1, :providers) n;
create table limit_transfer (id bigserial primary key, provider int not null, amount_cents bigint not null, at timestamptz not null);
create table limit_assignment (lead bigint, provider int, at timestamptz not null, primary key (lead, provider));
create table limit_subscription (id int primary key, last_received_at timestamptz) with (fillfactor = 50);
insert into limit_subscription select n from generate_series(1, :providers) n;
