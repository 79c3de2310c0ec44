-- The engine, second part: who may have a lead.

create type used as (leads bigint, spent_cents bigint);

-- The rules of eligibility, each defined here and nowhere else (SPEC 4.3-4.8, 5.2). Innermost: what a rule looks
-- at. Around it: one boolean per rule, true when the rule refuses. Outermost: the first rule that refuses, cheap
-- ones first. The planner folds all of it into the caller's statement, so the engine, which asks for `refusal`
-- alone, looks at nothing behind the first refusal; `explain` asks for every verdict and what it was based on.
-- `taken` are the providers who have the lead, `market_time` is the clock of the lead's market.
create function eligibility(facts jsonb, place geometry, market_time timestamp, taken uuid[])
returns table (subscription_id uuid, provider_id uuid, level_id uuid, status text, last_received_at timestamptz,
               refusal text, refuses jsonb, seen jsonb)
language sql stable as $$
  select r.id, r.provider_id, r.level_id, r.status, r.last_received_at,
    case
      when r.subscription_inactive then 'subscription_inactive'
      when r.already_has_lead then 'already_has_lead'
      when r.filter_invalid then 'filter_invalid'
      when r.filter then 'filter'
      when r.delivery_hours then 'delivery_hours'
      when r.cap_leads_day then 'cap_leads_day'
      when r.cap_leads_week then 'cap_leads_week'
      when r.cap_leads_month then 'cap_leads_month'
      when r.cap_spend_day then 'cap_spend_day'
      when r.cap_spend_week then 'cap_spend_week'
      when r.cap_spend_month then 'cap_spend_month'
      when r.provider_inactive then 'provider_inactive'
      when r.service_area then 'service_area'
      when r.wallet_frozen then 'wallet_frozen'
      when r.insufficient_balance then 'insufficient_balance'
    end,
    jsonb_build_object(
      'subscription_inactive', r.subscription_inactive, 'already_has_lead', r.already_has_lead,
      'filter_invalid', r.filter_invalid, 'filter', r.filter, 'delivery_hours', r.delivery_hours,
      'cap_leads_day', r.cap_leads_day, 'cap_leads_week', r.cap_leads_week, 'cap_leads_month', r.cap_leads_month,
      'cap_spend_day', r.cap_spend_day, 'cap_spend_week', r.cap_spend_week, 'cap_spend_month', r.cap_spend_month,
      'provider_inactive', r.provider_inactive, 'service_area', r.service_area,
      'wallet_frozen', r.wallet_frozen, 'insufficient_balance', r.insufficient_balance),
    jsonb_build_object(
      'status', r.status, 'inactive_reason', r.inactive_reason, 'filter_rules', r.filter_rules, 'market_time', market_time,
      'delivery_hours', r.hours, 'day', to_jsonb(r.day), 'week', to_jsonb(r.week), 'month', to_jsonb(r.month),
      'cap_leads_day', r.limit_leads_day, 'cap_leads_week', r.limit_leads_week, 'cap_leads_month', r.limit_leads_month,
      'cap_spend_day', r.limit_spend_day, 'cap_spend_week', r.limit_spend_week, 'cap_spend_month', r.limit_spend_month,
      'provider_status', r.provider_status, 'has_area', r.in_area is not null, 'frozen_at', (r.wallet).frozen_at,
      'balance_cents', (r.wallet).balance_cents, 'price_cents', r.price_cents)
  from (
    select s.*,
      s.status <> 'active' as subscription_inactive,
      s.provider_id = any (taken) as already_has_lead,
      not s.filter_valid as filter_invalid,
      s.compiled is not null and (facts @@ s.compiled) is not true as filter,
      s.hours is not null and not within_delivery_hours(s.hours, market_time) as delivery_hours,
      s.limit_leads_day is not null and coalesce((s.day).leads, 0) >= s.limit_leads_day as cap_leads_day,
      s.limit_leads_week is not null and coalesce((s.week).leads, 0) >= s.limit_leads_week as cap_leads_week,
      s.limit_leads_month is not null and coalesce((s.month).leads, 0) >= s.limit_leads_month as cap_leads_month,
      s.limit_spend_day is not null and coalesce((s.day).spent_cents, 0) + s.price_cents > s.limit_spend_day as cap_spend_day,
      s.limit_spend_week is not null and coalesce((s.week).spent_cents, 0) + s.price_cents > s.limit_spend_week as cap_spend_week,
      s.limit_spend_month is not null and coalesce((s.month).spent_cents, 0) + s.price_cents > s.limit_spend_month as cap_spend_month,
      s.provider_status <> 'active' as provider_inactive,
      not coalesce(s.in_area, true) as service_area,
      s.price_cents > 0 and (s.wallet).frozen_at is not null as wallet_frozen,
      coalesce((s.wallet).balance_cents, 0) < s.price_cents as insufficient_balance
    from (
      -- Joined and not looked up in the list of columns: each mention of a look-up would be one more to set up.
      select c.id, c.provider_id, c.level_id, c.status, c.last_received_at, c.inactive_reason, c.filter_valid, c.filter_rules,
        c.filter_compiled as compiled, c.delivery_hours as hours,
        c.cap_leads_day as limit_leads_day, c.cap_leads_week as limit_leads_week, c.cap_leads_month as limit_leads_month,
        c.cap_spend_day_cents as limit_spend_day, c.cap_spend_week_cents as limit_spend_week, c.cap_spend_month_cents as limit_spend_month,
        u.day, u.week, u.month, w as wallet, l.price_cents,
        (select p.status from provider p where p.id = c.provider_id) as provider_status,
        -- null: no area, everywhere; an erased place lies in none
        (select coalesce(a.shape && place and ST_Covers(a.shape, place), false)
           from provider_area a where a.provider_id = c.provider_id) as in_area
      from subscription c
      join competition_level l on l.id = c.level_id
      left join wallet w on w.provider_id = c.provider_id
      cross join lateral (
        select row(sum(d.leads) filter (where d.day = market_time::date),
                   sum(d.spent_cents) filter (where d.day = market_time::date))::used as day,
               row(sum(d.leads) filter (where d.day >= date_trunc('week', market_time)),
                   sum(d.spent_cents) filter (where d.day >= date_trunc('week', market_time)))::used as week,
               row(sum(d.leads) filter (where d.day >= date_trunc('month', market_time)),
                   sum(d.spent_cents) filter (where d.day >= date_trunc('month', market_time)))::used as month
          from subscription_usage d
         where d.subscription_id = c.id and d.day <= market_time::date
           and d.day >= least(date_trunc('week', market_time), date_trunc('month', market_time))::date
           and num_nonnulls(c.cap_leads_day, c.cap_leads_week, c.cap_leads_month,
                            c.cap_spend_day_cents, c.cap_spend_week_cents, c.cap_spend_month_cents) > 0) u
    ) s
  ) r
$$;

-- What keeps a whole level from selling a lead now, none: {}. Likewise shared by the engine, which takes the first,
-- and `explain`. `wanted` are the recipients that the level still lacks.
create function level_refusals(active boolean, exclusive boolean, open_slots integer, sold integer, wanted integer)
returns text[] language sql immutable parallel safe as $$
  select array_remove(array[case when not active then 'level_inactive' end,
                            case when open_slots = 0 then 'no_slot_left' end,
                            case when exclusive and sold > 0 then 'exclusive_level' end,
                            case when wanted <= 0 then 'level_full' end], null)
$$;
