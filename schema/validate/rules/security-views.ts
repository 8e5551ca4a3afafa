// Views, which read with their owner's rights unless told otherwise.
import type { View } from '../../catalog/model.ts';
import { quoteQualified } from '../../quote.ts';
import type { Evidence, Rule } from '../rule.ts';
import { holders, isExposed, isInvoker, nameOf, said } from './security-access.ts';

const readers = (evidence: Evidence, view: View): readonly string[] =>
  isExposed(evidence, view.schema) ? holders(evidence.catalog, view.grants, 'SELECT') : [];

export const securityViewOwner: Rule = {
  id: 'security-view-not-invoker',
  level: 'error',
  category: 'security',
  title: 'A view of the API that reads with its owner’s rights',
  why: 'A view without security_invoker reads as the one who made it, whom no policy holds back: it shows every row of the tables below to everybody.',
  mend: 'create view … with (security_invoker = true) as …, or alter view … set (security_invoker = true).',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    evidence.catalog.views.flatMap((view) => {
      if (view.kind !== 'view' || isInvoker(view.options)) return [];
      const roles = readers(evidence, view);
      if (roles.length === 0) return [];
      return [
        {
          object: nameOf(view),
          message: `The view ${nameOf(view)} reads with its owner’s rights, and ${said(roles)} may select from it.`,
          hint: `alter view ${quoteQualified(view)} set (security_invoker = true);`,
        },
      ];
    }),
};

export const securityMaterializedView: Rule = {
  id: 'security-materialized-view',
  level: 'warning',
  category: 'security',
  title: 'A materialized view in the API',
  why: 'A materialized view holds a copy and knows no row-level security: everybody who may select sees all of it.',
  mend: 'Move it to a schema that the API does not expose, or revoke select from anon and authenticated, and offer a function that filters.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    evidence.catalog.views.flatMap((view) => {
      const roles = view.kind === 'materialized' ? readers(evidence, view) : [];
      if (roles.length === 0) return [];
      return [
        {
          object: nameOf(view),
          message: `The materialized view ${nameOf(view)} is readable whole by ${said(roles)}.`,
          hint: `revoke select on ${quoteQualified(view)} from ${roles.join(', ')};`,
        },
      ];
    }),
};

export const securityAuthUsersExposed: Rule = {
  id: 'security-auth-users-exposed',
  level: 'error',
  category: 'security',
  title: 'A view of the API shows auth.users',
  why: 'auth.users holds addresses, telephone numbers and password hashes of everybody; a view with its owner’s rights opens it.',
  mend: 'Keep what people may see of each other in a table of your own, filled by a trigger on auth.users.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) => {
    const users = evidence.catalog.tables.find(({ schema, name }) => schema === 'auth' && name === 'users');
    return evidence.catalog.views.flatMap((view) => {
      if (!view.relations.some(({ schema, name }) => schema === 'auth' && name === 'users')) return [];
      const roles = holders(evidence.catalog, view.grants, 'SELECT');
      const held = view.kind === 'view' && isInvoker(view.options) && users?.rls !== false;
      if (roles.length === 0 || held) return [];
      return [
        {
          object: nameOf(view),
          message: `${nameOf(view)} reads auth.users with its owner’s rights, and ${said(roles)} may select from it.`,
        },
      ];
    });
  },
};
