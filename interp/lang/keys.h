/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LANG_KEYS_H
#define LANG_KEYS_H

#include "base/map.h"
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
	struct map *secrets; /* of the runbooks within one another, by name */
	const struct reading *above; /* what is being read around it, for cycles */
	struct at at; /* where what is read now runs, as far as the steps around it say */
	const struct step *step; /* that is read now */
};

/* A file or template that is being read. */
struct reading {
	const struct reading *above;
	const void *what; /* a struct file, or the node of a template */
	struct str name;
};

struct key;
struct key_table;

/* A key as it stands in a document. */
struct place {
	const struct key *key; /* its row; NULL for the names of a map that has no table */
	const struct node *name;
	const struct node *value;
};

/* Reads place->value into target (the object plus the row's offset); reports what is wrong with it. */
typedef void key_read(struct reader *reader, const struct place *place, void *target);

/* How the maps of a table of keys stand in a value. */
enum form {
	FORM_VALUE, /* there are none */
	FORM_MAP, /* it is such a map */
	FORM_LIST, /* a list of them */
	FORM_SOME, /* a list of one at least */
	FORM_NAMES, /* a map from names that are the author's to such maps */
};

/*
 * What the value of a key looks like: how it is read, and what JSON Schema (draft 2020-12) says of it. What both cannot
 * have from one place stands side by side here.
 */
struct shape {
	const char *name; /* its definition in the schema: "duration"; a mere map has its table's */
	key_read *read; /* NULL where every key that has it is KEY_KEPT and read by other means */
	const char *
	    schema; /* of the value; with FORM_MAP, of what may stand instead of the map; or NULL */
	const char *doc; /* how it is written, or NULL where its key says it */
	const char *const *words; /* the only values there are, ended by NULL; or NULL */
	enum form form;
	const struct key_table *of; /* the keys of the maps in it; or NULL */
	bool templates; /* ${{ }} means something in it, or is its reader's to refuse */
};

/* Writes JSON in C. */
#define JSON(...) #__VA_ARGS__

enum key_flags {
	KEY_REQUIRED = 1,
	KEY_LATER = 2, /* of the language, but not built yet: refused as such */
	KEY_ACTION = 4, /* what is done: at most one of them stands in a map */
	KEY_ENOUGH = 16, /* where actions may stand, a map wants one, or such a key */
	KEY_KEPT = 8, /* kept as a struct place for a second look: other keys are read first */
};

/*
 * Which actions a key of a step or a check goes with; nothing: any, or none. Of a key that is an action itself: what it
 * makes of the step.
 */
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
	const struct shape *shape; /* NULL: not built yet */
	size_t offset;
	unsigned flags;
	unsigned goes; /* enum key_goes */
	const char *doc;
};

/* Two keys of a table, and what one says of the other. */
struct key_pair {
	const char *key;
	const char *other;
	const char *why; /* told to somebody who did not know */
};

struct key_table {
	const char *name; /* its definition in the schema: "step" */
	const char *noun; /* "a step" */
	const struct key *keys; /* ended by a NULL name */
	const struct key_pair
	    *companions; /* the key means nothing without the other; ended by a NULL key; or NULL */
	const struct key_pair *rivals; /* the key cannot stand beside the other; the same */
	const struct key_pair
	    *proxies; /* to companions of the key, the other is as good; the same */
	bool actions; /* names of library actions are keys too */
	bool
	    channels; /* kinds of channels are keys too; exactly one of those, or `person`, is wanted */
	bool alternatives; /* exactly one of the keys is wanted */
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
extern const struct key_table trigger_keys;
extern const struct key_table matcher_keys;
extern const struct key_table target_keys;
extern const struct key_table stage_keys;
extern const struct key_table severity_keys;
extern const struct key_table contact_keys;
extern const struct key_table escalation_keys;

/* The row of a key, or NULL. */
const struct key *keys_find(const struct key_table *table, struct str name);

/* What is as good as a key to its companions, or NULL. */
const char *keys_proxy(const struct key_table *table, const char *key);

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
key_read read_expr; /* struct expr * */
key_read read_text; /* struct template *: a text with templates */
key_read read_secret_text; /* the same, where secrets may stand */

/* Reads what was kept, by its key's shape; nothing when it was not written. */
void place_read(struct reader *reader, const struct place *place, void *target);

/* Shapes of simple values, read into what the readers above say; durations into int64_t, microseconds. */
extern const struct shape shape_text;
extern const struct shape shape_texts;
extern const struct shape shape_bool;
extern const struct shape shape_duration;
extern const struct shape shape_positive; /* a duration of more than 0 */
extern const struct shape shape_range; /* int64_t[2]: `10m` or `15m..45m` */
extern const struct shape shape_expression;
extern const struct shape shape_template; /* a text with templates */
extern const struct shape shape_secret_template;
extern const struct shape
    shape_whole; /* int64_t: 1 to COUNT_MAX, of attempts, people, items at once */

/* More attempts, or items at once, make no sense: a mistake of the hand. */
enum { COUNT_MAX = 10000 };

/* Which of the words of its shape stands in a place; false after reporting that it is none. */
bool read_word(struct reader *reader, const struct place *place, size_t *ret_index);

/* Reports a value that is none of the words there are. */
void word_wrong(
    struct reader *reader, struct str name, const char *const *words, const struct node *node);

/* [a-z][a-z0-9_]*, and no word that an expression could not select. Reports it otherwise. */
bool read_name(struct reader *reader, const struct node *name, const char *noun);

/* A scalar of the core schema's kind `text`: quoted, or plain and neither null, bool nor number. */
bool node_is_text(const struct node *node);

/* The entries of a map whose names are the author's; 0 after a report when it is none. */
size_t read_entries(struct reader *reader, const struct place *place);

#endif
