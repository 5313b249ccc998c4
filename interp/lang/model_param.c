/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/model_parts.h"

#include "base/spell.h"

/* A parameter as it stands in a document. */
struct param_places {
	struct place type;
	struct place of;
	struct place preset;
	struct place choices;
	struct place pattern;
	struct str description;
};

static const struct shape shape_constant = {.name = "constant",
    .templates = true,
    .schema = JSON({"not" : {"type" : "string", "pattern" : "\\$\\{\\{"}})};
static const struct shape shape_choices = {
    .name = "choices",
    .schema = JSON({"type" : "array", "minItems" : 1}),
};

static const struct key declaration_rows[] = {
    {"type", &shape_type, offsetof(struct param_places, type), KEY_REQUIRED | KEY_KEPT, 0,
	"One of string, int, float, bool, duration, size, path, list, map."},
    {"of", &shape_type, offsetof(struct param_places, of), KEY_KEPT, 0,
	"The type of a list's items or a map's values."},
    {"default", &shape_constant, offsetof(struct param_places, preset), KEY_KEPT, 0,
	"Its value when none is given; without a default it is required."},
    {"enum", &shape_choices, offsetof(struct param_places, choices), KEY_KEPT, 0,
	"The values it may have."},
    {"pattern", &shape_text, offsetof(struct param_places, pattern), KEY_KEPT, 0,
	"A regular expression that the whole value must match."},
    {"description", &shape_text, offsetof(struct param_places, description), 0, 0,
	"What it is for."},
    {0},
};

const struct key_table param_keys = {
    .name = "param",
    .noun = "a parameter",
    .keys = declaration_rows,
};
const struct key_table input_keys = {
    .name = "input",
    .noun = "an input",
    .keys = declaration_rows,
};

static void not_constant(struct reader *reader, const struct node *node)
{
	diag_help(reader->diags,
	    diag_error(reader->diags, "wrong-type", node->span,
		"the values of a parameter's declaration are constants, without templates"),
	    "write the value itself; a run gives another with `-p`");
}

/* A constant of a kind, or NULL after a report. */
static const struct value *read_constant(struct reader *reader, const struct param_decl *decl,
    enum param_kind kind, const struct node *node)
{
	const struct value *value = NULL;
	struct template *template;

	if (node->kind == NODE_SCALAR && str_find(node->scalar.bytes, STR("${{")) >= 0) {
		not_constant(reader, node);
		return NULL;
	}
	if (node->kind == NODE_SCALAR) {
		value = kind_from_scalar(reader->arena, kind, node);
	} else if ((kind == PARAM_LIST) == (node->kind == NODE_LIST) &&
	    (kind == PARAM_LIST || kind == PARAM_MAP)) {
		template = template_parse(reader->arena, node, 0, reader->diags);
		if (!template)
			return NULL;
		value = template_value(template);
		if (!value) {
			not_constant(reader, node);
			return NULL;
		}
	}
	if (!value)
		kind_wrong(reader, decl->name, kind, node);
	return value;
}

/* A list or map whose items have a kind of their own. */
static const struct value *read_items(struct reader *reader, const struct param_decl *decl,
    enum param_kind of, const struct node *node)
{
	size_t count = node->kind == NODE_LIST ? node->list.count : node->map.count;
	const struct value **items = arena_array(reader->arena, count, sizeof(struct value *));
	struct value_entry *entries = arena_array(reader->arena, count, sizeof(*entries));
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		const struct node *item = node->kind == NODE_LIST ? node->list.items[i]
								  : node->map.entries[i].value;

		items[i] = read_constant(reader, decl, of, item);
		good &= items[i] != NULL;
		if (node->kind == NODE_MAP)
			entries[i] = (struct value_entry){
			    value_string(reader->arena, node->map.entries[i].key->scalar.bytes),
			    items[i]};
	}
	if (!good)
		return NULL;
	return node->kind == NODE_LIST ? value_list(reader->arena, items, count)
				       : value_map(reader->arena, entries, count);
}

static const struct value *read_value(
    struct reader *reader, const struct param_decl *decl, const struct node *node)
{
	bool collection = (decl->kind == PARAM_LIST && node->kind == NODE_LIST) ||
	    (decl->kind == PARAM_MAP && node->kind == NODE_MAP);

	if (collection && decl->of != PARAM_ANY)
		return read_items(reader, decl, decl->of, node);
	return read_constant(reader, decl, decl->kind, node);
}

static void read_of(struct reader *reader, struct param_places *places, struct param_decl *decl)
{
	struct type *type;
	size_t of;

	if (!places->of.value)
		return;
	if (decl->kind != PARAM_LIST && decl->kind != PARAM_MAP) {
		diag_error(reader->diags, "misplaced-key", places->of.name->span,
		    "`of` goes with the types list and map");
		places->of.value = NULL;
		return;
	}
	if (!read_word(reader, &places->of, &of)) {
		places->of.value = NULL;
		return;
	}
	decl->of = (enum param_kind)of;
	type = arena_alloc(reader->arena, sizeof(*type));
	*type = *kind_types[decl->kind];
	type->of = kind_types[decl->of];
	decl->type = type;
}

static void read_choices(
    struct reader *reader, const struct param_places *places, struct param_decl *decl)
{
	const struct node *list = places->choices.value;
	const struct value **items;
	size_t count = 0;

	if (!list)
		return;
	if (list->kind != NODE_LIST || list->list.count == 0) {
		place_wrong(reader, &places->choices, "a list of values");
		return;
	}
	items = arena_array(reader->arena, list->list.count, sizeof(struct value *));
	for (size_t i = 0; i < list->list.count; i++) {
		items[count] = read_value(reader, decl, list->list.items[i]);
		count += items[count] != NULL;
	}
	decl->choices = value_list(reader->arena, items, count);
}

static const struct type *find_value(
    const struct type_scope *scope, struct str name, struct span span, struct diags *diags)
{
	(void)scope, (void)name, (void)span, (void)diags;
	return &type_string;
}

/* The pattern becomes `value.matches("^(?:…)\z")`, each byte of it knowing where it came from. */
static void read_pattern(
    struct reader *reader, const struct param_places *places, struct param_decl *decl)
{
	static const struct type_scope scope = {find_value, NULL};
	const struct text *from;
	struct text *text = arena_alloc(reader->arena, sizeof(*text));
	struct buf buf;
	uint32_t *offsets;
	size_t begin;

	if (!places->pattern.value)
		return;
	if (decl->kind != PARAM_STRING && decl->kind != PARAM_PATH) {
		diag_error(reader->diags, "misplaced-key", places->pattern.name->span,
		    "`pattern` goes with the types string and path");
		return;
	}
	place_read(reader, &places->pattern, &decl->pattern_text);
	if (!decl->pattern_text.len)
		return;
	from = &places->pattern.value->scalar;
	buf_init(&buf, BUF_UNBOUNDED);
	buf_text(&buf, "value.matches(\"^(?:");
	begin = buf.len;
	offsets = arena_array(reader->arena, begin + from->bytes.len * 4 + 16, sizeof(*offsets));
	for (size_t i = 0; i < begin; i++)
		offsets[i] = text_span(from, 0, 0).start;
	for (size_t i = 0; i < from->bytes.len; i++) {
		unsigned char c = (unsigned char)from->bytes.ptr[i];
		size_t before = buf.len;

		if (c == '\\' || c == '"' || c < ' ')
			buf_printf(&buf, "\\%03o", c);
		else
			buf_byte(&buf, (char)c);
		while (before < buf.len)
			offsets[before++] = text_span(from, i, i + 1).start;
	}
	begin = buf.len;
	buf_text(&buf, ")\\\\z\")");
	while (begin <= buf.len)
		offsets[begin++] = text_span(from, from->bytes.len, from->bytes.len).end;
	*text = (struct text){
	    arena_str(reader->arena, buf_view(&buf)), places->pattern.value->span, offsets};
	buf_done(&buf);
	decl->pattern = expr_parse(reader->arena, text, 0, text->bytes.len, reader->diags);
	if (decl->pattern)
		expr_check(decl->pattern, &scope, reader->arena, reader->diags);
}

static void read_param(struct reader *reader, const struct place *place,
    const struct key_table *table, struct param_decl *decl)
{
	struct param_places places = {0};
	struct diag *diag;
	size_t kind;

	if (place->value->kind != NODE_MAP) {
		diag = place_wrong(reader, place, "a map");
		diag_help(reader->diags, diag, "as in {type: string, default: x}");
		return;
	}
	keys_read(reader, table, place->value, &places);
	decl->description = places.description;
	if (!places.type.value || !read_word(reader, &places.type, &kind))
		return;
	decl->kind = (enum param_kind)kind;
	decl->type = kind_types[decl->kind];
	read_of(reader, &places, decl);
	read_choices(reader, &places, decl);
	if (decl->choices && decl->kind != PARAM_LIST && decl->kind != PARAM_MAP)
		decl->type = type_of_choices(reader->arena, decl->type, decl->choices);
	read_pattern(reader, &places, decl);
	if (!places.preset.value)
		return;
	decl->optional = true;
	decl->preset = read_value(reader, decl, places.preset.value);
	if (decl->preset)
		param_fits(
		    reader->arena, decl, decl->preset, places.preset.value->span, reader->diags);
}

void decls_read(struct reader *reader, const struct place *place, const char *noun,
    const struct key_table *table, struct param_decl **ret_decls, size_t *ret_count)
{
	size_t count = read_entries(reader, place);
	struct param_decl *decls = arena_array(reader->arena, count, sizeof(*decls));

	*ret_decls = decls;
	*ret_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		struct place item = {.name = entry->key, .value = entry->value};
		struct param_decl *decl = &decls[i];

		*decl = (struct param_decl){
		    .name = entry->key->scalar.bytes,
		    .kind = PARAM_ANY,
		    .of = PARAM_ANY,
		    .type = &type_dyn,
		    .span = entry->key->span,
		};
		read_name(reader, entry->key, noun);
		read_param(reader, &item, table, decl);
	}
}

const struct value *decl_from_node(struct arena *arena, const struct param_decl *decl,
    const struct node *node, struct diags *diags)
{
	struct reader reader = {.arena = arena, .diags = diags};
	const struct value *value = read_value(&reader, decl, node);

	return value && param_fits(arena, decl, value, node->span, diags) ? value : NULL;
}

static const struct param_decl *find_decl(const struct runbook *runbook, struct str name)
{
	for (size_t i = 0; i < runbook->param_count; i++)
		if (str_eq(runbook->params[i].name, name))
			return &runbook->params[i];
	return NULL;
}

static void read_params(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	struct param_decl *read = NULL;
	struct param_decl *all;
	size_t count = 0;
	size_t old = runbook->param_count;

	decls_read(reader, place, "a parameter", &param_keys, &read, &count);
	all = arena_array(reader->arena, old + count, sizeof(*all));
	for (size_t i = 0; i < old; i++)
		all[i] = runbook->params[i];
	for (size_t i = 0; i < count; i++) {
		const struct param_decl *before = find_decl(runbook, read[i].name);

		if (before)
			declared_twice(
			    reader, read[i].span, before->span, "parameter", read[i].name);
		all[old + i] = read[i];
		/* a default is meant from the folder of its file */
		if (read[i].preset && reader->file->source != runbook->source)
			all[old + i].preset = decl_rebase(reader->arena, &read[i], read[i].preset,
			    files_way(reader->files, reader->file->source, runbook->source));
	}
	runbook->params = all;
	runbook->param_count = old + count;
}

const struct shape shape_params = {
    .name = "params",
    .read = read_params,
    .form = FORM_NAMES,
    .of = &param_keys,
};

static bool kind_is_tame(enum param_kind kind)
{
	return kind == PARAM_INT || kind == PARAM_FLOAT || kind == PARAM_BOOL ||
	    kind == PARAM_DURATION || kind == PARAM_SIZE;
}

bool decl_is_tame(const struct param_decl *decl)
{
	bool many = decl->kind == PARAM_LIST || decl->kind == PARAM_MAP;

	return kind_is_tame(many ? decl->of : decl->kind) || decl->pattern || decl->choices;
}
