/* SPDX-License-Identifier: Apache-2.0 */
#include "view/check_doc_parts.h"

/*
 * {version, diagnostics, files, ok}: every key is always there, null where there is nothing to say.
 */
enum { VERSION = 1 };

static void put_text(struct json *json, const char *key, struct str text)
{
	json_key(json, key);
	if (text.len)
		json_str(json, text);
	else
		json_nothing(json);
}

/* Of what has no place only the file is known, which was being looked at. */
static void put_place(struct json *json, const char *path, struct span span)
{
	static const char *const names[] = {"line", "column", "end_line", "end_column"};

	json_put_text(json, "path", span.source ? span.source->name : path);
	if (span.source) {
		check_doc_region(json, names, span);
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		json_key(json, names[i]);
		json_nothing(json);
	}
}

static void begin(struct check_doc *doc)
{
	json_open_map(&doc->json);
	json_put_int(&doc->json, "version", VERSION);
	json_key(&doc->json, "diagnostics");
	json_open_list(&doc->json);
}

static void put_diag(struct check_doc *doc, const char *path, const struct diag *diag)
{
	struct json *json = &doc->json;

	json_open_map(json);
	json_put_text(json, "severity", diag->severity == SEVERITY_ERROR ? "error" : "warning");
	json_put_text(json, "code", diag->code);
	json_put_str(json, "message", diag->message);
	put_text(json, "help", diag->help);
	put_place(json, path, diag->span);
	json_key(json, "related");
	json_open_list(json);
	if (diag->other.source) {
		json_open_map(json);
		json_put_str(json, "message", diag->other_text);
		put_place(json, path, diag->other);
		json_close_map(json);
	}
	json_close_list(json);
	json_close_map(json);
}

static void put_file(struct json *json, const struct checked *file)
{
	json_open_map(json);
	json_put_text(json, "path", file->path);
	json_put_bool(json, "ok", file->ok);
	put_text(json, "kind", str_from(file->kind));
	json_key(json, "steps");
	if (file->has_steps)
		json_int(json, (int64_t)file->steps);
	else
		json_nothing(json);
	json_put_int(json, "left_out", (int64_t)file->lost);
	json_close_map(json);
}

static void end(struct check_doc *doc)
{
	struct json *json = &doc->json;
	bool ok = true;

	json_close_list(json);
	json_key(json, "files");
	json_open_list(json);
	for (size_t i = 0; i < doc->count; i++) {
		ok = ok && doc->files[i].ok;
		if (doc->files[i].listed)
			put_file(json, &doc->files[i]);
	}
	json_close_list(json);
	json_put_bool(json, "ok", ok);
	json_close_map(json);
}

const struct check_form_code check_form_json = {begin, put_diag, end};
