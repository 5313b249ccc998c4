-- SPDX-License-Identifier: Apache-2.0
-- Asked of a server that stands at an earlier moment: statements for the real one that bring back the rows which
-- orphans name, re-make foreign keys to tables that come back, and raise an error, before the commit, if something is
-- not as it was. psql's variables: `tables`, a JSON list of {name, rows}; `keys`, of foreign keys as `orphans` in
-- lost-data.yaml tells them, those of children before those of their parents.
\set QUIET on
set search_path = '';

-- Four texts for each key, each of them asked in turn: a table for the rows of the parent, the rows, their end, and which
-- of them are missed. Nothing that is there is changed. What comes back does as a replica would have it: no trigger fires
-- once more, and a row may come before its own parent. That none is without one is checked below.
select 'set local session_replication_role = replica;';
with keys as (
  select row_number() over () as n, k.*
  from json_to_recordset(:'keys') as k("constraint" text, child text, parent text, filled text, same text, key text)
), parent as (
  select keys.*, string_agg(format('%I', a.attname), ', ' order by a.attnum) as columns
  from keys
  join pg_attribute a on a.attrelid = parent::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  group by n, "constraint", child, parent, filled, same, key
)
select format('select %L', format(
         E'create temp table recovered_%s on commit drop as select %s from %s with no data;\n'
         'copy pg_temp.recovered_%s from stdin;', n, columns, parent, n)),
       format('copy (select %s from %s) to stdout', columns, parent),
       'select E''\\.''',
       format('select %L', format(
         E'insert into %s (%s) overriding system value select %s from pg_temp.recovered_%s p\n'
         '  where exists (select from %s c where %s) and not exists (select from %s q where %s);',
         parent, columns, columns, n, child, same, parent, key))
from parent
order by n
\gexec
select 'set local session_replication_role = origin;';

-- Those who lost their foreign key with the table that it names.
with back as (
  select (t ->> 'name')::regclass as oid from json_array_elements(:'tables') as t
)
select format('alter table %s add constraint %I %s not valid;', conrelid::regclass, conname,
              regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', ''))
from pg_constraint
where contype = 'f' and conparentid = 0
  and confrelid in (select oid from back) and conrelid not in (select oid from back)
order by conrelid::regclass::text, conname;

select format('do %L;', format('begin if exists (select from %s c where %s and not exists (select from %s p where %s)) '
              'then raise exception %L; end if; end', child, filled, parent, same,
              format('%s: rows of %s name rows of %s that were gone at that moment too', "constraint", child, parent)))
from json_to_recordset(:'keys') as k("constraint" text, child text, parent text, filled text, same text);

select format('do %L;', format('begin if (select count(*) from %s) <> %s then raise exception %L; end if; end',
              name, rows, format('%s has not the %s rows of that moment', name, rows)))
from json_to_recordset(:'tables') as t(name text, rows bigint);

\echo commit;
\echo -- that is all
