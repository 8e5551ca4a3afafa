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
