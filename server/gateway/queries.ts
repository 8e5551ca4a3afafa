// Every SQL statement of the gateway: prices in, usage out.
import { type Row, statement } from '../../core/statement.ts';

/** Of the installation, valid now; the newest start wins where two overlap. */
export const listPrices = statement({
  name: 'gateway_list_prices',
  text: `
    select distinct on (provider, model)
      provider,
      model,
      input_price_per_million,
      output_price_per_million,
      cached_input_price_per_million,
      cache_write_price_per_million,
      price_per_call
    from model_pricing
    where organization_id is null
      and valid_from <= now()
      and (valid_to is null or valid_to > now())
    order by provider, model, valid_from desc`,
  columns: {
    provider: 'text',
    model: 'text',
    input_price_per_million: 'numeric',
    output_price_per_million: 'numeric',
    cached_input_price_per_million: 'numeric?',
    cache_write_price_per_million: 'numeric?',
    price_per_call: 'numeric?',
  },
});
export type PriceRow = Row<typeof listPrices>;

/** What a row leaves out has its column's usual value: most of a batch's cost is its length. */
const calls = `
    calls as (
      select
        id, to_timestamp(created_at) as created_at, user_id, api_key_id, conversation_id, message_id, prompt_version_id,
        request_id, action, provider, model, model_version, input_tokens, output_tokens,
        coalesce(cached_tokens, 0) as cached_tokens, coalesce(cache_write_tokens, 0) as cache_write_tokens,
        coalesce(reasoning_tokens, 0) as reasoning_tokens, cost_usd, coalesce(estimated, false) as estimated,
        coalesce(stream, false) as stream, latency_ms, time_to_first_token_ms, status, error_code, error_message,
        coalesce(metadata, '{}') as metadata
      from jsonb_to_recordset($1) as call (
        id uuid, created_at double precision, user_id uuid, api_key_id uuid, conversation_id uuid, message_id uuid,
        prompt_version_id uuid, request_id text, action text, provider text, model text, model_version text,
        input_tokens bigint, output_tokens bigint, cached_tokens bigint, cache_write_tokens bigint,
        reasoning_tokens bigint, cost_usd numeric, estimated boolean, stream boolean, latency_ms integer,
        time_to_first_token_ms integer, status text, error_code text, error_message text, metadata jsonb
      )
    )`;

/** Locked in the order of their ids: two processes never deadlock. Read before the totals change, or the lock finds nothing. */
const accounts = `
    accounts as materialized (
      select id
      from user_profiles
      where id in (select user_id from calls)
      order by id
      for no key update
    )`;

const intoUsageLogs = `
      insert into usage_logs (
        id, created_at, user_id, api_key_id, conversation_id, message_id, prompt_version_id, request_id, action, provider,
        model, model_version, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
        estimated, stream, latency_ms, time_to_first_token_ms, status, error_code, error_message, metadata
      )
      select
        calls.id, created_at, accounts.id, api_key_id, conversation_id, message_id, prompt_version_id, request_id, action,
        provider, model, model_version, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens,
        cost_usd, estimated, stream, latency_ms, time_to_first_token_ms, status, error_code, error_message, metadata
      from calls
      left join accounts on accounts.id = calls.user_id`;

const toTotals = `
    update user_profiles
    set
      total_tokens_used = total_tokens_used + sums.tokens,
      total_cost_usd = total_cost_usd + sums.cost
    from sums
    where user_profiles.id = sums.user_id`;

/** Writes calls and adds them to their users' totals. */
export const logUsage = statement({
  name: 'gateway_log_usage',
  text: `
    with ${calls},
    ${accounts},
    logged as (
      ${intoUsageLogs}
    ),
    sums as (
      select accounts.id as user_id, sum(input_tokens + output_tokens)::bigint as tokens, coalesce(sum(cost_usd), 0) as cost
      from calls
      join accounts on accounts.id = calls.user_id
      group by accounts.id
    )
    ${toTotals}`,
  params: { calls: 'jsonb' },
});

/** The same for a batch whose fate is unknown: what is there already is left out and not counted again. */
export const logUsageAgain = statement({
  name: 'gateway_log_usage_again',
  text: `
    with ${calls},
    ${accounts},
    logged as (
      ${intoUsageLogs}
      on conflict do nothing
      returning user_id, input_tokens, output_tokens, cost_usd
    ),
    sums as (
      select user_id, sum(input_tokens + output_tokens)::bigint as tokens, coalesce(sum(cost_usd), 0) as cost
      from logged
      group by user_id
    )
    ${toTotals}`,
  params: { calls: 'jsonb' },
});
