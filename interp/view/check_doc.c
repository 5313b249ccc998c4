/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "view/check_doc_parts.h"

static const struct check_form_code *const forms[] = {
    [CHECK_JSON] = &check_form_json, [CHECK_SARIF] = &check_form_sarif};

struct check_doc *check_doc_new(const struct check_doc_options *options, struct buf *out)
{
	struct check_doc *doc = mem_alloc(sizeof(*doc));

	*doc = (struct check_doc){.options = *options};
	json_init_shown(&doc->json, out, true);
	forms[options->form]->begin(doc);
	return doc;
}

static struct checked checked_from(const struct load *load, const char *path)
{
	return (struct checked){
	    .path = path,
	    .kind = !load->tree ? NULL
		: load->is_part ? "part"
				: "runbook",
	    .steps = load->plan ? load->plan->count - 1 : 0,
	    .has_steps = load->plan != NULL,
	    .lost = load->diags.lost,
	};
}

void check_doc_add(struct check_doc *doc, struct load *load, const char *path, bool ok, bool listed)
{
	struct checked *file;

	doc->files = mem_grow(doc->files, doc->count, &doc->capacity, sizeof(*doc->files));
	file = &doc->files[doc->count++];
	*file = checked_from(load, path);
	file->ok = ok;
	file->listed = listed;
	diags_sort(&load->diags);
	for (size_t i = 0; i < load->diags.count; i++)
		forms[doc->options.form]->diag(doc, path, &load->diags.items[i]);
}

void check_doc_end(struct check_doc *doc)
{
	forms[doc->options.form]->end(doc);
	buf_byte(doc->json.out, '\n');
	free(doc->files);
	free(doc->codes);
	free(doc);
}

size_t check_doc_code(struct check_doc *doc, const char *code)
{
	size_t at = 0;

	while (at < doc->code_count && strcmp(doc->codes[at], code) != 0)
		at++;
	if (at == doc->code_count) {
		doc->codes = mem_grow(
		    doc->codes, doc->code_count, &doc->code_capacity, sizeof(*doc->codes));
		doc->codes[doc->code_count++] = code;
	}
	return at;
}

void check_doc_region(struct json *json, const char *const names[4], struct span span)
{
	uint32_t last = span.end > span.start ? span.end : span.start;
	struct position start = source_position(span.source, span.start);
	struct position end = source_position(span.source, last);

	json_put_int(json, names[0], (int64_t)start.line);
	json_put_int(json, names[1], (int64_t)start.column);
	json_put_int(json, names[2], (int64_t)end.line);
	json_put_int(json, names[3], (int64_t)end.column);
}
