/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VALUE_VALUE_H
#define VALUE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/str.h"

/*
 * Values of the expression language. They are immutable and live in the arena they were made in; a value may point
 * to others of the same arena or of a longer-lived one. value_copy() moves one to another arena, whole.
 */
enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_DOUBLE,
	VALUE_STRING,
	VALUE_LIST,
	VALUE_MAP,
	VALUE_DURATION,
	VALUE_TIMESTAMP,
	VALUE_TYPE, /* what type() gives: its name */
	VALUE_SECRET, /* text that holds secrets, sealed: only an executor opens it */
	VALUE_UNKNOWN, /* not observed; depends on the plan nodes it names */
	VALUE_OBJECT, /* fields made on demand: steps, params, run */
	VALUE_ERROR /* an evaluation that went wrong, on its way up */
};

/*
 * What is left of a text that was too long to keep: its first and last bytes, its full size, and the SHA-256 (hex) of
 * what lies between. Reading such a string whole is an error; .head, .tail and .size are there. The clip of a stream
 * that was kept whole has whole set, and head and tail are both the text.
 */
struct clip {
	bool whole;
	struct str head;
	struct str tail;
	int64_t size;
	struct str middle_sha256;
};

/* A piece of a VALUE_SECRET: literal text, or the name of a secret (an entry of `secrets`). */
struct secret_part {
	bool is_secret;
	struct str text;
};

struct value;

struct value_entry {
	const struct value *key; /* string, int or bool */
	const struct value *value;
};

/*
 * How an object gives its fields. get returns NULL when there is no such field; the value it returns may be a
 * VALUE_ERROR ("step x did not run"). The receiver is the object's own value.
 */
struct object_class {
	const char *name;
	const struct value *(*get)(
	    struct arena *arena, const struct value *object, struct str field);
};

struct value {
	enum value_type type;
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct { /* strings; of a VALUE_TYPE: its name */
			struct str text;
			const struct clip *clip; /* NULL but for streams */
		} string;
		struct {
			const struct value *const *items;
			size_t count;
			size_t weight; /* value_weight() */
		} list;
		struct {
			const struct value_entry *entries; /* in the order of the document */
			size_t count;
			size_t weight;
		} map;
		struct { /* durations, and timestamps since 1970-01-01T00:00:00Z */
			int64_t seconds;
			int32_t
			    nanos; /* of a duration: the sign of seconds; of a timestamp: 0 to 999999999 */
		} time;
		struct {
			const struct secret_part *parts;
			size_t count;
		} secret;
		struct {
			const uint32_t *nodes; /* plan indexes, ascending */
			size_t count;
		} unknown;
		struct {
			const struct object_class *class;
			const void *self;
			uint32_t id;
		} object;
		struct {
			struct str message;
			uint32_t
			    start; /* byte offsets into the text the expression was parsed from */
			uint32_t end;
		} error;
	};
};

/* Lists and maps read from JSON are at most this deep. */
enum { VALUE_MAX_DEPTH = 200 };

/* Makers. Strings are not copied: the text must live as long as the value. */
const struct value *value_null(void);
const struct value *value_bool(bool boolean);
const struct value *value_int(struct arena *arena, int64_t integer);
const struct value *value_double(struct arena *arena, double real);
const struct value *value_string(struct arena *arena, struct str text);
const struct value *value_stream(struct arena *arena, struct str text, const struct clip *clip);
const struct value *value_list(struct arena *arena, const struct value *const *items, size_t count);
const struct value *value_map(struct arena *arena, const struct value_entry *entries, size_t count);
const struct value *value_duration_us(struct arena *arena, int64_t us);
const struct value *value_timestamp_us(struct arena *arena, int64_t us);
const struct value *value_duration(struct arena *arena, int64_t seconds, int32_t nanos);
const struct value *value_timestamp(struct arena *arena, int64_t seconds, int32_t nanos);
const struct value *value_type(struct arena *arena, struct str name);
const struct value *value_secret(
    struct arena *arena, const struct secret_part *parts, size_t count);
const struct value *value_unknown(struct arena *arena, const uint32_t *nodes, size_t count);
/* What both depend on, each of which may be NULL. */
const struct value *value_unknowns(
    struct arena *arena, const struct value *a, const struct value *b);
const struct value *value_object(
    struct arena *arena, const struct object_class *class, const void *self, uint32_t id);
const struct value *value_error(struct arena *arena, uint32_t start, uint32_t end,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A map that grows: for results. Owned by its arena. */
struct map_builder {
	struct arena *arena;
	struct value_entry *entries;
	size_t count;
	size_t capacity;
};

void map_begin(struct map_builder *builder, struct arena *arena);
void map_add(struct map_builder *builder, const char *key, const struct value *value);
void map_add_str(struct map_builder *builder, struct str key, const struct value *value);
const struct value *map_end(struct map_builder *builder);

/* The entry of a map under a string key, or NULL; NULL too when `map` is no map. */
const struct value *value_get(const struct value *map, const char *key);
const struct value *value_get_str(const struct value *map, struct str key);

/* The same for a key of any kind; a double that is a whole number finds the int. */
const struct value *value_find(const struct value *map, const struct value *key);

/*
 * How much there is to write, to copy or to compare: no more than the bytes of its JSON. What a list holds twice is
 * counted twice, though it takes no more memory. SIZE_MAX - 1: that or more.
 */
size_t value_weight(const struct value *value);

/* The text of a plain string, else the empty slice. */
struct str value_text(const struct value *value);

/* Microseconds of a duration or timestamp, rounded toward minus infinity; clamped to 64 bits. */
int64_t value_us(const struct value *value);

/* CEL's equality: an int and a double as two doubles, maps without order; never an error. */
bool value_equal(const struct value *a, const struct value *b);

/* Whether one of a list's items is equal. */
bool value_list_has(const struct value *list, const struct value *value);

/*
 * The order of two numbers, strings, bools, durations or timestamps: negative, zero, positive. False when they have
 * none: other or different types, NaN.
 */
bool value_compare(const struct value *a, const struct value *b, int *ret_order);

/* The name of a value's type as CEL spells it: "int", "list", "google.protobuf.Duration" for durations. */
const char *value_type_name(const struct value *value);

/* The same for people: "text", "list", "duration". */
const char *value_noun(const struct value *value);

const struct value *value_copy(struct arena *arena, const struct value *value);

/*
 * JSON, losslessly: what JSON cannot carry is tagged: {"$duration":"1.5s"}, {"$timestamp":"…Z"}, {"$double":"NaN"},
 * {"$type":"int"}, {"$unknown":[3]}, {"$error":"…"}; a stream that was not kept whole is
 * {"$clip":{"head":…,"tail":…,"size":…,"sha256":…}}. Doubles keep a point: 1.0. A secret prints as "${{ secrets.x }}"
 * inside its text: {"$secret":"postgres://u:${{ secrets.x }}@h"}. A map with a key that is no string is a list of
 * pairs, {"$map":[[1,"a"],[true,"b"]]}; a string key that begins with '$' is written with one more. An object is only
 * named, with its number ({"$object":"step 7"}); what is read back has no fields.
 */
void value_to_json(struct json *json, const struct value *value);

/* Whether that form has at most `max` bytes: what a line of a record can hold is bounded. */
bool value_fits(const struct value *value, size_t max);

/* Reads that form back; NULL with *ret_error (in the arena) when the text is no JSON or a tag is malformed. */
const struct value *value_from_json(struct arena *arena, struct str text, struct str *ret_error);

/*
 * Plain JSON as the world writes it, without tags: numbers without point or exponent become ints (past 64 bits: an
 * error), the rest doubles.
 */
const struct value *value_from_plain_json(
    struct arena *arena, struct str text, struct str *ret_error);

/* Writes that form, for others to read; false with what has none in *ret_why. */
bool value_to_plain_json(struct json *json, const struct value *value, const char **ret_why);

/* As text within a string: strings as they are, numbers, bools, durations ("90s"), timestamps; false for the rest. */
bool value_show(const struct value *value, struct buf *out);

/* Whether it is, or holds, what has no form for people: a step, an item. */
bool value_has_object(const struct value *value);

/*
 * For people, on one line: as value_show() writes it, a duration as people do, else as JSON, line breaks as \n, cut
 * with "…" behind so many bytes; a secret is only called that, and of what holds objects is said how much it is.
 */
void value_brief(const struct value *value, size_t most, struct buf *out);

/* The scalars of a list, one behind the other: "a, b"; those that no text shows are left out. */
void value_show_choices(const struct value *list, struct buf *out);

#endif
