/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/check_parts.h"
#include "lang/shell.h"

/*
 * An argv is nobody's text; but some programs take one of their arguments for code: `sh -c`, ssh, psql -c. A value that
 * is part of it can become any code, unless it is quoted for each shell that reads it, or holds nothing of the kind.
 */
struct far {
	struct checker *checker;
	struct shell shell;
};

static const struct template *arg_of(const struct action *action, const char *name)
{
	for (size_t i = 0; i < action->count; i++)
		if (str_is(action->list[i].name, name))
			return action->list[i].value;
	return NULL;
}

static bool is_tame_type(const struct type *type)
{
	return type &&
	    (type->kind == TYPE_BOOL || type->kind == TYPE_INT || type->kind == TYPE_DOUBLE ||
		type->kind == TYPE_DURATION || type->kind == TYPE_TIMESTAMP);
}

static bool is_tame_name(void *self, const struct str *path, size_t count);

/* The item of a loop is as tame as its list. */
static bool is_tame_item(struct checker *checker, struct str name)
{
	uint32_t node = checker->node;
	const struct each *each = checker->each;
	bool tame;

	if (str_is(name, "index") || is_tame_type(check_loop_name(checker, name)))
		return true;
	if (each && str_eq(each->as, name)) {
		checker->each = NULL;
		tame = expr_is_quoted(each->list, QUOTED_NEVER, is_tame_name, checker);
		checker->each = each;
		return tame;
	}
	for (uint32_t at = node; at != PLAN_NONE; at = checker->plan->nodes[at].parent) {
		const struct each *loop = &checker->plan->nodes[at].step->each;

		if (!loop->list || !str_eq(loop->as, name))
			continue;
		if (at == PLAN_ROOT)
			return false;
		/* its own names are those around it */
		checker->node = checker->plan->nodes[at].parent;
		tame = expr_is_quoted(loop->list, QUOTED_NEVER, is_tame_name, checker);
		checker->node = node;
		return tame;
	}
	return false;
}

static bool is_tame_output(
    const struct checker *checker, const struct plan_node *node, struct str name)
{
	const struct step *step = node->step;
	const struct step_types *types = &checker->steps[node->index];

	for (size_t i = 0; i < step->manual.input_count; i++)
		if (str_eq(step->manual.inputs[i].name, name))
			return decl_is_tame(&step->manual.inputs[i]);
	for (size_t i = 0; i < step->output_count; i++)
		if (str_eq(step->outputs[i].name, name))
			return types->of_outputs && is_tame_type(types->of_outputs[i]);
	return false;
}

static bool is_tame_step(const struct checker *checker, const struct str *path, size_t count)
{
	const struct plan_node *node = plan_find(checker->plan, checker->runbook, path[1]);

	if (!node || count < 3)
		return false;
	if (str_is(path[2], "outputs") && node->step->sensitive)
		return true;
	if (str_is(path[2], "outputs"))
		return count == 4 && is_tame_output(checker, node, path[3]);
	if (str_is(path[2], "result"))
		return count == 4 && step_spec(node->step) &&
		    is_tame_type(result_field_type(step_spec(node->step), path[3]));
	return !str_is(path[2], "items"); /* its outcome, how often, how long */
}

static bool is_tame_name(void *self, const struct str *path, size_t count)
{
	struct checker *checker = self;
	const struct param_decl *param;

	if (str_is(path[0], "params") && count > 1) {
		param = book_param(checker->runbook, path[1]);
		return param && decl_is_tame(param);
	}
	if (str_is(path[0], "steps") && count > 1)
		return is_tame_step(checker, path, count);
	if (str_is(path[0], "run") && count > 1)
		return !str_is(path[1], "dir");
	/* nobody types it in, and nothing can quote it */
	if (str_is(path[0], "secrets"))
		return true;
	return str_is(path[0], "now") || str_is(path[0], "objectives") ||
	    (count == 1 && is_tame_item(checker, path[0]));
}

/* How often shells read a piece, and whether it stands free in all of them. */
static uint32_t times_read(const struct shell *shell, const struct expr *expr, bool *ret_free)
{
	uint32_t times = 0;

	*ret_free = true;
	for (size_t i = 0; i < shell->piece_count; i++) {
		const struct code_piece *piece = &shell->pieces[i];

		if (piece->expr != expr)
			continue;
		/* a list is read by the same one word by word */
		times += !i || piece[-1].expr != expr || piece[-1].by != piece->by;
		*ret_free &= piece->free;
	}
	return times;
}

static struct str reader_name(const struct shell *shell, size_t by)
{
	struct str name = by == SIZE_MAX ? (struct str){0} : command_name(&shell->commands[by]);

	return name.len ? name : STR("a shell");
}

static void report_shell(struct far *far, const struct code_piece *piece)
{
	struct diags *diags = far->checker->diags;
	struct str text = expr_text(piece->expr);
	struct diag *diag;
	bool free;
	uint32_t times = times_read(&far->shell, piece->expr, &free);
	bool local = piece->by != SIZE_MAX && command_is_shell(&far->shell.commands[piece->by]);
	bool far_off = piece->by != SIZE_MAX && command_goes_far(&far->shell.commands[piece->by]);
	bool quoted = expr_is_quoted(piece->expr, times, is_tame_name, far->checker);

	diag = diag_error(diags, "becomes-code", expr_span(piece->expr),
	    "`%.*s` has a shell read this: what the value holds becomes code",
	    STR_ARG(reader_name(&far->shell, piece->by)));
	if (piece->by != SIZE_MAX)
		diag_other(diags, diag, far->shell.commands[piece->by].words[0].span,
		    "it reads its text as a script");
	if (quoted)
		diag_help(diags, diag,
		    "`shell.quote` brings its own quotes: let it stand outside of quotes, comments "
		    "and here-documents");
	else if (times > 1)
		diag_help(diags, diag,
		    "%u shells read it one after another: quote it for each, "
		    "`shell.quote(shell.quote(…))`, or give the parameter a `pattern`",
		    times);
	else
		diag_help(diags, diag,
		    "%swrite `${{ shell.quote(%.*s) }}` outside of quotes, or give the parameter a "
		    "`pattern`",
		    local ? "hand it over as an argument and write \"$1\"; or "
			: far_off
			? "say where by `target`, and arguments arrive there as they are; or "
			: "",
		    STR_ARG(text));
}

static void report_code(
    struct far *far, const struct command *command, enum code code, const struct expr *expr)
{
	struct diags *diags = far->checker->diags;
	struct str name = command_name(command);
	struct diag *diag = diag_error(diags, "becomes-code", expr_span(expr),
	    "`%.*s` takes this for %s: what the value holds becomes code", STR_ARG(name),
	    code == CODE_SQL ? "a statement" : "a program");

	if (code != CODE_SQL)
		diag_help(diags, diag,
		    "hand it over as an argument or in `env`, or give the parameter a `pattern`");
	else if (str_is(name, "psql"))
		diag_help(diags, diag,
		    "use `postgres.query` with $1 and `values`; or hand psql the value by `-v "
		    "name=…` and the statement, with :'name' in it, by `stdin`; or give the "
		    "parameter a `pattern`");
	else
		diag_help(diags, diag,
		    "give the parameter a `pattern`, or ask in a way that keeps values apart");
}

/* Whether a piece was told of already: what a shell hands on to a database is one mistake. */
static bool is_told(const struct far *far, const struct expr *expr, size_t from)
{
	struct span span = expr_span(expr);

	for (size_t i = from; i < far->checker->diags->count; i++)
		if (far->checker->diags->items[i].span.source == span.source &&
		    far->checker->diags->items[i].span.start == span.start)
			return true;
	return false;
}

static void check_pieces(struct far *far)
{
	size_t before = far->checker->diags->count;

	for (size_t i = 0; i < far->shell.piece_count; i++) {
		const struct code_piece *piece = &far->shell.pieces[i];
		bool free;
		uint32_t times = times_read(&far->shell, piece->expr, &free);

		if (expr_is_quoted(piece->expr, QUOTED_NEVER, is_tame_name, far->checker) ||
		    (free && expr_is_quoted(piece->expr, times, is_tame_name, far->checker)) ||
		    is_told(far, piece->expr, before))
			continue;
		report_shell(far, piece);
	}
	for (size_t i = 0; i < far->shell.count; i++) {
		const struct command *command = &far->shell.commands[i];

		for (size_t k = 1; k < command->count; k++) {
			enum code code = command_takes(command, k);
			const struct expr *expr;

			for (size_t p = 0; code > CODE_SHELL &&
			     (expr = word_expr(&far->shell, &command->words[k], p));
			     p++)
				if (!expr_is_quoted(
					expr, QUOTED_NEVER, is_tame_name, far->checker) &&
				    !is_told(far, expr, before))
					report_code(far, command, code, expr);
		}
	}
}

/* The command that gets the standard input of the first one. */
static size_t stdin_reader(const struct shell *shell)
{
	size_t at = 0;

	for (size_t i = 1; i < shell->count; i++)
		if (shell->commands[i].outer == at)
			at = i;
	return at;
}

static void read_stdin(struct far *far, const struct template *text)
{
	struct arena *arena = far->checker->scratch;
	size_t at = stdin_reader(&far->shell);
	enum code code = far->shell.count ? command_takes_stdin(&far->shell.commands[at])
					  : CODE_NONE;
	struct template_piece piece;

	if (code == CODE_SHELL)
		shell_text(arena, &far->shell, text, at);
	for (size_t i = 0; code > CODE_SHELL && template_piece(text, i, &piece); i++)
		if (piece.expr &&
		    !expr_is_quoted(piece.expr, QUOTED_NEVER, is_tame_name, far->checker))
			report_code(far, &far->shell.commands[at], code, piece.expr);
}

static bool has_expr(const struct template *template)
{
	return template && !template_value(template);
}

void check_far(struct checker *checker, const struct action *action)
{
	const struct template *argv = arg_of(action, "argv");
	const struct template *stages = arg_of(action, "stages");
	const struct template *shell = arg_of(action, "shell");
	const struct template *input = arg_of(action, "stdin");
	const struct template *text = input ? template_get(input, STR("text")) : NULL;
	struct far far = {.checker = checker};
	struct shell_joint joint = {0};

	if (!has_expr(argv) && !has_expr(stages) && !has_expr(shell) && !has_expr(text))
		return;
	if (argv)
		shell_argv(checker->scratch, &far.shell, checker->runbook, argv, &joint);
	if (shell && !argv && !stages)
		shell_argv(checker->scratch, &far.shell, checker->runbook, shell, &joint);
	if (stages && template_item(stages, 0))
		shell_argv(checker->scratch, &far.shell, checker->runbook, template_item(stages, 0),
		    &joint);
	if (has_expr(text) && !shell)
		read_stdin(&far, text);
	for (size_t i = 1; stages && template_item(stages, i); i++)
		shell_argv(checker->scratch, &far.shell, checker->runbook, template_item(stages, i),
		    &joint);
	check_pieces(&far);
	arena_reset(checker->scratch);
}
