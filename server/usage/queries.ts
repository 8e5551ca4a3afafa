// Statements of the usage room: so far the upkeep of the tables that grow with use.
import { statement } from '../../core/statement.ts';

export const ensurePartitions = statement({
  name: 'usage_ensure_partitions',
  text: 'select loam.ensure_partitions()',
  columns: { ensure_partitions: 'void' },
});

export const removeOldCounts = statement({
  name: 'usage_remove_old_counts',
  text: `
    delete from rate_limits
    where expires_at < now() - interval '1 hour'`,
});

export const checkAlerts = statement({
  name: 'usage_check_alerts',
  text: 'select alert, state, detail from loam.check_alerts()',
  columns: { alert: 'text', state: 'text', detail: 'text' },
});

export const summarizeUsage = statement({
  name: 'usage_summarize',
  text: 'select from loam.summarize_usage()',
});

/** Takes months that ended this many months ago out of every growing table. */
export const detachPartitions = statement({
  name: 'usage_detach_partitions',
  text: `
    select p.name
    from pg_class as c
    cross join lateral loam.detach_partitions(c.oid::regclass, make_interval(months => $1)) as p (name)
    where c.relkind = 'p' and c.relnamespace = 'public'::regnamespace`,
  params: { months: 'int4' },
  columns: { name: 'text' },
});

export const archiveMessages = statement({
  name: 'usage_archive_messages',
  text: 'select archive_old_messages(make_interval(days => $1), 50) as moved',
  params: { days: 'int4' },
  columns: { moved: 'int8' },
});
