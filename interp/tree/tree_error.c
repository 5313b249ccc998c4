/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tree/tree_parts.h"

/*
 * libyaml tells what its grammar missed; an author wants to know what to change. Each of its problems has a row here;
 * `refine` looks at the source for a cause that is more likely than the symptom.
 */
struct report {
	const struct source *source;
	struct diags *diags;
	uint32_t problem; /* bytes */
	uint32_t context;
	bool has_context;
};

typedef bool refine_fn(const struct report *report);

struct row {
	const char *problem;
	const char *context; /* of libyaml's context, or NULL: any */
	refine_fn *refine; /* true: it reported */
	bool at_context; /* the beginning is where the mistake is */
	const char *message;
	const char *help;
	const char *began; /* what to say of the context's place, or NULL */
};

static struct str line_of(const struct report *report, uint32_t at, uint32_t *ret_start)
{
	size_t line = source_position(report->source, at).line;

	*ret_start = report->source->lines[line - 1];
	return source_line(report->source, line);
}

static struct span span_at(const struct report *report, uint32_t start, uint32_t end)
{
	uint32_t len = (uint32_t)report->source->len;

	return (struct span){report->source, start < len ? start : len, end < len ? end : len};
}

static char byte_at(const struct report *report, uint32_t at)
{
	return at < report->source->len ? report->source->bytes[at] : '\0';
}

/* Offset of ": " (or a ':' at the end) in text from `from` on, or -1. */
static ptrdiff_t find_colon(struct str text, size_t from)
{
	for (size_t i = from; i < text.len; i++)
		if (text.ptr[i] == ':' && (i + 1 == text.len || text.ptr[i + 1] == ' '))
			return (ptrdiff_t)i;
	return -1;
}

/* Where a value on this line begins with `mark`, or -1. */
static ptrdiff_t value_begins_with(struct str line, char mark)
{
	for (size_t i = 0; i < line.len; i++) {
		size_t before = i;

		if (line.ptr[i] != mark)
			continue;
		while (before > 0 && line.ptr[before - 1] == ' ')
			before--;
		if (before == 0 || memchr("[{", line.ptr[before - 1], 2) ||
		    (before < i && memchr(",:-", line.ptr[before - 1], 3)))
			return (ptrdiff_t)i;
	}
	return -1;
}

static bool at_end(const struct report *report)
{
	return str_trim(span_text(span_at(report, report->problem, UINT32_MAX))).len == 0;
}

static bool refine_tag(const struct report *report)
{
	uint32_t start;
	struct str line = line_of(report, report->problem, &start);
	ptrdiff_t bang = value_begins_with(line, '!');
	size_t end;

	if (bang < 0 || (uint32_t)bang + start > report->problem)
		return false;
	line.len = str_trim(str_sub(line, (size_t)bang, line.len)).len + (size_t)bang;
	for (end = (size_t)bang; end < line.len && line.ptr[end] != ' ';)
		end++;
	tree_tag_error(report->diags,
	    span_at(report, start + (uint32_t)bang, start + (uint32_t)end),
	    span_at(report, start + (uint32_t)bang, start + (uint32_t)line.len));
	return true;
}

static bool refine_character(const struct report *report)
{
	char c = byte_at(report, report->problem);
	struct span span = span_at(report, report->problem, report->problem + 1);
	struct diag *diag;

	if (c == '\t') {
		diag = diag_error(report->diags, "yaml-tab", span,
		    "a tab stands here, and YAML indents with spaces only");
		diag_help(report->diags, diag, "replace the tab by spaces");
	} else {
		diag = diag_error(report->diags, "yaml-syntax", span,
		    "a text without quotes cannot begin with %c", c);
		diag_help(report->diags, diag, "put the value in quotes");
	}
	return true;
}

static bool refine_indent_tab(const struct report *report)
{
	struct diag *diag = diag_error(report->diags, "yaml-tab",
	    span_at(report, report->problem, report->problem + 1),
	    "a tab stands here, and YAML indents with spaces only");

	diag_help(report->diags, diag, "replace the tab by spaces");
	return true;
}

/* "mapping values are not allowed": a second ": " in one line, or a key indented deeper than what stands above. */
static bool refine_colon(const struct report *report)
{
	uint32_t start;
	struct str line = line_of(report, report->problem, &start);
	uint32_t colon = report->problem - start;
	ptrdiff_t first = find_colon(line, 0);
	struct diag *diag;

	if (refine_tag(report))
		return true;
	if (first >= 0 && (uint32_t)first < colon) {
		diag = diag_error(report->diags, "yaml-colon",
		    span_at(report, report->problem, report->problem + 1),
		    "\": \" inside a text without quotes: YAML takes what stands before it for a "
		    "key");
		diag_help(report->diags, diag,
		    "put the whole value in quotes, or below the key as a block: >-");
		return true;
	}
	line = str_sub(line, 0, colon);
	first = (ptrdiff_t)(line.len - str_trim(line).len);
	diag = diag_error(report->diags, "yaml-indent",
	    span_at(report, start + (uint32_t)first, report->problem),
	    "this key belongs nowhere: what stands above it has its value already");
	diag_help(report->diags, diag,
	    "indent it like the keys it belongs to; if it is part of a text, put that text in "
	    "quotes");
	return true;
}

/* A list or map in brackets that does not go on as it should. */
static bool refine_flow(const struct report *report)
{
	char open = byte_at(report, report->context);
	bool is_list = open == '[';
	struct diag *diag;

	if (byte_at(report, report->problem) == '{' && report->problem > 0 &&
	    byte_at(report, report->problem - 1) == '$') {
		diag = diag_error(report->diags, "yaml-template",
		    span_at(report, report->problem - 1, report->problem + 2),
		    "inside [ ] and { } a template needs quotes: YAML takes its { for a map");
		diag_help(report->diags, diag, "write \"${{ ... }}\" with the quotes");
		return true;
	}
	if (at_end(report)) {
		diag = diag_error(report->diags, "yaml-syntax",
		    span_at(report, report->context, report->context + 1),
		    "this %c is never closed", open);
		diag_help(report->diags, diag, "put %c where it ends", is_list ? ']' : '}');
		return true;
	}
	if (source_position(report->source, report->problem).line !=
	    source_position(report->source, report->context).line) {
		diag = diag_error(report->diags, "yaml-syntax",
		    span_at(report, report->context, report->context + 1),
		    "this %c is not closed where it should be", open);
		diag_other(report->diags, diag, span_at(report, report->problem, report->problem),
		    "here a comma or %c is missing", is_list ? ']' : '}');
		return true;
	}
	diag = diag_error(report->diags, "yaml-syntax",
	    span_at(report, report->problem, report->problem + 1), "here a comma or %c is missing",
	    is_list ? ']' : '}');
	diag_help(
	    report->diags, diag, "a text that holds one of , [ ] { } needs quotes inside brackets");
	return true;
}

/* Something behind a value that was complete: `"a" b`, `[a] b`, 'it's'. */
static bool refine_behind(const struct report *report)
{
	uint32_t start;
	struct str line = line_of(report, report->problem, &start);
	struct str before = str_trim(str_sub(line, 0, report->problem - start));
	struct diag *diag;

	if (before.len == 0 || !memchr("\"']}", before.ptr[before.len - 1], 4))
		return false;
	diag = diag_error(report->diags, "yaml-syntax",
	    span_at(report, report->problem, start + (uint32_t)line.len),
	    "this stands behind a value that was complete with %c", before.ptr[before.len - 1]);
	diag_help(report->diags, diag,
	    "put the whole value in one pair of quotes; a ' within '...' is written twice");
	return true;
}

static bool refine_missing(const struct report *report)
{
	if (!at_end(report))
		return refine_tag(report);
	diag_error(report->diags, "yaml-syntax", span_at(report, report->problem, report->problem),
	    "the file ends here, and a bracket above is not closed");
	return true;
}

static const struct row rows[] = {
    {"found character that cannot start any token", NULL, refine_character, false, NULL, NULL,
	NULL},
    {"found a tab character that violates indentation", NULL, refine_indent_tab, false, NULL, NULL,
	NULL},
    {"found a tab character where an indentation space is expected", NULL, refine_indent_tab, false,
	NULL, NULL, NULL},
    {"mapping values are not allowed in this context", NULL, refine_colon, false, NULL, NULL, NULL},
    {"did not find expected ',' or ']'", NULL, refine_flow, false, NULL, NULL, NULL},
    {"did not find expected ',' or '}'", NULL, refine_flow, false, NULL, NULL, NULL},
    {"block sequence entries are not allowed in this context", NULL, NULL, false,
	"a list with \"- \" cannot begin here", "put the list on lines of its own, or write [a, b]",
	NULL},
    {"mapping keys are not allowed in this context", NULL, NULL, false,
	"\"? \" begins a key in YAML", "put the value in quotes", NULL},
    {"could not find expected ':'", NULL, refine_tag, true, "this line is no \"key: value\"",
	"a key is followed by a colon and a space", NULL},
    {"did not find expected key", NULL, refine_behind, false,
	"this line does not belong to the map above it",
	"indent it like that map's other keys, and write it as \"key: value\"",
	"the map begins here"},
    {"did not find expected '-' indicator", NULL, refine_behind, false,
	"this line does not belong to the list above it",
	"indent it like that list's other items, and begin it with \"- \"", "the list begins here"},
    {"did not find expected node content", "while parsing a flow node", refine_missing, false,
	"a value is missing here", "if this character belongs to the text, put the text in quotes",
	NULL},
    {"did not find expected node content", NULL, refine_tag, false, "a value is missing here",
	"if this character belongs to the text, put the text in quotes", NULL},
    {"did not find expected alphabetic or numeric character", "while scanning an alias", refine_tag,
	true, "* begins an alias in YAML, and no name follows",
	"if it is meant as text, put the value in quotes", NULL},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor",
	refine_tag, true, "& begins an anchor in YAML, and no name follows",
	"if it is meant as text, put the value in quotes", NULL},
    {"did not find expected comment or line break", "while scanning a block scalar", NULL, false,
	"behind | or > nothing may stand but + or -, a digit and a comment",
	"begin the text on the next line, indented", NULL},
    {"found an indentation indicator equal to 0", NULL, NULL, false,
	"the indentation behind | or > is a digit from 1 to 9", NULL, NULL},
    {"found unexpected end of stream", NULL, NULL, true, "this quote is never closed", NULL, NULL},
    {"found unexpected document indicator", NULL, NULL, true,
	"this quote is not closed before the next --- or ...", NULL, NULL},
    {"found unknown escape character", NULL, NULL, false,
	"in double quotes \\ begins an escape, and this one does not exist",
	"write \\\\ for a backslash, or use single quotes, in which a backslash is a backslash",
	NULL},
    {"did not find expected hexdecimal number", NULL, NULL, false,
	"\\x is followed by two hexadecimal digits, \\u by four, \\U by eight",
	"write \\\\ for a backslash, or use single quotes, in which a backslash is a backslash",
	NULL},
    {"found invalid Unicode character escape code", NULL, NULL, false,
	"this escape names no character of Unicode", NULL, NULL},
    {"found unexpected ':'", NULL, NULL, false, "a : may not stand here without quotes",
	"put the value in quotes", NULL},
    {"did not find expected <document start>", NULL, refine_behind, false,
	"this line does not belong to what stands above it, which was complete",
	"look at the indentation: a runbook is one map, whose keys begin in one column", NULL},
    {"found undefined tag handle", NULL, refine_tag, false, "YAML tags are not used in runbooks",
	"if ! is meant as text, put the value in quotes", NULL},
    {"found incompatible YAML document", NULL, NULL, false,
	"runbooks are written in YAML 1.2, and this is another version", "leave the %YAML line out",
	NULL},
    {"found unknown directive name", NULL, NULL, true,
	"a line that begins with % is a YAML directive, and this one does not exist", NULL, NULL},
};

/* The span of the word at a place: to the next blank or the line's end. */
static struct span word_at(const struct report *report, uint32_t at)
{
	uint32_t end = at;

	while (end < report->source->len && !memchr(" \t\r\n", report->source->bytes[end], 4))
		end++;
	return span_at(report, at, end);
}

static void report_row(const struct report *report, const struct row *row)
{
	struct diag *diag;
	bool first = row->at_context && report->has_context;

	if (row->refine && row->refine(report))
		return;
	diag = diag_error(report->diags, "yaml-syntax",
	    word_at(report, first ? report->context : report->problem), "%s", row->message);
	if (row->help)
		diag_help(report->diags, diag, "%s", row->help);
	if (row->began && report->has_context)
		diag_other(report->diags, diag,
		    span_at(report, report->context, report->context + 1), "%s", row->began);
}

void tree_syntax_error(const yaml_parser_t *parser, struct marks *marks, struct diags *diags)
{
	const char *problem = parser->problem ? parser->problem : "";
	const char *context = parser->context ? parser->context : "";
	struct report report = {.source = marks->source,
	    .diags = diags,
	    .problem = marks_byte(marks, parser->problem_mark.index),
	    .context = marks_byte(marks, parser->context_mark.index),
	    .has_context = parser->context};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (strcmp(problem, rows[i].problem) == 0 &&
		    (!rows[i].context || strcmp(context, rows[i].context) == 0)) {
			report_row(&report, &rows[i]);
			return;
		}
	if (refine_tag(&report))
		return;
	diag_error(diags, "yaml-syntax", word_at(&report, report.problem),
	    "this is not YAML: %s%s%s", problem, *context ? " " : "", context);
}
