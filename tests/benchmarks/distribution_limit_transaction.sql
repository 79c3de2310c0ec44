-- One assignment's minimal SQL per transaction: no rules, no choice, no trail, no mail, no triggers, no foreign keys;
-- money, sale and place in the queue.
\set provider random(1, :providers)
begin;
update limit_wallet set balance_cents = balance_cents - 1667 where id = :provider;
insert into limit_transfer (provider, amount_cents, at) values (:provider, 1667, now());
insert into limit_assignment (lead, provider, at) values (nextval('limit_lead'), :provider, now());
update limit_subscription set last_received_at = now() where id = :provider;
commit;
