/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/spell.h"
#include "lang/model_parts.h"

/* Nobody follows more files or templates within one another. */
enum { DEEPEST = 16 };

bool enter(struct reader *reader, struct reading *link, const void *what, struct str name,
    struct span span)
{
	struct diag *diag;
	struct buf path;
	size_t depth = 0;

	*link = (struct reading){reader->above, what, name};
	for (const struct reading *at = reader->above; at; at = at->above) {
		if (++depth == DEEPEST) {
			diag_error(reader->diags, "cycle", span,
			    "this is the %dth file or template within another", DEEPEST);
			return false;
		}
		if (at->what != what)
			continue;
		buf_init(&path, BUF_UNBOUNDED);
		for (const struct reading *on = link; on != at; on = on->above)
			buf_printf(&path, "%.*s, named by ", STR_ARG(on->name));
		diag = diag_error(reader->diags, "cycle", span,
		    "`%.*s` would be read within itself", STR_ARG(name));
		diag_help(
		    reader->diags, diag, "%.*s%.*s", STR_ARG(buf_view(&path)), STR_ARG(at->name));
		buf_done(&path);
		return false;
	}
	reader->above = link;
	return true;
}

void declared_twice(
    struct reader *reader, struct span span, struct span before, const char *noun, struct str name)
{
	struct diag *diag = diag_error(reader->diags, "declared-twice", span,
	    "the %s `%.*s` is declared already", noun, STR_ARG(name));

	diag_other(reader->diags, diag, before, "first declared here");
	diag_help(reader->diags, diag, "give one of them another name");
}

static struct template_decl *find_template(const struct runbook *runbook, struct str name)
{
	for (size_t i = 0; i < runbook->template_count; i++)
		if (str_eq(runbook->templates[i].name, name))
			return &runbook->templates[i];
	return NULL;
}

static void read_templates(struct reader *reader, const struct place *place, void *target)
{
	struct runbook *runbook = target;
	size_t count = read_entries(reader, place);
	size_t old = runbook->template_count;
	struct template_decl *all = arena_array(reader->arena, old + count, sizeof(*all));

	for (size_t i = 0; i < old; i++)
		all[i] = runbook->templates[i];
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		const struct template_decl *before = find_template(
		    runbook, entry->key->scalar.bytes);

		all[old + i] = (struct template_decl){
		    .name = entry->key->scalar.bytes,
		    .node = entry->value,
		    .file = reader->file,
		    .span = entry->key->span,
		};
		read_name(reader, entry->key, "a template");
		if (before)
			declared_twice(
			    reader, entry->key->span, before->span, "template", before->name);
	}
	runbook->templates = all;
	runbook->template_count = old + count;
}

const struct shape shape_templates = {
    .name = "templates",
    .read = read_templates,
    .form = FORM_NAMES,
    .of = &template_keys,
};

const struct shape shape_use = {
    .name = "use",
    .schema = JSON({"type" : "string", "minLength" : 1}),
};
const struct shape shape_with = {
    .name = "with",
    .schema = JSON({"type" : "object"}),
};

/* A template as it stands in a document: its graph is a block. */
struct template_draft {
	struct step root;
	struct place params;
	struct place steps;
	struct place finally;
	struct place verify;
	struct place outputs;
};

#define DRAFT(field) offsetof(struct template_draft, field)

static const struct key template_rows[] = {
    {"title", &shape_text, DRAFT(root.title), 0, 0, "A line for people; otherwise its name."},
    {"description", &shape_text, DRAFT(root.description), 0, 0, "More for people: what it is for."},
    {"params", &shape_params, DRAFT(params), KEY_KEPT, 0,
	"What a use of it may be told: name: {type, default, …}."},
    {"steps", &shape_some_steps, DRAFT(steps), KEY_REQUIRED | KEY_KEPT, 0,
	"What is done; its ids are its own."},
    {"finally", &shape_steps, DRAFT(finally), KEY_KEPT, 0,
	"Steps that run when it has ended, whatever became of it."},
    {"verify", &shape_checks, DRAFT(verify), KEY_KEPT, 0, "Checks that must hold after it."},
    {"outputs", &shape_outputs, DRAFT(outputs), KEY_KEPT, 0,
	"What the step that uses it has as outputs: name: expression."},
    {0},
};

const struct key_table template_keys = {
    .name = "template",
    .noun = "a template",
    .keys = template_rows,
};

/* A template sees what is declared around it, but for the parameters: those are its own. */
static struct runbook *read_template(struct reader *reader, const struct template_decl *decl)
{
	struct template_draft draft = {.root = step_defaults()};
	struct runbook *book = arena_alloc(reader->arena, sizeof(*book));
	struct step *root = arena_alloc(reader->arena, sizeof(*root));
	struct reader inner = *reader;

	*book = *reader->runbook;
	book->is_template = true;
	book->number = ++reader->outermost->last_number;
	book->source = decl->file->source;
	book->outer = reader->runbook;
	book->params = NULL;
	book->param_count = 0;
	book->id = decl->name;
	book->root = root;
	inner.runbook = book;
	if (!keys_read(&inner, &template_keys, decl->node, &draft))
		return NULL;
	*root = draft.root;
	root->is_block = true;
	root->id = decl->name;
	root->span = decl->span;
	if (!root->title.len)
		root->title = decl->name;
	place_read(&inner, &draft.params, book);
	place_read(&inner, &draft.steps, &root->steps);
	place_read(&inner, &draft.finally, &root->finally);
	place_read(&inner, &draft.verify, &root->verify);
	place_read(&inner, &draft.outputs, root);
	return book;
}

static void unknown_template(struct reader *reader, const struct node *name)
{
	const struct runbook *runbook = reader->runbook;
	struct spell spell;
	struct diag *diag;

	if (left_open(runbook, name->span, "template", name->scalar.bytes, reader->diags))
		return;
	diag = diag_error(reader->diags, "unknown-template", name->span,
	    "there is no template `%.*s`", STR_ARG(name->scalar.bytes));
	spell_init(&spell, name->scalar.bytes);
	for (size_t i = 0; i < runbook->template_count; i++)
		spell_try(&spell, runbook->templates[i].name);
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
	else
		diag_help(reader->diags, diag,
		    "declare it under `templates`; another runbook is named by its path, ./x.yaml");
}

static bool is_path(struct str name)
{
	return str_find(name, STR("/")) >= 0 || str_ends(name, STR(".yaml")) ||
	    str_ends(name, STR(".yml"));
}

static struct str folder_of(const struct source *source)
{
	size_t len = strlen(source->name);

	while (len > 0 && source->name[len - 1] != '/')
		len--;
	return (struct str){source->name, len};
}

/* Whether both are kept in the same place; a relative path is meant from the folder of its file. */
static bool same_secret(const struct secret_decl *a, const struct secret_decl *b)
{
	if (a->span.source == b->span.source && a->span.start == b->span.start)
		return true;
	if (a->from != b->from || a->from == SECRET_COMMAND || !str_eq(a->env, b->env))
		return false;
	return a->from == SECRET_ENV || str_starts(a->env, STR("/")) ||
	    str_eq(folder_of(a->span.source), folder_of(b->span.source));
}

/* Secrets are opened by name: one name for two of them would open the wrong one. */
static void check_secrets(struct reader *reader, const struct runbook *book)
{
	for (size_t i = 0; i < book->secret_count; i++) {
		struct secret_decl *secret = &book->secrets[i];
		const struct secret_decl *before = map_get(reader->secrets, secret->name);

		if (!before)
			map_put(reader->secrets, secret->name, secret);
		else if (!same_secret(secret, before))
			declared_twice(reader, secret->span, before->span, "secret", secret->name);
	}
}

static struct runbook *read_other(struct reader *reader, const struct node *name)
{
	struct reader inner = *reader;
	struct runbook *outermost = reader->outermost;
	struct reading link;
	struct runbook *book;
	const struct node *tree;

	inner.at = (struct at){0}; /* where its steps run is its own affair */
	inner.step = NULL;
	inner.file = files_open_beside(
	    reader->files, reader->file->source, name->scalar.bytes, name->span, reader->diags);
	if (!inner.file || !enter(&inner, &link, inner.file, name->scalar.bytes, name->span))
		return NULL;
	tree = file_tree(reader->files, inner.file, reader->diags);
	book = tree ? runbook_read(&inner, tree) : NULL;
	if (!book)
		return NULL;
	book->outer = reader->runbook;
	book->number = ++outermost->last_number;
	book->root->id = book->id;
	if (book->on_failure != FAILURE_CONTINUE)
		diag_warning(reader->diags, "not-obeyed", name->span,
		    "its `on_failure` is not obeyed: the runbook that uses it decides");
	outermost->books = arena_grow(reader->arena, outermost->books, outermost->book_count,
	    &outermost->book_capacity, sizeof(*outermost->books));
	outermost->books[outermost->book_count++] = book;
	if (outermost->book_count == 1)
		check_secrets(reader, outermost);
	check_secrets(reader, book);
	return book;
}

const struct param_decl *runbook_param(const struct runbook *book, struct str name)
{
	for (size_t i = 0; i < book->param_count; i++)
		if (str_eq(book->params[i].name, name))
			return &book->params[i];
	return NULL;
}

void runbook_lacks_param(struct reader *reader, const struct runbook *book, const struct node *name)
{
	struct spell spell;
	struct diag *diag = diag_error(reader->diags, "unknown-param", name->span,
	    "`%.*s` has no parameter `%.*s`", STR_ARG(book->id), STR_ARG(name->scalar.bytes));

	spell_init(&spell, name->scalar.bytes);
	for (size_t i = 0; i < book->param_count; i++)
		spell_try(&spell, book->params[i].name);
	if (spell_best(&spell).len)
		diag_help(reader->diags, diag, "did you mean `%.*s`?", STR_ARG(spell_best(&spell)));
}

struct template *param_template(
    struct reader *reader, const struct param_decl *decl, const struct node *node)
{
	bool text = decl->kind == PARAM_STRING || decl->kind == PARAM_PATH;
	struct template *template = template_parse(
	    reader->arena, node, text ? TEMPLATE_RAW : 0, reader->diags);
	const struct value *value;

	if (!template || !template_value(template))
		return template;
	value = decl_from_node(reader->arena, decl, node, reader->diags);
	return value ? template_constant(reader->arena, value) : NULL;
}

static void read_argument(struct reader *reader, const struct node_entry *entry,
    const struct param_decl *decl, struct use *use)
{
	struct template *template = param_template(reader, decl, entry->value);

	if (template)
		use->list[use->count++] = (struct arg){.name = decl->name, .value = template};
}

static void read_with(struct reader *reader, const struct place *place, struct use *use)
{
	size_t count = place->value ? read_entries(reader, place) : 0;
	struct template_entry *entries = arena_array(reader->arena, count, sizeof(*entries));

	use->list = arena_array(reader->arena, count, sizeof(*use->list));
	for (size_t i = 0; i < count; i++) {
		const struct node_entry *entry = &place->value->map.entries[i];
		const struct param_decl *decl = runbook_param(use->book, entry->key->scalar.bytes);

		if (decl)
			read_argument(reader, entry, decl, use);
		else
			runbook_lacks_param(reader, use->book, entry->key);
	}
	for (size_t i = 0; i < use->count; i++)
		entries[i] = (struct template_entry){use->list[i].name, use->list[i].value};
	use->with = template_map(reader->arena, entries, use->count, use->span);
}

static bool is_given(const struct place *with, struct str name)
{
	return with->value && with->value->kind == NODE_MAP && node_get(with->value, name);
}

static void check_required(struct reader *reader, const struct place *with, const struct use *use)
{
	for (size_t i = 0; i < use->book->param_count; i++) {
		const struct param_decl *decl = &use->book->params[i];
		struct diag *diag;

		if (decl->optional || is_given(with, decl->name))
			continue;
		diag = diag_error(reader->diags, "missing-param", use->span,
		    "`%.*s` wants the parameter `%.*s`", STR_ARG(use->book->id),
		    STR_ARG(decl->name));
		diag_other(reader->diags, diag, decl->span, "declared here, without a default");
		diag_help(reader->diags, diag, "write `with: {%.*s: …}`", STR_ARG(decl->name));
	}
}

static struct runbook *read_named(
    struct reader *reader, struct template_decl *decl, struct span span)
{
	struct reader inner = *reader;
	struct reading link;

	decl->used = true;
	inner.file = decl->file;
	return enter(&inner, &link, decl->node, decl->name, span) ? read_template(&inner, decl)
								  : NULL;
}

static struct runbook *read_book(struct reader *reader, const struct node *name)
{
	struct template_decl *decl = find_template(reader->runbook, name->scalar.bytes);

	if (decl)
		return read_named(reader, decl, name->span);
	if (is_path(name->scalar.bytes))
		return read_other(reader, name);
	unknown_template(reader, name);
	return NULL;
}

/* The step's one child is the root of what it uses. */
static void hold(struct reader *reader, struct step *step, struct runbook *book)
{
	step->is_block = true;
	step->use.book = book;
	step->steps.items = arena_array(reader->arena, 1, sizeof(struct step *));
	step->steps.items[0] = book->root;
	step->steps.count = 1;
	step->outputs = book->root->outputs;
	step->output_count = book->root->output_count;
	reader->outermost->step_count++;
}

bool template_use(
    struct reader *reader, struct template_decl *decl, struct span span, struct step *step)
{
	struct runbook *book = read_named(reader, decl, span);

	if (!book)
		return false;
	step->use.span = span;
	step->use.with = template_map(reader->arena, NULL, 0, span);
	hold(reader, step, book);
	return true;
}

void use_read(struct reader *reader, const struct use_places *places, struct step *step)
{
	const struct node *name = places->use.value;
	struct runbook *book;

	step->is_block = true; /* whatever it is */
	if (name->kind != NODE_SCALAR || node_is_null(name)) {
		place_wrong(
		    reader, &places->use, "the name of a template or the path of a runbook");
		return;
	}
	book = read_book(reader, name);
	if (!book)
		return;
	hold(reader, step, book);
	step->use.way = files_way(reader->files, reader->file->source, book->source);
	step->use.span = name->span;
	read_with(reader, &places->with, &step->use);
	check_required(reader, &places->with, &step->use);
}
