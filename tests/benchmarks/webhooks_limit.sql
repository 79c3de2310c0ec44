\set number random(1, 1000000000000)
begin;
insert into payment_event (id, gateway, event_id, event_type, sealed, received_at)
values (uuid7(), 'stripe', 'evt_' || :number || clock_timestamp(), 'checkout.session.completed', convert_to(repeat('x', 1500), 'UTF8'), now())
on conflict do nothing;
insert into outbox (id, kind, key, payload, priority, run_at, max_attempts, created_at)
values (uuid7(), 'bench.webhook', :number || clock_timestamp()::text, '{"event": "01a20000-0000-7000-8000-000000000000"}', 2, now(), 5, now())
on conflict do nothing;
commit;
