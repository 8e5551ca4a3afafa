// Pieces of SQL that the catalog's queries share. $1 is the schemas wanted, or null for all.

export const wanted = (namespace: string): string =>
  `${namespace} !~ '^pg_' and ${namespace} <> 'information_schema' and ($1::text[] is null or ${namespace} = any ($1))`;

export const own = (catalog: string, oid: string): string =>
  `not exists (
    select from pg_depend
    where pg_depend.classid = '${catalog}'::regclass and pg_depend.objid = ${oid} and pg_depend.deptype = 'e'
  )`;

export const comment = (catalog: string, oid: string, part = '0'): string =>
  `(select description from pg_description where objoid = ${oid} and classoid = '${catalog}'::regclass and objsubid = ${part})`;

export const list = (expression: string, order: string, filter = ''): string =>
  `coalesce(json_agg(${expression} order by ${order})${filter}, '[]')`;

export const named = (schema: string, name: string): string =>
  `json_build_object('schema', ${schema}, 'name', ${name})`;

/** `kind` as acldefault knows it: r, s, n, f. */
export const grants = (acl: string, kind: string, owner: string): string => `(
    select ${list(
      `json_build_object(
        'grantee', case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
        'privilege', privilege_type,
        'grantable', is_grantable
      )`,
      'grantee, privilege_type',
    )}
    from aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner})))
  )`;
