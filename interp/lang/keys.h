/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_KEYS_H
#define LANG_KEYS_H

#include "lang/files.h"
#include "lang/model.h"

/*
 * Keys: one constant table for each kind of map in a runbook. A row says what the key is called, which reader takes
 * its value, where that goes and what it means; the parser, the suggestions, the schema and the reference are made of
 * the same rows. Nothing here owns anything: what is read lives in the arena of the load.
 */

/* A load under way. */
struct reader {
	struct arena *arena;
	const struct vocabulary *vocabulary;
	struct diags *diags;
	struct runbook *runbook; /* what is read now */
	struct runbook *outermost; /* counts the steps of all */
	struct files *files;
	struct file *file; /* whose text is read now */
	const struct reading *above; /* what is being read around it, for cycles */
};

/* A file or template that is being read. */
struct reading {
	const struct reading *above;
	const void *what; /* a struct file, or the node of a template */
	struct str name;
};

struct key;

/* A key as it stands in a document. */
struct place {
	const struct key *key; /* its row; NULL for the names of a map that has no table */
	const struct node *name;
	const struct node *value;
};

/* Reads place->value into target (the object plus the row's offset); reports what is wrong with it. */
typedef void key_read(struct reader *reader, const struct place *place, void *target);

enum key_flags {
	KEY_REQUIRED = 1,
	KEY_LATER = 2, /* of the language, but not built yet: refused as such */
};

/* Which actions a key of a step or a check goes with; nothing: any, or none. */
enum key_goes {
	GOES_PROCESS = 1, /* run and pipe */
	GOES_SCRIPT = 2, /* run with a text */
	GOES_LIBRARY = 4,
	GOES_BLOCK = 8,
	GOES_NOTHING = 16, /* a step without action */
	GOES_MANUAL = 32, /* a step that a person does */
	GOES_ACTION = GOES_PROCESS | GOES_LIBRARY
};

struct key {
	const char *name;
	key_read *read; /* NULL: not built yet */
	size_t offset;
	unsigned flags;
	unsigned goes; /* enum key_goes */
	const char *doc;
	const struct key_table
	    *of; /* the keys of its value, when that is a map or a list of maps */
};

struct key_table {
	const char *noun; /* "a step" */
	const struct key *keys; /* ended by a NULL name */
	bool actions; /* names of actions are keys too */
};

extern const struct key_table runbook_keys;
extern const struct key_table objectives_keys;
extern const struct key_table param_keys;
extern const struct key_table secret_keys;
extern const struct key_table step_keys;
extern const struct key_table check_keys;
extern const struct key_table retry_keys;
extern const struct key_table approve_keys;
extern const struct key_table stdin_keys;
extern const struct key_table stdout_keys;
extern const struct key_table input_keys;
extern const struct key_table background_keys;
extern const struct key_table part_keys;
extern const struct key_table template_keys;

/* The row of a key, or NULL. */
const struct key *keys_find(const struct key_table *table, struct str name);

/*
 * Reads a map by its table, row by row in the table's order. Reports what is no map, unknown keys, keys not built yet
 * and keys that are missing; false when it is no map. Names of actions are left to the caller.
 */
bool keys_read(
    struct reader *reader, const struct key_table *table, const struct node *map, void *object);

/* Where to point when something is missing in a map: its first key, or itself. */
struct span keys_head(const struct node *map);

/* Reports that place's value is not what was wanted: "`timeout` wants a duration, not a list". */
struct diag *place_wrong(struct reader *reader, const struct place *place, const char *wanted);

/* The way out for yes, no, on, off where a bool is wanted. */
void suggest_bool(struct diags *diags, struct diag *diag, const struct node *node);

/* Reports a number without a unit where a duration is wanted; false when it is something else. */
bool lacks_unit(struct reader *reader, const struct node *node);

/* The name of what stands in a place, for messages. */
struct str place_name(const struct place *place);

/* Readers of simple values, with what target points to. */
key_read read_string; /* struct str: a scalar as written */
key_read read_strings; /* struct strings */
key_read read_bool; /* bool */
key_read read_duration; /* int64_t, microseconds */
key_read read_positive; /* the same, more than 0 */
key_read read_range; /* int64_t[2]: `10m` or `15m..45m` */
key_read read_expr; /* struct expr * */
key_read read_text; /* struct template *: a text with templates */
key_read read_secret_text; /* the same, where secrets may stand */
key_read read_node; /* struct place: kept for a second look */

struct strings {
	struct str *items;
	size_t count;
};

/* [a-z][a-z0-9_]*, and no word that an expression could not select. Reports it otherwise. */
bool read_name(struct reader *reader, const struct node *name, const char *noun);

/* A scalar of the core schema's kind `text`: quoted, or plain and neither null, bool nor number. */
bool node_is_text(const struct node *node);

/* The entries of a map whose names are the author's; 0 after a report when it is none. */
size_t read_entries(struct reader *reader, const struct place *place);

#endif
