-- The same for a lead's nine recipients in one statement, wallets locked in the order of their ids.
\set first random(1, :providers - 9)
with lead as (select nextval('limit_lead') as id),
locked as (select id from limit_wallet where id between :first and :first + 8 order by id for no key update),
paid as (update limit_wallet w set balance_cents = w.balance_cents - 1667 from locked l where w.id = l.id returning w.id),
moved as (insert into limit_transfer (provider, amount_cents, at) select id, 1667, now() from paid),
sold as (insert into limit_assignment (lead, provider, at) select lead.id, paid.id, now() from lead, paid)
update limit_subscription s set last_received_at = now() from locked l where s.id = l.id;
