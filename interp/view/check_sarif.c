/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "view/check_doc_parts.h"

/*
 * The Static Analysis Results Interchange Format, version 2.1.0 (OASIS). One log, one run, a result for each
 * diagnostic. Rules come behind the results, whose codes they explain.
 */
#define SCHEMA                                                                                     \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"                      \
	"sarif-schema-2.1.0.json"

/*
 * In a message braces are doubled (3.11.5), for single ones hold what is filled in; and "](" would make a link of what
 * stands before it (3.11.6).
 */
static void append_message(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char byte = text.ptr[i];

		buf_byte(out, byte);
		if (byte == '{' || byte == '}')
			buf_byte(out, byte);
		if (byte == ']' && i + 1 < text.len && text.ptr[i + 1] == '(')
			buf_byte(out, ' ');
	}
}

/* "message": {"text": …}, of a message and of a way out. */
static void put_message(struct json *json, struct str message, struct str help)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	append_message(&text, message);
	if (help.len)
		buf_text(&text, "\nhelp: ");
	append_message(&text, help);
	json_key(json, "message");
	json_open_map(json);
	json_put_str(json, "text", buf_view(&text));
	json_close_map(json);
	buf_done(&text);
}

/* A path as a reference to a file (RFC 3986): relative ones stay relative. */
static void put_artifact(struct json *json, const char *key, const char *path)
{
	static const char plain[] = "-._~/";
	struct buf uri;

	buf_init(&uri, BUF_UNBOUNDED);
	buf_text(&uri, path[0] == '/' ? "file://" : "");
	for (struct str left = str_from(path); left.len; left = str_sub(left, 1, left.len)) {
		char c = left.ptr[0];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    memchr(plain, c, sizeof(plain) - 1))
			buf_byte(&uri, c);
		else
			buf_printf(&uri, "%%%02X", (unsigned char)c);
	}
	json_key(json, key);
	json_open_map(json);
	json_put_str(json, "uri", buf_view(&uri));
	json_close_map(json);
	buf_done(&uri);
}

/* A location; of what has no place it is the file that was being looked at. */
static void put_location(struct json *json, const char *path, struct span span)
{
	static const char *const names[] = {"startLine", "startColumn", "endLine", "endColumn"};

	json_key(json, "physicalLocation");
	json_open_map(json);
	put_artifact(json, "artifactLocation", span.source ? span.source->name : path);
	if (span.source) {
		json_key(json, "region");
		json_open_map(json);
		check_doc_region(json, names, span);
		json_close_map(json);
	}
	json_close_map(json);
}

static void begin(struct check_doc *doc)
{
	struct json *json = &doc->json;

	json_open_map(json);
	json_put_text(json, "version", "2.1.0");
	json_put_text(json, "$schema", SCHEMA);
	json_key(json, "runs");
	json_open_list(json);
	json_open_map(json);
	json_put_text(json, "columnKind", "unicodeCodePoints");
	json_key(json, "results");
	json_open_list(json);
}

static void put_diag(struct check_doc *doc, const char *path, const struct diag *diag)
{
	struct json *json = &doc->json;

	json_open_map(json);
	json_put_text(json, "ruleId", diag->code);
	json_put_int(json, "ruleIndex", (int64_t)check_doc_code(doc, diag->code));
	json_put_text(json, "level", diag->severity == SEVERITY_ERROR ? "error" : "warning");
	put_message(json, diag->message, diag->help);
	json_key(json, "locations");
	json_open_list(json);
	json_open_map(json);
	put_location(json, path, diag->span);
	json_close_map(json);
	json_close_list(json);
	if (diag->other.source) {
		json_key(json, "relatedLocations");
		json_open_list(json);
		json_open_map(json);
		json_put_int(json, "id", 0);
		put_message(json, diag->other_text, (struct str){0});
		put_location(json, path, diag->other);
		json_close_map(json);
		json_close_list(json);
	}
	json_close_map(json);
}

static void put_tool(struct check_doc *doc)
{
	struct json *json = &doc->json;

	json_key(json, "tool");
	json_open_map(json);
	json_key(json, "driver");
	json_open_map(json);
	json_put_text(json, "name", "reprise");
	json_put_text(json, "version", doc->options.version);
	json_key(json, "rules");
	json_open_list(json);
	for (size_t i = 0; i < doc->code_count; i++) {
		const char *summary = doc->options.summary(doc->codes[i]);

		json_open_map(json);
		json_put_text(json, "id", doc->codes[i]);
		if (summary) {
			json_key(json, "shortDescription");
			json_open_map(json);
			json_put_text(json, "text", summary);
			json_close_map(json);
		}
		json_close_map(json);
	}
	json_close_list(json);
	json_close_map(json);
	json_close_map(json);
}

static bool is_repeated(const struct check_doc *doc, size_t file)
{
	for (size_t i = 0; i < file; i++)
		if (doc->files[i].listed && strcmp(doc->files[i].path, doc->files[file].path) == 0)
			return true;
	return false;
}

/* The files that were named; each once, as the schema wants it. */
static void put_artifacts(struct check_doc *doc)
{
	struct json *json = &doc->json;

	json_key(json, "artifacts");
	json_open_list(json);
	for (size_t i = 0; i < doc->count; i++) {
		if (!doc->files[i].listed || is_repeated(doc, i))
			continue;
		json_open_map(json);
		put_artifact(json, "location", doc->files[i].path);
		json_key(json, "roles");
		json_open_list(json);
		json_text(json, "analysisTarget");
		json_close_list(json);
		json_close_map(json);
	}
	json_close_list(json);
}

static void put_notification(struct json *json, const struct checked *file)
{
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	buf_printf(&text, "%zu more were found in %s and are left out", file->lost, file->path);
	json_open_map(json);
	json_put_text(json, "level", "warning");
	put_message(json, buf_view(&text), (struct str){0});
	json_close_map(json);
	buf_done(&text);
}

static void put_invocation(struct check_doc *doc)
{
	struct json *json = &doc->json;
	bool ok = true;

	json_key(json, "invocations");
	json_open_list(json);
	json_open_map(json);
	json_put_bool(json, "executionSuccessful", true);
	json_key(json, "toolExecutionNotifications");
	json_open_list(json);
	for (size_t i = 0; i < doc->count; i++) {
		ok = ok && doc->files[i].ok;
		if (doc->files[i].lost)
			put_notification(json, &doc->files[i]);
	}
	json_close_list(json);
	json_put_int(json, "exitCode", ok ? 0 : 2);
	json_close_map(json);
	json_close_list(json);
}

static void end(struct check_doc *doc)
{
	struct json *json = &doc->json;

	json_close_list(json);
	put_tool(doc);
	put_artifacts(doc);
	put_invocation(doc);
	json_close_map(json);
	json_close_list(json);
	json_close_map(json);
}

const struct check_form_code check_form_sarif = {begin, put_diag, end};
