// Runs attempts: each as its role with its claims, in a subtransaction that is always undone. Hundreds travel as one
// statement, so that a far server costs no more than a near one.
import type { Session } from '../session.ts';
import { ToolError } from '../session.ts';
import { type Attempt, literal, type Outcome } from './model.ts';

// Variables of PL/pgSQL outlive the subtransaction that is undone: that is how outcomes get out of it.
const tryFunction = `
create or replace function pg_temp.loam_try(who text, claims text, statement text, probe text, answers boolean)
returns jsonb language plpgsql as $try$
declare
  answer text; seen text; touched bigint := 0; state text; said text; detail text; hint text; place text;
begin
  begin
    perform set_config('request.jwt.claims', claims, true);
    perform set_config('role', who, true);
    if current_user <> who then
      raise exception 'the role % was not taken', who;
    end if;
    begin
      if answers then
        execute statement into answer;
      else
        execute statement;
      end if;
      get diagnostics touched = row_count;
      set constraints all immediate;
    exception when others then
      get stacked diagnostics state = returned_sqlstate, said = message_text, detail = pg_exception_detail, hint = pg_exception_hint, place = table_name;
    end;
    perform set_config('role', 'none', true);
    if probe is not null and state is null then
      execute probe into seen;
    end if;
    raise exception using errcode = 'LM000';
  exception when sqlstate 'LM000' then
    null;
  end;
  return jsonb_build_array(state, concat_ws(' ', said, detail, hint), answer, touched, seen, place);
end
$try$`;

/** Makes the function that tries, for this session. */
export async function prepareTrials(session: Session): Promise<void> {
  await session.exec(tryFunction);
}

const perStatement = 250;

export async function runAttempts(session: Session, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < attempts.length; from += perStatement) {
    const batch = attempts.slice(from, from + perStatement);
    const sent = batch.map(({ actor, statement, probe, answers }) => [
      actor.role,
      actor.claims,
      statement,
      probe,
      answers,
    ]);
    const [row] = await session.rows(
      `select jsonb_agg(pg_temp.loam_try(a ->> 0, a ->> 1, a ->> 2, a ->> 3, (a ->> 4)::boolean) order by n)
       from jsonb_array_elements($1::jsonb) with ordinality as e (a, n)`,
      [JSON.stringify(sent)],
    );
    const answered = JSON.parse(row?.[0] ?? '[]') as readonly [
      string | null,
      string,
      string | null,
      number,
      string | null,
      string | null,
    ][]; // checked: built so by loam_try
    batch.forEach((attempt, index) => {
      const answer = answered[index];
      if (answer === undefined) throw new ToolError(`An attempt was not answered: ${attempt.statement}`);
      const [state, message, text, affected, probed, table] = answer;
      outcomes.push({ attempt, state, message, answer: text, affected, probed, table });
    });
  }
  return outcomes;
}

/** The attempt as somebody can repeat it by hand, in a session with every right. */
export const scriptOf = ({ actor, statement }: Attempt): string =>
  [
    'begin;',
    `set local role ${actor.role};`,
    `set local request.jwt.claims = ${literal(actor.claims)};`,
    `${statement};`,
    'rollback;',
  ].join('\n');
