-- Performance of models as some applications expect it, under the caller's rights.
create or replace view model_metrics
with (security_invoker = true)
as
select
  id,
  provider || '/' || model as model_name,
  created_at as "timestamp",
  latency_ms,
  input_tokens as tokens_input,
  output_tokens as tokens_output,
  status in ('completed', 'stopped', 'abandoned') as success,
  error_message
from usage_logs;

grant select on model_metrics to authenticated;
