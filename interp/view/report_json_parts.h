/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIEW_REPORT_JSON_PARTS_H
#define VIEW_REPORT_JSON_PARTS_H

#include "view/chronicle.h"
#include "view/shape.h"

/*
 * The report as a document for other programs. report_json.c has the whole, report_json_steps.c the steps and what was
 * done for them, report_json_rest.c what was decided, asked, told and noted.
 */

/* A row of a table: the key, its kind, where its value is, and what it is. */
#define ROW(name, of_kind, type, member, is)                                                       \
	{                                                                                          \
		.key = name, .kind = SHAPE_##of_kind, .offset = offsetof(struct type, member),     \
		.doc = is                                                                          \
	}

/* The same of one that is always there. */
#define ALWAYS(name, of_kind, type, member, is)                                                    \
	{                                                                                          \
		.key = name, .kind = SHAPE_##of_kind, .offset = offsetof(struct type, member),     \
		.doc = is, .always = true                                                          \
	}

/* The same of one of several words. */
#define WORD(name, type, member, words, is)                                                        \
	{                                                                                          \
		.key = name, .kind = SHAPE_WORD, .offset = offsetof(struct type, member),          \
		.doc = is, .names = words                                                          \
	}

/* The same of an object, or of a list of such. */
#define OF(name, of_kind, type, member, shape, is)                                                 \
	{                                                                                          \
		.key = name, .kind = SHAPE_##of_kind, .offset = offsetof(struct type, member),     \
		.doc = is, .of = shape                                                             \
	}

/* The same of what has a form of its own. */
#define OWN(name, type, member, defines, is)                                                       \
	{                                                                                          \
		.key = name, .kind = SHAPE_OWN, .offset = offsetof(struct type, member),           \
		.doc = is, .define = defines                                                       \
	}

extern const struct shape report_json_step;
extern const struct shape report_json_op;
extern const struct shape report_json_decision;
extern const struct shape report_json_choice;
extern const struct shape report_json_question;
extern const struct shape report_json_lock;
extern const struct shape report_json_told;
extern const struct shape report_json_note;
extern const struct shape report_json_event;

/* Each writes the items of its list; self is the chronicle, which has been weighed. */
void report_json_put_steps(struct json *json, const void *self);
void report_json_put_verify(struct json *json, const void *self);
void report_json_put_decisions(struct json *json, const void *self);
void report_json_put_choices(struct json *json, const void *self);
void report_json_put_questions(struct json *json, const void *self);
void report_json_put_locks(struct json *json, const void *self);
void report_json_put_told(struct json *json, const void *self);
void report_json_put_notes(struct json *json, const void *self);
void report_json_put_events(struct json *json, const void *self);

#endif
