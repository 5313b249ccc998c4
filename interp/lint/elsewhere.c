/* SPDX-License-Identifier: Apache-2.0 */
#include "lint/elsewhere_parts.h"

/* From place to place, and what is run at the end, as a runbook would say it. */

/* A loop over nothing but machines is a target that has many. */
static bool is_item(const struct finding *finding, const struct stop *stop)
{
	struct str whole;

	/* nobody is many users */
	if (!strcmp(stop->way->key, "become") || !finding->each || !finding->each->list ||
	    finding->each->target)
		return false;
	whole = arena_printf(finding->arena, "${{ %.*s }}", STR_ARG(finding->each->as));
	return str_eq(whole, stop->fields[FIELD_NAME]);
}

static bool write_machine(struct finding *finding, const struct stop *stop, bool bare)
{
	struct buf *out = &finding->target;
	struct str name = stop->fields[FIELD_NAME];

	if (!is_item(finding, stop)) {
		if (!bare)
			buf_printf(out, "%s: ", stop->way->names[FIELD_NAME]);
		return elsewhere_scalar(out, name);
	}
	finding->many = true;
	buf_printf(out, "%ss: ", stop->way->names[FIELD_NAME]);
	return elsewhere_scalar(out,
	    arena_printf(finding->arena, "${{ %.*s }}", STR_ARG(expr_text(finding->each->list))));
}

static bool write_stop(struct finding *finding, const struct stop *stop)
{
	struct buf *out = &finding->target;
	bool alone = !stop->options.len && !is_item(finding, stop);
	bool good;

	for (size_t i = FIELD_NAME + 1; i < FIELDS; i++)
		alone &= !stop->fields[i].len;
	buf_printf(out, "%s%s: %s", out->len ? ", " : "", stop->way->key, alone ? "" : "{");
	good = write_machine(finding, stop, alone);
	for (size_t i = FIELD_NAME + 1; i < FIELDS && good; i++)
		if (stop->fields[i].len) {
			buf_printf(out, ", %s: ", stop->way->names[i]);
			good = elsewhere_scalar(out, stop->fields[i]);
		}
	if (stop->options.len)
		buf_printf(out, ", options: {%.*s}", STR_ARG(buf_view(&stop->options)));
	return (alone || buf_text(out, "}")) && good;
}

/* What a shell there reads, as words: only where it would take nothing for more. */
static bool split_words(
    struct finding *finding, const struct command *command, size_t from, struct command *ret_inner)
{
	struct word *words = NULL;
	size_t count = 0;
	size_t capacity = 0;

	for (size_t i = from; i < command->count; i++) {
		struct word word = command->words[i];
		bool plain = word.known && !word.beside;
		struct str rest;

		if (!elsewhere_word(finding->arena, &word, true, &rest) ||
		    (plain && !elsewhere_is_plain(rest)))
			return false;
		if (!word.beside)
			word.known = true;
		for (bool first = true; first || rest.len; first = false) {
			rest = str_trim(rest);
			if (!word.beside)
				word.text = str_sub(rest, 0, elsewhere_index(rest, ' '));
			rest = word.beside ? (struct str){0}
					   : str_sub(rest, word.text.len, rest.len);
			words = arena_grow(finding->arena, words, count, &capacity, sizeof(*words));
			words[count++] = word;
		}
	}
	*ret_inner = *command;
	ret_inner->words = words;
	ret_inner->count = count;
	return count > 0 && words[0].text.len > 0 && str_find(words[0].text, STR("=")) < 0;
}

/* As a script there: all that its shell would be told. */
static struct str write_script(struct finding *finding, const struct command *command, size_t from)
{
	struct str result = {0};
	struct buf text;
	struct buf scalar;
	bool good = true;

	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&scalar, BUF_UNBOUNDED);
	for (size_t i = from; i < command->count; i++) {
		good &= command->words[i].known && !command->words[i].beside;
		buf_printf(&text, "%s%.*s", i > from ? " " : "", STR_ARG(command->words[i].text));
	}
	if (good && str_find(buf_view(&text), STR("${{")) < 0 &&
	    elsewhere_scalar(&scalar, buf_view(&text)))
		result = arena_str(finding->arena, buf_view(&scalar));
	buf_done(&scalar);
	buf_done(&text);
	return result;
}

static struct str write_argv(struct finding *finding, const struct command *command)
{
	const struct expr *last = NULL;
	struct str result = {0};
	struct str word;
	struct buf text;
	bool good = true;

	buf_init(&text, BUF_UNBOUNDED);
	buf_byte(&text, '[');
	for (size_t i = 0; i < command->count && good; i++) {
		const struct word *item = &command->words[i];

		/* a list that is spliced in was taken for as many words as its default has */
		if (item->beside && item->beside == last)
			continue;
		last = item->beside;
		if (i > 0)
			buf_text(&text, ", ");
		good = elsewhere_word(finding->arena, item, finding->joined, &word) &&
		    elsewhere_scalar(&text, word);
	}
	buf_byte(&text, ']');
	if (good)
		result = arena_str(finding->arena, buf_view(&text));
	buf_done(&text);
	return result;
}

/* From one place to the next, as far in as one target goes. Gives what runs at the end. */
static struct str follow(
    struct finding *finding, struct command command, const char **ret_by, const char **ret_why)
{
	int rank = -1;

	for (;;) {
		struct stop stop = {.way = way_of(&command)};
		size_t target = finding->target.len;
		size_t env = finding->env.len;
		bool good;

		if (!stop.way || stop.way->rank <= rank)
			break;
		buf_init(&stop.options, BUF_UNBOUNDED);
		good = stop_read(finding, &command, &stop) &&
		    (stop.unknown || write_stop(finding, &stop));
		buf_done(&stop.options);
		if (!good) { /* so it is a command there */
			finding->target.len = target;
			finding->env.len = env;
			break;
		}
		*ret_by = !*ret_by || finding->plain ? stop.way->by : *ret_by;
		*ret_why = !*ret_why || finding->plain ? stop.way->why : *ret_why;
		finding->plain = rank < 0 && stop.way->rank == 1 && stop.quiet &&
		    str_is(stop.fields[FIELD_NAME], "root");
		finding->unknown |= stop.unknown;
		rank = stop.way->rank;
		if (stop.way->joins && !split_words(finding, &command, stop.rest, &command))
			return write_script(finding, &command, stop.rest);
		finding->joined |= stop.way->joins;
		if (!stop.way->joins) {
			command.words += stop.rest;
			command.count -= stop.rest;
		}
	}
	return *ret_by ? write_argv(finding, &command) : (struct str){0};
}

bool elsewhere_find(struct arena *arena, const struct command *command, const struct each *each,
    struct elsewhere *ret_elsewhere, bool *ret_plain)
{
	struct finding finding = {.arena = arena, .each = each};
	const char *by = NULL;
	const char *why = NULL;

	buf_init(&finding.target, BUF_UNBOUNDED);
	buf_init(&finding.env, BUF_UNBOUNDED);
	*ret_elsewhere = (struct elsewhere){0};
	ret_elsewhere->run = follow(&finding, *command, &by, &why);
	ret_elsewhere->by = by;
	ret_elsewhere->why = why;
	ret_elsewhere->cwd = finding.cwd;
	ret_elsewhere->many = finding.many;
	if (!finding.unknown)
		ret_elsewhere->target = arena_str(arena, buf_view(&finding.target));
	if (finding.env.len)
		ret_elsewhere->env = arena_str(arena, buf_view(&finding.env));
	*ret_plain = finding.plain;
	buf_done(&finding.target);
	buf_done(&finding.env);
	return by != NULL;
}
