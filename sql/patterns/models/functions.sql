create trigger model_providers_touch before update on model_providers for each row execute function loam.touch_updated_at();
create trigger provider_keys_touch before update on provider_keys for each row execute function loam.touch_updated_at();
create trigger models_touch before update on models for each row execute function loam.touch_updated_at();
create trigger model_pricing_touch before update on model_pricing for each row execute function loam.touch_updated_at();
create trigger model_routes_touch before update on model_routes for each row execute function loam.touch_updated_at();
create trigger experiments_touch before update on experiments for each row execute function loam.touch_updated_at();
create trigger evaluations_touch before update on evaluations for each row execute function loam.touch_updated_at();
