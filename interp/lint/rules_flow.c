/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/lint_parts.h"

/* Where values go: into shell text, into argument lists; and secrets that are none. */

void find_origin(void *self, const struct str *path, size_t count, struct span span)
{
	struct origin *origin = self;
	const struct param_decl *param;

	(void)span;
	if (str_is(path[0], "secrets")) {
		origin->secret = true;
	} else if (str_is(path[0], "params") && count > 1) {
		param = book_param(origin->book, path[1]);
		origin->value |= !param || !decl_is_tame(param);
	} else if (str_is(path[0], "steps")) {
		origin->value = true;
	}
}

static struct origin origin_of(const struct process *process, struct str variable)
{
	const struct template *env = lint_arg(process->action, "env");
	const struct template *value = env ? template_get(env, variable) : NULL;
	struct origin origin = {.book = process->node->book};

	if (value)
		template_visit_names(value, find_origin, &origin);
	return origin;
}

static void unquoted(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.expansion_count; k++) {
			const struct expansion *expansion = &process->shell.expansions[k];
			struct origin origin = origin_of(process, expansion->name);
			struct diag *diag;

			if (expansion->quoted || expansion->command == SIZE_MAX ||
			    !(origin.value || origin.secret))
				continue;
			diag = lint_in(lint, rule, process, expansion->span,
			    "`$%.*s` is split at blanks, and its * and ? are looked up as files",
			    STR_ARG(expansion->name));
			lint_help(lint, diag, "write \"$%.*s\", in quotes; for a list use an argv",
			    STR_ARG(expansion->name));
		}
	}
}

static void evaluated(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.expansion_count; k++) {
			const struct expansion *expansion = &process->shell.expansions[k];
			const struct command *command;
			struct diag *diag;

			if (expansion->command == SIZE_MAX)
				continue;
			command = &process->shell.commands[expansion->command];
			if (!command_has_read(command, expansion->word) ||
			    !origin_of(process, expansion->name).value)
				continue;
			diag = lint_in(lint, rule, process, expansion->span,
			    "what `$%.*s` holds becomes code here", STR_ARG(expansion->name));
			lint_help(lint, diag, "%s",
			    command_goes_far(command)
				? "say where by `target`: `env` and arguments arrive there as they "
				  "are"
				: "hand it over as an argument or in `env`");
		}
	}
}

static bool is_builtin(const struct command *command)
{
	static const char *const builtins[] = {"echo", "printf", "[", "[[", "test", "export",
	    "local", "declare", "readonly", "read", "set", ":", NULL};

	return command_is_one(command, builtins);
}

static void secret_argument(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.expansion_count; k++) {
			const struct expansion *expansion = &process->shell.expansions[k];
			struct diag *diag;

			if (expansion->command == SIZE_MAX || expansion->word == 0 ||
			    is_builtin(&process->shell.commands[expansion->command]) ||
			    !origin_of(process, expansion->name).secret)
				continue;
			diag = lint_in(lint, rule, process, expansion->span,
			    "everybody on this machine can read the secret in the list of "
			    "processes");
			lint_help(lint, diag,
			    "hand it over in a variable that the program reads itself, or by "
			    "standard input");
		}
	}
}

static void secret_printed(struct lint *lint, const struct rule *rule)
{
	for (size_t i = 0; i < lint->process_count; i++) {
		const struct process *process = &lint->processes[i];

		for (size_t k = 0; k < process->shell.expansion_count; k++) {
			const struct expansion *expansion = &process->shell.expansions[k];
			const struct command *command;
			struct diag *diag;

			if (expansion->command == SIZE_MAX || expansion->word == 0)
				continue;
			command = &process->shell.commands[expansion->command];
			if (!(command_is(command, "echo") || command_is(command, "printf")) ||
			    command->after == LINK_PIPE || command->captured ||
			    !origin_of(process, expansion->name).secret)
				continue;
			diag = lint_in(lint, rule, process, expansion->span,
			    "this prints a secret, which is masked only where it stands as it is");
			lint_help(lint, diag, "print that it is there, not what it is");
		}
	}
}

static bool ends_like(struct str name, const char *end)
{
	size_t len = strlen(end);

	return name.len >= len && strncasecmp(name.ptr + name.len - len, end, len) == 0 &&
	    (name.len == len || strchr("_-", name.ptr[name.len - len - 1]));
}

static bool is_secret_name(struct str name)
{
	static const char *const ends[] = {"password", "passwd", "passphrase", "secret", "token",
	    "apikey", "api_key", "api-key", "access_key", "access-key", "private_key", "pgpassword",
	    "mysql_pwd"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (ends_like(name, ends[i]))
			return true;
	return false;
}

static size_t span_of(struct str text, const char *bytes)
{
	size_t i = 0;

	while (i < text.len && strchr(bytes, text.ptr[i]) && text.ptr[i])
		i++;
	return i;
}

/* Forms that secrets of well-known services have. */
static bool has_secret_form(struct str text)
{
	static const char word[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
	static const struct {
		const char *prefix;
		size_t least; /* bytes that follow */
	} forms[] = {{"AKIA", 16}, {"ghp_", 30}, {"gho_", 30}, {"ghs_", 30}, {"github_pat_", 30},
	    {"glpat-", 16}, {"xoxb-", 20}, {"xoxp-", 20}, {"sk_live_", 16}, {"eyJhbGciOi", 30},
	    {"hvs.", 20}};

	if (str_find(text, STR("PRIVATE KEY-----")) >= 0)
		return true;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		ptrdiff_t at = str_find(text, str_from(forms[i].prefix));
		size_t len = strlen(forms[i].prefix);

		if (at >= 0 &&
		    span_of(str_sub(text, (size_t)at + len, text.len), word) >= forms[i].least)
			return true;
	}
	return false;
}

/* scheme://user:password@host */
static bool has_url_password(struct str text)
{
	ptrdiff_t scheme = str_find(text, STR("://"));
	struct str rest;
	ptrdiff_t colon;
	ptrdiff_t at;

	if (scheme < 0)
		return false;
	rest = str_sub(text, (size_t)scheme + 3, text.len);
	rest.len = span_of(rest,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~%!&'()*+,;=:@");
	colon = str_find(rest, STR(":"));
	at = str_find(rest, STR("@"));
	return colon > 0 && at > colon + 1;
}

static bool is_secret_option(struct str text)
{
	ptrdiff_t equals = str_find(text, STR("="));
	struct str name;

	if (equals < 3 || !str_starts(text, STR("--")) || (size_t)equals + 1 == text.len)
		return false;
	name = str_sub(text, 2, (size_t)equals - 2);
	return is_secret_name(name);
}

static bool is_placeholder(struct str text)
{
	return text.len == 0 || text.ptr[0] == '/' || text.ptr[0] == '$' || text.ptr[0] == '<' ||
	    str_is(text, "true") || str_is(text, "false") || str_is(text, "none");
}

static bool is_literal_secret(struct str name, struct str text)
{
	return (is_secret_name(name) && !is_placeholder(text)) || has_secret_form(text) ||
	    has_url_password(text) || is_secret_option(text);
}

static void report_literal(struct looking *looking, const struct plan_node *node, struct span span)
{
	struct diag *diag = lint_at(looking->lint, looking->rule, node, span,
	    "a secret stands here for everybody who can read this file, and in every record");

	lint_help(looking->lint, diag,
	    "declare it under `secrets`, with where it is kept: `{env: NAME}`, `{file: …}`, "
	    "`{command: …}`");
}

static void find_literals(struct looking *looking, const struct plan_node *node, struct str name,
    const struct template *template)
{
	struct template_piece piece;

	for (size_t i = 0; template_item(template, i); i++)
		find_literals(looking, node, (struct str){0}, template_item(template, i));
	if (template_piece(template, 0, &piece) && !piece.expr &&
	    is_literal_secret(template_value(template) ? name : (struct str){0}, piece.literal))
		report_literal(looking, node, template_span(template));
}

static void visit_literal(void *self, const struct plan_node *node, const struct arg *arg)
{
	struct looking *looking = self;

	find_literals(looking, node, arg->name, arg->value);
}

static void literal_secret(struct lint *lint, const struct rule *rule)
{
	const struct runbook *runbook = lint->plan->runbook;
	struct looking looking = {lint, rule};

	for (size_t i = 0; i < runbook->param_count; i++) {
		const struct param_decl *param = &runbook->params[i];

		if (param->preset && is_literal_secret(param->name, value_text(param->preset)))
			report_literal(&looking, NULL, param->span);
	}
	lint_visit_args(lint, visit_literal, &looking);
}

const struct rule flow_rules[] = {
    {"unquoted", "a value in a script without quotes", unquoted},
    {"evaluated", "a value that a shell takes as code", evaluated},
    {"secret-argument", "a secret among the arguments of a program", secret_argument},
    {"secret-printed", "a secret that a script prints", secret_printed},
    {"literal-secret", "a password or token in the file", literal_secret},
    {0},
};
