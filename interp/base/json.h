/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * A small emitter of JSON (RFC 8259), without white space unless asked for. It writes into a buffer that the caller
 * owns; commas are its business. Keys are plain ASCII of our own choosing. The same calls give the same bytes, always.
 */
struct json {
	struct buf *out;
	bool comma; /* something stands before in this object or list */
	bool keyed; /* a key was written, its value is next */
	bool shown;
	bool pretty;
	size_t depth;
};

void json_init(struct json *json, struct buf *out);

/*
 * The same for a document that people look at too: what a terminal would obey, and what turns the direction of text, is
 * written as an escape. pretty: over several lines, indented.
 */
void json_init_shown(struct json *json, struct buf *out, bool pretty);

void json_open_map(struct json *json);
void json_close_map(struct json *json);
void json_open_list(struct json *json);
void json_close_list(struct json *json);

/* A key of the open object; its value must follow. */
void json_key(struct json *json, const char *key);
/* The same for a key that came from outside and needs quoting. */
void json_key_str(struct json *json, struct str key);

void json_nothing(struct json *json);
void json_bool(struct json *json, bool value);
void json_int(struct json *json, int64_t value);
/* Finite numbers only, always with a point or an exponent. */
void json_double(struct json *json, double value);
/* Ill-formed UTF-8 becomes U+FFFD. */
void json_str(struct json *json, struct str value);
void json_text(struct json *json, const char *value);

/* What is JSON already. */
void json_raw(struct json *json, struct str value);

/* key and value at once, for the commonest kinds. */
void json_put_str(struct json *json, const char *key, struct str value);
void json_put_text(struct json *json, const char *key, const char *value);
void json_put_int(struct json *json, const char *key, int64_t value);
void json_put_bool(struct json *json, const char *key, bool value);

/* Appends text quoted and escaped, without a struct json. */
void json_quote(struct buf *out, struct str text);

#endif
