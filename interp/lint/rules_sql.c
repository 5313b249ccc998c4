/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "lint/lint_parts.h"

/* Statements: what becomes part of their text, and what of them ends with the session they were made in. */
static void mixed_text(
    struct looking *looking, const struct plan_node *node, const struct template *text)
{
	struct template_piece piece;
	struct origin origin = {.book = node->book};
	struct diag *diag;

	for (size_t i = 0; template_item(text, i); i++)
		mixed_text(looking, node, template_item(text, i));
	if (template_value(text) || !template_piece(text, 1, &piece))
		return;
	template_visit_names(text, find_origin, &origin);
	if (!origin.value)
		return;
	diag = lint_at(looking->lint, looking->rule, node, template_span(text),
	    "a value becomes part of the statement: a quote in it changes what is asked");
	lint_help(looking->lint, diag,
	    "write $1 in its place and hand it over in the `values` of `postgres.query`");
}

static void visit_sql(void *self, const struct plan_node *node, const struct arg *arg)
{
	if (arg->param && (str_is(arg->name, "sql") || str_is(arg->name, "statements")))
		mixed_text(self, node, arg->value);
}

static void sql_text(struct lint *lint, const struct rule *rule)
{
	lint_visit_args(lint, visit_sql, &(struct looking){lint, rule});
}

/* What lasts as long as a session, by how it is called or how its statement begins. */
static const struct bound {
	const char *text;
	bool begins;
	const char *what;
} bounds[] = {
    {"pg_backup_start(", false, "the backup is given up"},
    {"pg_start_backup(", false, "the backup is given up"},
    {"pg_advisory_lock(", false, "the lock is free again"},
    {"pg_advisory_lock_shared(", false, "the lock is free again"},
    {"pg_try_advisory_lock(", false, "the lock is free again"},
    {"set_config(", false, "the setting is what it was"},
    {"set ", true, "the setting is what it was"},
    {"begin", true, "the transaction is undone"},
    {"start transaction", true, "the transaction is undone"},
    {"listen ", true, "nobody listens any more"},
    {"prepare ", true, "what was prepared is gone"},
    {"create temp ", true, "the table is gone"},
    {"create temporary ", true, "the table is gone"},
};

static bool has_text(struct str text, const struct bound *bound)
{
	size_t len = strlen(bound->text);

	text = str_trim(text);
	for (size_t i = 0; i + len <= text.len && (i == 0 || !bound->begins); i++)
		if (strncasecmp(text.ptr + i, bound->text, len) == 0)
			return true;
	return false;
}

/* The last of several statements in one text: what stands before it still has its session. */
static struct str last_statement(struct str text)
{
	text = str_trim(text);
	while (text.len && text.ptr[text.len - 1] == ';')
		text = str_trim(str_sub(text, 0, text.len - 1));
	for (size_t i = text.len; i-- > 0;)
		if (text.ptr[i] == ';')
			return str_sub(text, i + 1, text.len);
	return text;
}

/* The last text that an action hands to a server. */
static const struct template *last_text(const struct action *action)
{
	const struct template *text = lint_arg(action, "sql");
	const struct template *list = lint_arg(action, "statements");

	for (size_t i = 0; list && template_item(list, i); i++)
		text = template_item(list, i);
	return text;
}

static void session_lost(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 1; i < lint->plan->count; i++) {
		const struct plan_node *node = &lint->plan->nodes[i];
		const struct action *action = &node->step->action;
		const struct template *text = last_text(action);
		struct template_piece piece;
		struct diag *diag;

		if (!action->spec || action->session.len || !text ||
		    !template_piece(text, 0, &piece) || piece.expr)
			continue;
		for (size_t k = 0; k < sizeof(bounds) / sizeof(*bounds); k++) {
			if (!has_text(last_statement(piece.literal), &bounds[k]))
				continue;
			diag = lint_at(lint, rule, node, template_span(text),
			    "the session ends with this step: %s then", bounds[k].what);
			lint_help(lint, diag,
			    "declare the connection with `session: true`, and have the steps that "
			    "need it name the same one");
			break;
		}
	}
}

const struct rule sql_rules[] = {
    {"sql-text", "a value in the text of a statement", sql_text},
    {"session-lost", "a statement whose effect ends with its session", session_lost},
    {0},
};
