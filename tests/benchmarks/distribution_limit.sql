-- One assignment's minimal SQL: no rules, no trail, no mail, no triggers; slot, money, sale and place in the queue.
\set provider random(1, 1000)
begin;
update limit_wallet set balance = balance - 1667 where id = :provider and balance >= 1667;
insert into limit_transfer (debit, credit, amount, at) values (:provider, 0, 1667, now());
insert into limit_assignment (lead, provider, at) values (:client_id, :provider, now());
update limit_subscription set last_received_at = now() where id = :provider;
commit;
