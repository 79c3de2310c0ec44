-- On which terms a company buys: its standing, what its plan gives, and how long it waits for a listing that the plan with
-- the longest head start sees at once (SPEC 1.3, 6.6, 9.4). One row per provider, for whoever shows or sells it a lead.
create view buying_terms as
select p.id as provider_id, p.status, given.key, given.name, given.description, given.fee_cents, given.discount_percent,
       given.hold_minutes, given.cart_size, given.early_access_minutes, given.position, given.active,
       (select max(early_access_minutes) from plan where active) as longest_minutes
  from provider p
  join plan given on given.key = coalesce(
    (select m.plan_key from membership m where m.provider_id = p.id and m.ended_at is null), (select f.key from plan f where f.position = 1));
