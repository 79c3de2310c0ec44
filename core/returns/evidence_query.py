"""The one statement behind ``evidence``: a claim, its sale, its lead, the other buyers, the provider's history."""

from sqlalchemy import text

EVIDENCE = text("""
select c.id, c.assignment_id, c.lead_id, c.provider_id, p.company_name as company, c.reason, c.status, c.resolution,
  c.reported_at, c.due_at, c.escalated_at, c.appealed_at, c.decided_at,
  l.niche_id, n.name as niche, n.claim_auto_credit, l.market_id, m.name as market, m.timezone, z.city, l.zip,
  l.status as lead_status,
  a.price_cents, a.channel, v.name as level, a.assigned_at, a.viewed_at, a.decision, a.decided_at as sale_decided_at,
  a.reject_reason, a.outcome, a.outcome_at, a.rating, a.refunded_at,
  l.confirmed_at, l.location_source, l.accuracy_m, k.address_review,
  case when a.subscription_id is null then null
       when exists (select from filter_change f where f.subscription_id = a.subscription_id and f.at > a.assigned_at) then null
       else s.filter_compiled is null or (l.facts @@ s.filter_compiled) is true end as filter_fits,
  (select ST_Covers(area.shape, l.location) from provider_area area where area.provider_id = a.provider_id) as in_area,
  (select jsonb_agg(jsonb_build_object('event', e.event, 'actor_role', e.actor_role, 'name', u.full_name, 'words', e.words,
                                       'at', e.at) order by e.id)
     from claim_event e left join user_account u on u.id = e.actor_id where e.claim_id = c.id) as events,
  (select jsonb_agg(to_jsonb(newest)) from (
     select distinct on (kind) kind, value::float8, reasons, version, computed_at from score
      where lead_id = l.id order by kind, id desc) newest) as scores,
  (select jsonb_agg(jsonb_build_object('event', e.event, 'wording_version', e.wording_version, 'channels', e.channels,
                                       'at', e.at) order by e.id)
     from consent_event e where e.lead_id = l.id) as consents,
  (select jsonb_agg(jsonb_build_object('status', msg.status, 'template', msg.template_key, 'queued_at', msg.queued_at)
                    order by msg.id)
     from email_message msg where msg.recipient_type = 'lead' and msg.recipient_id = l.id) as consumer_mails,
  (select jsonb_build_object('times', count(*), 'first', min(r.at), 'last', max(r.at)) from audit_entry r
    where r.entity_type = 'lead' and r.entity_id = l.id and r.action = 'contact.read'
      and r.actor_id in (select id from user_account where provider_id = c.provider_id)) as reads,
  (select jsonb_agg(jsonb_build_object('lead_id', o.id, 'status', o.status, 'submitted_at', o.submitted_at) order by o.id)
     from (select o.* from lead o where o.id <> l.id and (o.id = l.duplicate_of or o.duplicate_of in (l.id, l.duplicate_of))
            order by o.id limit 20) o) as linked,
  (select jsonb_agg(jsonb_build_object('assignment_id', o.id, 'lead_id', ol.id, 'niche', onn.name, 'assigned_at', o.assigned_at)
                    order by o.id)
     from contact ok join lead ol on ol.contact_id = ok.id join niche onn on onn.id = ol.niche_id
     join assignment o on o.lead_id = ol.id and o.provider_id = c.provider_id
    where (ok.email_key = k.email_key or ok.phone_key = k.phone_key) and o.id <> a.id and o.assigned_at <= a.assigned_at
      and o.assigned_at > a.assigned_at - interval '90 days') as sold_before,
  (select jsonb_agg(jsonb_build_object('assignment_id', o.id, 'company', op.company_name, 'assigned_at', o.assigned_at,
      'viewed_at', o.viewed_at, 'decision', o.decision, 'outcome', o.outcome, 'rating', o.rating, 'refunded_at', o.refunded_at,
      'claim_id', oc.id, 'claim_reason', oc.reason, 'claim_status', oc.status) order by o.id)
     from assignment o join provider op on op.id = o.provider_id left join claim oc on oc.assignment_id = o.id
    where o.lead_id = c.lead_id and o.id <> c.assignment_id) as others,
  (select jsonb_build_object('reports', count(*), 'approved', count(*) filter (where h.status = 'approved'),
      'rejected', count(*) filter (where h.status = 'rejected'), 'withdrawn', count(*) filter (where h.status = 'withdrawn'),
      'class_credits', count(*) filter (where h.resolution = 'class_credit'),
      'last_30_days', count(*) filter (where h.reported_at > cast(:now as timestamptz) - interval '30 days'))
     from claim h where h.provider_id = c.provider_id and h.id <> c.id) as history,
  (select count(*) from assignment o where o.provider_id = c.provider_id
      and o.assigned_at > cast(:now as timestamptz) - interval '30 days') as delivered_30_days,
  array(select id from user_account where provider_id = c.provider_id order by id) as users
from claim c
join assignment a on a.id = c.assignment_id
join lead l on l.id = c.lead_id
join contact k on k.id = l.contact_id
join provider p on p.id = c.provider_id
join niche n on n.id = l.niche_id
join market m on m.id = l.market_id
left join market_zip z on z.zip = l.zip
left join competition_level v on v.id = a.level_id
left join subscription s on s.id = a.subscription_id
where c.id = :claim
""")

# The mails that told the buyer of the lead, by the ids that their jobs have.
MAILS = text("""
select jsonb_build_object('status', msg.status, 'queued_at', msg.queued_at, 'sent_at', msg.sent_at,
         'events', coalesce((select jsonb_agg(jsonb_build_object('event', e.event, 'at', e.at) order by e.id)
                               from email_event e where e.message_id = msg.id), '[]')) as mail
  from email_message msg where msg.id = any (:ids) order by msg.id
""")
