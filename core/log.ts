// Structured logs, one JSON line each. Secrets are redacted by path; content of messages and documents is never logged.
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const redact = [
  'authorization',
  'password',
  'apikey',
  'api_key',
  'token',
  'access_token',
  'refresh_token',
  'secret',
  '*.authorization',
  '*.password',
  '*.apikey',
  '*.api_key',
  '*.token',
  '*.access_token',
  '*.refresh_token',
  '*.secret',
  // A provider's own words, which may quote what it was asked.
  'err.details.message',
];

/** `level` is one of pino's names or "silent". Writes to standard error unless told: standard output is for people. */
export function createLog(level: string, to: DestinationStream = pino.destination({ dest: 2, sync: true })): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'message', redact }, to);
}
