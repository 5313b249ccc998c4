/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_EXPLORE_WALK_H
#define TESTS_EXPLORE_WALK_H

#include "lang/load.h"
#include "sched/explore.h"

/* One run in memory, of which anything ends in any order, in any way. */
enum { NODES = 256, WAITING = 256 };

/* What waits for an answer. */
struct waiting {
	enum message_type type;
	uint32_t id;
	char *digest; /* of a question */
	char *lock;
	enum ask_kind kind;
	enum start_what what;
	enum effect_class class;
	uint32_t node;
	const struct action_spec *spec;
	bool limited; /* it has a timeout */
	bool held;
	bool begun;
	bool stopped;
};

struct walk {
	const struct load *load;
	const struct exploration *exploration;
	struct arena *arena;
	struct store *store;
	struct sched *sched;
	int64_t t_us;
	struct waiting waiting[WAITING];
	size_t count;
	struct {
		char *path;
		uint32_t node;
		enum outcome outcome;
	} ends[NODES * 8]; /* of the last rounds */
	size_t end_count;
	bool held[NODES]; /* it, or a check of it, was held against the world */
	bool began[NODES];
	bool failed[NODES]; /* a change that began, last of all; nobody has looked or asked since */
	bool died;
	enum run_outcome outcome;
};

/* From 0 to below that. */
unsigned roll(unsigned sides);
void roll_from(uint64_t seed);

/* walk_feed.c: the run begins, with parameters as they are preset; one thing more happens. */
void ramble_begin(struct walk *walk);
void ramble_on(struct walk *walk);

/* walk.c: what the scheduler said, and what looked at the world. */
void ramble_note(struct walk *walk, const struct message *effect);
void ramble_look(struct walk *walk, uint32_t node, bool checked);

#endif
