/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell.h"

#include "lang/shell_parts.h"

static struct span place_span(const struct shell_place *place, size_t start, size_t end)
{
	if (!place->source)
		return place->whole;
	return text_span(place->source, place->offset + start, place->offset + end);
}

char shell_peek(const struct reader *reader, size_t ahead)
{
	size_t at = reader->at + ahead;

	return at < reader->text.len ? reader->text.ptr[at] : '\0';
}

bool shell_ahead(const struct reader *reader, const char *text)
{
	return str_starts(str_sub(reader->text, reader->at, reader->text.len), str_from(text));
}

struct span reader_span(const struct reader *reader, size_t start, size_t end)
{
	return place_span(&reader->place, start, end);
}

/* Blanks, joined lines and comments. */
static void skip_blanks(struct reader *reader)
{
	for (;;) {
		char c = shell_peek(reader, 0);

		if (c == ' ' || c == '\t' || c == '\r')
			reader->at++;
		else if (c == '\\' && shell_peek(reader, 1) == '\n')
			reader->at += 2;
		else
			break;
	}
	if (shell_peek(reader, 0) == '#')
		while (reader->at < reader->text.len && shell_peek(reader, 0) != '\n')
			reader->at++;
}

/* The lines of all texts that were announced by << and begin here. */
static void skip_here_texts(struct reader *reader)
{
	for (size_t i = 0; i < reader->here_count; i++) {
		struct str rest = str_sub(reader->text, reader->at, reader->text.len);
		struct str line;

		while (str_line(&rest, &line))
			if (str_eq(str_trim(line), reader->here[i]))
				break;
		reader->at = reader->text.len - rest.len;
	}
	reader->here_count = 0;
}

/* < > << >> <<< >& &> with what follows. */
static bool read_redirection(struct reader *reader, struct open *open)
{
	size_t digits = 0;
	struct word target;
	bool here;

	while (shell_peek(reader, digits) >= '0' && shell_peek(reader, digits) <= '9')
		digits++;
	if (digits == 0 && shell_ahead(reader, "&>"))
		digits = 1;
	if (shell_peek(reader, digits) != '<' && shell_peek(reader, digits) != '>')
		return false;
	if (shell_peek(reader, digits + 1) == '(') /* a process in the place of a file */
		return false;
	reader->at += digits;
	if (shell_peek(reader, 0) == '<')
		open->fed = true;
	here = shell_ahead(reader, "<<") && shell_peek(reader, 2) != '<';
	while (shell_peek(reader, 0) == '<' || shell_peek(reader, 0) == '>' ||
	    shell_peek(reader, 0) == '&' || shell_peek(reader, 0) == '|' ||
	    (here && shell_peek(reader, 0) == '-'))
		reader->at++;
	skip_blanks(reader);
	if (shell_word(reader, &target, true) && here && reader->here_count < HERE_MAX)
		reader->here[reader->here_count++] = target.text;
	return true;
}

static size_t begin_command(struct reader *reader, const struct open *open)
{
	struct shell *shell = reader->shell;

	shell->commands = arena_grow(reader->arena, shell->commands, shell->count, &shell->capacity,
	    sizeof(*shell->commands));
	shell->commands[shell->count] = (struct command){
	    .before = open->before,
	    .tested = open->tested,
	    .looped = reader->loops > 0,
	    .captured = reader->captured,
	    .inner = reader->outer != SIZE_MAX,
	    .outer = reader->outer,
	    .far = reader->far,
	};
	return shell->count++;
}

static bool is_assignment(struct str text)
{
	size_t i = 0;

	while (i < text.len &&
	    ((text.ptr[i] >= 'a' && text.ptr[i] <= 'z') ||
		(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') || text.ptr[i] == '_' ||
		(i > 0 && text.ptr[i] >= '0' && text.ptr[i] <= '9')))
		i++;
	if (i > 0 && i < text.len && text.ptr[i] == '+')
		i++;
	return i > 0 && i < text.len && text.ptr[i] == '=';
}

/* Words that say how what follows is run; false: it is the name of a program. */
static bool take_keyword(struct reader *reader, struct open *open, struct str text)
{
	static const char *const plain[] = {"then", "else", "{", "}", "fi", "time", "coproc", NULL};
	static const char *const testing[] = {"if", "elif", "while", "until", "!", NULL};

	for (size_t i = 0; testing[i]; i++)
		if (str_is(text, testing[i])) {
			open->tested = true;
			return true;
		}
	if (str_is(text, "do"))
		reader->loops++;
	else if (str_is(text, "done"))
		reader->loops -= reader->loops > 0;
	else if (str_is(text, "for") || str_is(text, "select") || str_is(text, "function"))
		open->ignored = true; /* the words up to the end of the line name things */
	else if (str_is(text, "case"))
		open->cases = true;
	else if (str_is(text, "esac"))
		open->in_cases = false;
	else {
		for (size_t i = 0; plain[i]; i++)
			if (str_is(text, plain[i])) {
				open->tested = false;
				return true;
			}
		return false;
	}
	open->tested = false;
	return true;
}

static void add_word(struct reader *reader, struct open *open, const struct word *word)
{
	struct command *command;

	if (open->index == SIZE_MAX) {
		open->index = begin_command(reader, open);
		open->capacity = 0;
		open->words = NULL;
	}
	open->words = arena_grow(
	    reader->arena, open->words, open->count, &open->capacity, sizeof(*open->words));
	open->words[open->count++] = *word;
	command = &reader->shell->commands[open->index];
	command->words = open->words;
	command->count = open->count;
	command->span = open->words[0].span;
	command->span.end = word->span.end;
}

/* What stands between two signs of its own: ends the command. */
static void end_command(struct reader *reader, struct open *open, enum link link)
{
	size_t index = open->index;

	if (index != SIZE_MAX) {
		reader->shell->commands[index].after = link;
		reader->shell->commands[index].fed = open->fed || open->before == LINK_PIPE;
		shell_unwrap(reader->arena, reader->shell, index);
	}
	*open = (struct open){
	    .index = SIZE_MAX,
	    .before = link,
	    .tested = open->tested && link != LINK_END,
	    .in_cases = open->in_cases,
	};
}

/* The sign at this place, taken; false: it is none. */
static bool take_link(struct reader *reader, enum link *ret_link)
{
	static const struct {
		const char *sign;
		enum link link;
	} signs[] = {{"&&", LINK_AND}, {"||", LINK_OR}, {"|&", LINK_PIPE}, {"|", LINK_PIPE},
	    {";;", LINK_END}, {";", LINK_END}, {"&", LINK_BACKGROUND}, {"\n", LINK_END}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (!shell_ahead(reader, signs[i].sign))
			continue;
		reader->at += strlen(signs[i].sign);
		*ret_link = signs[i].link;
		if (signs[i].sign[0] == '\n')
			skip_here_texts(reader);
		return true;
	}
	return false;
}

/* The patterns of a `case`: from here to their ")". */
static void skip_pattern(struct reader *reader)
{
	while (reader->at < reader->text.len && shell_peek(reader, 0) != ')' &&
	    !shell_ahead(reader, "esac"))
		reader->at++;
	if (shell_peek(reader, 0) == ')')
		reader->at++;
}

static void take_word(struct reader *reader, struct open *open)
{
	size_t first = reader->shell->expansion_count;
	bool free_words = open->ignored || open->cases;
	struct word word;
	bool assigns;

	reader->command = open->index;
	reader->word = open->count;
	if (!shell_word(reader, &word, free_words)) {
		reader->at++; /* a sign that has no business here */
		return;
	}
	assigns = open->index == SIZE_MAX && !word.quoted_start && is_assignment(word.text);
	if (open->cases && str_is(word.text, "in")) {
		open->cases = false;
		open->in_cases = true;
		skip_pattern(reader);
		return;
	}
	if (free_words)
		return;
	if (assigns ||
	    (open->index == SIZE_MAX && !word.quoted && take_keyword(reader, open, word.text))) {
		for (size_t i = first; assigns && i < reader->shell->expansion_count; i++)
			if (reader->shell->expansions[i].command == SIZE_MAX)
				reader->shell->expansions[i].quoted = true;
		return;
	}
	if (open->index == SIZE_MAX && shell_peek(reader, 0) == '(') /* the name of a function */
		return;
	add_word(reader, open, &word);
	for (size_t i = first; i < reader->shell->expansion_count; i++)
		if (reader->shell->expansions[i].command == SIZE_MAX &&
		    reader->shell->expansions[i].here == reader->depth)
			reader->shell->expansions[i].command = open->index;
	if (open->count == 1 && str_is(word.text, "[["))
		shell_test(reader);
}

/* Commands up to `close`, or to the end. */
void shell_list(struct reader *reader, char close)
{
	struct open open = {.index = SIZE_MAX};
	size_t loops = reader->loops;
	enum link link;

	reader->depth++;
	while (reader->at < reader->text.len) {
		skip_blanks(reader);
		if (close && shell_peek(reader, 0) == close)
			break;
		if (read_redirection(reader, &open))
			continue;
		if (open.in_cases && open.index == SIZE_MAX && shell_ahead(reader, ";;")) {
			reader->at += 2;
			while (shell_peek(reader, 0) == ' ' || shell_peek(reader, 0) == '\n' ||
			    shell_peek(reader, 0) == '\t')
				reader->at++;
			open.in_cases = !shell_ahead(reader, "esac");
			if (open.in_cases)
				skip_pattern(reader);
			continue;
		}
		if (open.in_cases && open.index != SIZE_MAX && shell_ahead(reader, ";;")) {
			end_command(reader, &open, LINK_END);
			continue;
		}
		if (take_link(reader, &link)) {
			bool blank = open.index == SIZE_MAX;

			/* an empty line behind | && || goes on */
			if (!(blank && link == LINK_END && open.before != LINK_END))
				end_command(reader, &open, link);
			continue;
		}
		if (shell_peek(reader, 0) == '(' || shell_peek(reader, 0) == ')') {
			reader->at++;
			end_command(reader, &open, LINK_END);
			continue;
		}
		if (reader->at < reader->text.len)
			take_word(reader, &open);
	}
	end_command(reader, &open, LINK_END);
	reader->depth--;
	reader->loops = loops;
}

void shell_read(struct arena *arena, struct shell *shell, struct str script,
    const struct shell_place *place, size_t outer, bool far)
{
	struct reader reader = {
	    .arena = arena,
	    .shell = shell,
	    .text = script,
	    .place = *place,
	    .outer = outer,
	    .far = far,
	    .command = SIZE_MAX,
	};

	pieces_begin(&reader);
	shell_list(&reader, '\0');
}
