/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/foreign.h"

#include <stddef.h>

struct foreign_word {
	const char *word;
	const char *help;
};

static const struct foreign_word keys[] = {
    {"name", "the name is `id`, the line for people `title`"},
    {"if", "the condition is `when`"},
    {"shell", "a script is `run: text`; `shell` says which program reads it"},
    {"command", "an argv is `run: [program, argument]`, a script `run: text`"},
    {"cmd", "an argv is `run: [program, argument]`, a script `run: text`"},
    {"exec", "an argv is `run: [program, argument]`, a script `run: text`"},
    {"script", "a script is `run: text`"},
    {"depends_on", "write `needs`"},
    {"dependsOn", "write `needs`"},
    {"after", "write `needs`"},
    {"requires", "write `needs`, or `preconditions` for checks"},
    {"environment", "write `env`"},
    {"chdir", "write `cwd`"},
    {"dir", "write `cwd`"},
    {"workdir", "write `cwd`"},
    {"working-directory", "write `cwd`"},
    {"working_directory", "write `cwd`"},
    {"timeout-minutes", "write `timeout: 5m`"},
    {"timeout_seconds", "write `timeout: 30s`"},
    {"continue-on-error", "write `allow_failure: true`"},
    {"continue_on_error", "write `allow_failure: true`"},
    {"ignore_errors", "write `allow_failure: true`"},
    {"ignore_error", "write `allow_failure: true`"},
    {"failed_when", "write `expect`, the condition of success"},
    {"register", "name what is wanted of the result: `outputs: {text: stdout.trim()}`"},
    {"retries", "write `retry: {attempts: 3, delay: 5s}`"},
    {"attempts", "write `retry: {attempts: 3, delay: 5s}`"},
    {"delay", "between tries it is `retry: {attempts: 3, delay: 5s}`, between polls `every`"},
    {"interval", "between tries it is `retry: {attempts: 3, delay: 5s}`, between polls `every`"},
    {"until", "a check under `verify` waits: {run: […], expect: …, within: 1m}"},
    {"wait", "a check under `verify` waits: {run: […], expect: …, within: 1m}"},
    {"sleep", "a check under `verify` waits: {run: […], expect: …, within: 1m}"},
    {"assert", "write `expect` for the result, `verify` for checks"},
    {"check", "write `verify`, or `preconditions` for what must hold before"},
    {"checks", "write `verify`, or `preconditions` for what must hold before"},
    {"always", "write `finally`"},
    {"cleanup", "write `finally`"},
    {"always_run", "write the step under `finally`"},
    {"on_failure",
	"it stands at the top level, for all steps; else let a later step ask: `when: "
	"steps.x.failed`, x with "
	"`allow_failure: true`"},
    {"parallel", "steps with `needs: []` begin at once; items of a loop do with `max_parallel`"},
    {"concurrency",
	"items of a loop run at once with `max_parallel`, steps take turns with `lock`"},
    {"serial", "items of a loop run one after another unless `max_parallel` says otherwise"},
    {"max_fail_percentage", "write `max_failures`, as in `max_failures: 25%`"},
    {"break", "a failed item ends its loop; a check ends at once with `abort`"},
    {"confirm", "write `approve: {prompt: …}`; what a person does by hand is `manual`"},
    {"prompt", "write `approve: {prompt: …}`; what a person does by hand is `manual`"},
    {"abort", "it belongs to a check: poll under `verify` or `preconditions`"},
    {"rescue", "let a later step ask: `when: steps.x.failed`, x with `allow_failure: true`"},
    {"loop", "write `for_each`"},
    {"with_items", "write `for_each`"},
    {"vars", "write `params`, at the top level"},
    {"variables", "write `params`, at the top level"},
    {"parameters", "write `params`, at the top level"},
    {"inputs", "write `params`, at the top level"},
    {"sql", "it is a parameter: write it below the action, as in `postgres.query: {sql: …}`"},
    {"connection",
	"it is a parameter: write it below the action, as in `postgres.query: {connection: db}`"},
    {"args", "arguments follow the program: `run: [program, argument]`"},
    {"action", "the action's name is a key: `run: […]`, `postgres.query: {…}`"},
    {"call", "write `use`"},
    {"include", "it stands at the top level; a template or a runbook as one step is `use`"},
    {"stop_on_error",
	"a failed step stops what needs it; for all others `on_failure: stop` at the top level"},
    {"jobs", "write `steps`"},
    {"tasks", "write `steps`"},
    {"stages", "write `steps`; processes joined by pipes are `pipe`"},
    {NULL, NULL},
};

static const struct foreign_word functions[] = {
    {"len", "write x.size()"},
    {"length", "write x.size()"},
    {"count", "write x.size(), or x.filter(i, …).size()"},
    {"any", "write x.exists(i, …)"},
    {"some", "write x.exists(i, …)"},
    {"every", "write x.all(i, …)"},
    {"includes", "write item in list, or text.contains(part)"},
    {"has", "write has(a.b)"},
    {"lower", "write text.lowerAscii()"},
    {"upper", "write text.upperAscii()"},
    {"toLowerCase", "write text.lowerAscii()"},
    {"toUpperCase", "write text.upperAscii()"},
    {"strip", "write text.trim()"},
    {"match", "write text.matches(pattern)"},
    {"search", "write text.matches(pattern)"},
    {"test", "write text.matches(pattern)"},
    {"lines", "of a process there is `lines`, of any text text.split(\"\\n\")"},
    {"float", "write double(x)"},
    {"str", "write string(x)"},
    {"number", "write int(x) or double(x)"},
    {"fromJSON", "write json.decode(text); of a process there is `json`"},
    {"toJSON", "write json.encode(x)"},
    {"now", "the time is `now`, without brackets"},
    {"min", "write math.least(a, b)"},
    {"max", "write math.greatest(a, b)"},
    {"abs", "write math.abs(x)"},
    {"round", "write math.round(x)"},
    {"success", "write steps.x.succeeded"},
    {"failure", "write steps.x.failed"},
    {"always", "what always runs stands under `finally`"},
    {"not", "write !x"},
    {"date", "write timestamp(\"2026-01-31T23:59:59Z\")"},
    {NULL, NULL},
};

static const struct foreign_word results[] = {
    {"rc", "write `exit_code`"},
    {"code", "write `exit_code`"},
    {"exit_status", "write `exit_code`"},
    {"returncode", "write `exit_code`"},
    {"output", "write `stdout`"},
    {"out", "write `stdout`"},
    {"err", "write `stderr`"},
    {"result", "the fields of the result stand bare: `exit_code`, `stdout`, …"},
    {"self", "the fields of the result stand bare: `exit_code`, `stdout`, …"},
    {"loop", "the item is `item`, or what `as` says, its place in the list `index`"},
    {"status_code", "a process has `exit_code`, an HTTP exchange `status`"},
    {"env", "variables of the environment are not seen: declare a parameter under `params`"},
    {"vars", "parameters are `params.x`"},
    {"inputs", "parameters are `params.x`"},
    {NULL, NULL},
};

static const struct foreign_word params[] = {
    {"hostname", "write `host`"},
    {"server", "write `host`"},
    {"database", "write `dbname`"},
    {"db", "write `dbname`"},
    {"username", "write `user`"},
    {"role", "write `user`"},
    {"query", "write `sql`"},
    {"statement", "write `sql`"},
    {"params", "values of a statement are `values`"},
    {"session", "it stands beside the kind: {session: true, postgres: {…}}"},
    {NULL, NULL},
};

static const struct foreign_word steps[] = {
    {"status", "write `outcome`"},
    {"state", "write `outcome`"},
    {"conclusion", "write `outcome`"},
    {"success", "write `succeeded`"},
    {"ok", "write `succeeded`"},
    {"failure", "write `failed`"},
    {"timed_out", "write `outcome == \"timed_out\"`; `failed` covers it"},
    {"rc", "write `result.exit_code`"},
    {"output", "write `outputs.NAME`, or `result.stdout`"},
    {NULL, NULL},
};

const char *foreign_help(enum foreign where, struct str word)
{
	static const struct foreign_word *const tables[] = {
	    [FOREIGN_KEY] = keys,
	    [FOREIGN_FUNCTION] = functions,
	    [FOREIGN_RESULT] = results,
	    [FOREIGN_STEP] = steps,
	    [FOREIGN_PARAM] = params,
	};

	for (const struct foreign_word *row = tables[where]; row->word; row++)
		if (str_is(word, row->word))
			return row->help;
	return NULL;
}
