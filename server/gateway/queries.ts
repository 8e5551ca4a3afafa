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

/**
 * Most of a batch's cost is reading it: as json, which costs a third less than jsonb; names are short, and what a row
 * leaves out has its column's usual value. `ledger.ts` writes them.
 */
const calls = `
    calls as (
      select
        i as id, to_timestamp(t) as created_at, u as user_id, k as api_key_id, c as conversation_id, m as message_id,
        v as prompt_version_id, r as request_id, a as action, p as provider, n as model, nv as model_version,
        ti as input_tokens, tg as output_tokens, coalesce(tc, 0) as cached_tokens, coalesce(tw, 0) as cache_write_tokens,
        coalesce(tr, 0) as reasoning_tokens, usd as cost_usd, coalesce(e, false) as estimated,
        coalesce(s, false) as stream, l as latency_ms, f as time_to_first_token_ms, st as status, ec as error_code,
        em as error_message, coalesce(x, '{}') as metadata
      from json_to_recordset($1) as call (
        i uuid, t double precision, u uuid, k uuid, c uuid, m uuid, v uuid, r text, a text, p text, n text, nv text,
        ti bigint, tg bigint, tc bigint, tw bigint, tr bigint, usd numeric, e boolean, s boolean, l integer, f integer,
        st text, ec text, em text, x jsonb
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
