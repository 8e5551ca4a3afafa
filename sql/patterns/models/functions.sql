-- Prices follow each other without overlap, and what held at a moment can be asked.

-- A new price ends the one that had no end: to raise a price, insert the new one.
create or replace function loam.end_earlier_price()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  update public.model_pricing as p
  set valid_to = new.valid_from
  where
    p.provider = new.provider and p.model = new.model and p.organization_id is not distinct from new.organization_id
    and p.valid_to is null and p.valid_from < new.valid_from;
  return new;
end
$$;
create trigger model_pricing_follow before insert on model_pricing for each row execute function loam.end_earlier_price();

-- The installation's price of a model at a moment; no row where none is known.
create or replace function price_at(wanted_provider text, wanted_model text, moment timestamptz default now())
returns setof model_pricing
language sql
stable
set search_path = ''
as $$
  select p.*
  from public.model_pricing as p
  where
    p.organization_id is null and p.provider = wanted_provider and p.model = wanted_model
    and p.valid_from <= moment and (p.valid_to is null or p.valid_to > moment)
  order by p.valid_from desc
  limit 1
$$;

create trigger model_providers_touch before update on model_providers for each row execute function loam.touch_updated_at();
create trigger provider_keys_touch before update on provider_keys for each row execute function loam.touch_updated_at();
create trigger models_touch before update on models for each row execute function loam.touch_updated_at();
create trigger model_pricing_touch before update on model_pricing for each row execute function loam.touch_updated_at();
create trigger model_routes_touch before update on model_routes for each row execute function loam.touch_updated_at();
create trigger experiments_touch before update on experiments for each row execute function loam.touch_updated_at();
create trigger evaluations_touch before update on evaluations for each row execute function loam.touch_updated_at();

revoke execute on function loam.end_earlier_price(), price_at(text, text, timestamptz) from public;
grant execute on function price_at(text, text, timestamptz) to authenticated, loam_ledger;
