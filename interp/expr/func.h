/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXPR_FUNC_H
#define EXPR_FUNC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/spell.h"
#include "value/type.h"
#include "value/value.h"

/*
 * The functions and operators of expressions: constant tables, one a topic, that drive the checker, the evaluator and
 * the reference. A new function is a row and a static function beside it. Rows of the same name stand together and
 * are overloads: the first whose arguments fit is taken.
 */
enum takes {
	TAKES_NULL = 1 << 0,
	TAKES_BOOL = 1 << 1,
	TAKES_INT = 1 << 2,
	TAKES_DOUBLE = 1 << 3,
	TAKES_STRING = 1 << 4,
	TAKES_LIST = 1 << 5,
	TAKES_MAP = 1 << 6,
	TAKES_DURATION = 1 << 7,
	TAKES_TIMESTAMP = 1 << 8,
	TAKES_TYPE = 1 << 9,
	TAKES_OBJECT = 1 << 10,
	TAKES_NUMBER = TAKES_INT | TAKES_DOUBLE,
	TAKES_ANY = (1 << 11) - 1,
	/* what has an order, and what value_show() can write */
	TAKES_ORDERED = TAKES_BOOL | TAKES_NUMBER | TAKES_STRING | TAKES_DURATION | TAKES_TIMESTAMP,
};

enum style {
	STYLE_OPERATOR,
	STYLE_GLOBAL, /* f(x), name.f(x) */
	STYLE_METHOD, /* x.f() */
	STYLE_BOTH
};

struct eval;
struct ast;

/* One call while it is evaluated. The arguments are neither errors nor unknown, secret or cut. */
struct call {
	struct eval *eval;
	struct arena *arena;
	const struct ast *ast;
	const struct value **args;
	uint32_t count;
	bool *absent; /* not NULL: may be set, with a NULL result, when there is no value */
};

typedef const struct value *function_code(struct call *call);

/* What a call gives, from the types of its arguments. */
typedef const struct type *function_infer(
    struct arena *arena, const struct type *const *args, uint32_t count);

enum function_flags {
	FUNCTION_PATTERN = 1, /* the second argument is a regular expression */
	FUNCTION_MAY_LACK = 2, /* .orValue() may follow */
	FUNCTION_DEEP = 4, /* looks into lists and maps: nothing in them may be secret or cut */
	FUNCTION_ZONE = 8, /* the second argument is a time zone */
};

/* Another flag: what the items of a list may be that is the first argument (enum takes). */
#define FUNCTION_ITEMS(takes) ((unsigned)(takes) << 8)

struct function {
	const char *name;
	enum style style;
	uint8_t min; /* arguments, a receiver among them */
	uint8_t max;
	uint16_t takes[4]; /* enum takes; the last one holds for all that follow */
	const struct type *gives;
	function_infer *infer; /* or, when `gives` depends on the arguments */
	function_code *code;
	unsigned flags;
	const char *doc;
};

enum { ARGS_MAX = 255 };

/* The tables, each ended by a NULL name; the list ends in NULL. */
extern const struct function *const function_tables[];

extern const struct function functions_operator[];
extern const struct function functions_convert[];
extern const struct function functions_string[];
extern const struct function functions_list[];
extern const struct function functions_math[];
extern const struct function functions_time[];
extern const struct function functions_regex[];
extern const struct function functions_json[];

/* The rows of a name that can be called in this style (not STYLE_BOTH), or NULL. */
const struct function *function_find(struct str name, enum style style, uint32_t *ret_count);

/* Is there a function "name.…"? */
bool function_is_space(struct str name);

/* Considers every name of a style. */
void function_spell(struct spell *spell, enum style style);

/* What argument i of a row may be, and the items of its first one; 0: anything. */
uint16_t function_takes(const struct function *row, uint32_t i);
uint16_t function_items(const struct function *row);

/* Seconds east of UTC: "+02:00", "-03:30", "09:30", "UTC". (func_time.c) */
bool zone_parse(struct str zone, int64_t *ret_seconds);

uint16_t takes_value(const struct value *value);
uint16_t takes_type(const struct type *type);

/* For messages: "string", "duration", "secret". */
const char *takes_name(const struct value *value);

/* "string", "int or double", "any value": at most `size` bytes. */
void takes_show(uint16_t takes, char *buffer, size_t size);

/* An error of the whole call, or of one argument. */
const struct value *call_error(struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const struct value *call_error_at(struct call *call, uint32_t arg, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* There is no value: absent, or an error when absence was not asked for. */
const struct value *call_absent(struct call *call, const char *message);

/* Counts work; false when there was too much of it: then the call gives call_exhausted(). */
bool call_spend(struct call *call, size_t work);
const struct value *call_exhausted(struct call *call);

/* The compiled pattern of the call (its second argument), or NULL with *ret_error set. */
struct regex *call_regex(struct call *call, const struct value **ret_error);

/* Infers: the first argument's type; an item of the first argument; what both lists have in common. */
const struct type *infer_first(struct arena *arena, const struct type *const *args, uint32_t count);
const struct type *infer_item(struct arena *arena, const struct type *const *args, uint32_t count);
const struct type *infer_join(struct arena *arena, const struct type *const *args, uint32_t count);

/* Several tables give it. */
extern const struct type type_list_of_string;

#endif
