/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "stdlib/registry.h"
#include "walk.h"

/*
 * What --explore claims is so. Each runbook is explored, then run many times in memory: whatever is under way ends
 * in any order, in any way, with real results, and none of these runs may end as the exploration says that none can:
 * neither the run nor its steps, all taken together. What begins in a run may not be "never reached", and what
 * destroys blindly, or fails unnoticed, in one must have been found. And what is told apart less, so that it is fewer
 * states, must give the same findings and as many ways.
 *
 *   FOLDER [WALKS [SEED]]
 */
enum { WALKS = 400, LONGEST = 20000, MAX_STATES = 60000 };

static const struct plan *plan_of(const struct walk *walk)
{
	return walk->load->plan;
}

static const struct plan_node *node_at(const struct walk *walk, uint32_t node)
{
	return &plan_of(walk)->nodes[node];
}

static uint32_t node_of_path(const struct walk *walk, struct str path)
{
	return plan_at(plan_of(walk), path)->index;
}

static bool was_found(const struct walk *walk, enum finding_kind kind, uint32_t node)
{
	for (size_t i = 0; i < walk->exploration->count; i++)
		if (walk->exploration->findings[i].kind == kind &&
		    walk->exploration->findings[i].node == node)
			return true;
	return false;
}

static void wrong(const struct walk *walk, const char *what, uint32_t node)
{
	fprintf(stderr, "%s: a run in which %.*s %s, which --explore does not know\n",
	    walk->load->source->name, STR_ARG(node_at(walk, node)->step->id), what);
	exit(1);
}

/* Something has looked at the world: `checked`, held it against something. */
void ramble_look(struct walk *walk, uint32_t node, bool checked)
{
	const struct plan *plan = plan_of(walk);

	walk->held[node] |= checked;
	for (uint32_t i = 0; i < plan->count; i++)
		if (i != node && (plan_within(plan, i, node) || plan_needs(plan, node, i)))
			walk->failed[i] = false;
}

/* Its condition is next: whoever it asks about has been noticed. */
static void ask_about(struct walk *walk, uint32_t node)
{
	for (size_t i = 0; i < node_at(walk, node)->read_count; i++)
		for (uint32_t k = 0; k < plan_of(walk)->count; k++)
			if (plan_within(plan_of(walk), k, node_at(walk, node)->reads[i]))
				walk->failed[k] = false;
}

static void destroys(const struct walk *walk, uint32_t node)
{
	const struct plan *plan = plan_of(walk);

	for (uint32_t i = 0; i < plan->count; i++)
		if (walk->held[i] && (plan_within(plan, node, i) || plan_needs(plan, node, i)))
			return;
	if (!was_found(walk, FINDING_BLIND, node))
		wrong(walk, "destroys blindly", node);
}

static void add(struct walk *walk, struct waiting waiting)
{
	assert(walk->count < WAITING);
	walk->waiting[walk->count++] = waiting;
}

static void started(struct walk *walk, const struct message *start)
{
	uint32_t node = node_of_path(walk, start->start.node);

	walk->began[node] = true;
	ask_about(walk, node);
	if (start->start.what == START_ACTION &&
	    node_at(walk, node)->step->effect == EFFECT_DESTROY)
		destroys(walk, node);
	if (was_found(walk, FINDING_UNREACHED, node))
		wrong(walk, "begins", node);
	add(walk,
	    (struct waiting){.type = MESSAGE_START,
		.id = start->start.op,
		.what = start->start.what,
		.class = start->start.class,
		.node = node,
		.spec = vocabulary_action(&stdlib_vocabulary, start->start.action),
		.limited = start->start.timeout_us > 0});
}

/* Another round of a block, or another attempt: what ended in the last one does not count any more. */
static void forget(struct walk *walk, struct str path)
{
	size_t kept = 0;

	for (size_t i = 0; i < walk->end_count; i++) {
		struct str end = str_from(walk->ends[i].path);
		bool below = path.len && end.len > path.len && str_starts(end, path) &&
		    (end.ptr[path.len] == '/' || end.ptr[path.len] == '#');

		if (!below)
			walk->ends[kept++] = walk->ends[i];
	}
	walk->end_count = kept;
}

static bool in_course(const struct walk *walk, uint32_t node)
{
	for (; node != PLAN_ROOT; node = node_at(walk, node)->parent)
		if (node_at(walk, node)->part != PART_STEPS)
			return false;
	return true;
}

static void ended(struct walk *walk, const struct message *end)
{
	uint32_t node = node_of_path(walk, end->step_finished.node);
	enum outcome outcome = end->step_finished.outcome;
	const struct step *step = node_at(walk, node)->step;

	if (outcome != OUTCOME_BLOCKED && outcome != OUTCOME_CANCELLED)
		ask_about(walk, node);
	assert(walk->end_count < NODES * 8);
	walk->ends[walk->end_count].path = arena_cstr(walk->arena, end->step_finished.node);
	walk->ends[walk->end_count].node = node;
	walk->ends[walk->end_count++].outcome = outcome;
	if (!(walk->exploration->outcomes[node] >> outcome & 1)) {
		wrong(walk, outcome_names[outcome], node);
	}
	if ((outcome == OUTCOME_FAILED || outcome == OUTCOME_TIMED_OUT) && walk->began[node] &&
	    step->action.spec && step->effect != EFFECT_READ && in_course(walk, node))
		walk->failed[node] = true;
}

static void drop(struct walk *walk, enum message_type type, uint32_t id)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->waiting[i].type == type && walk->waiting[i].id == id)
			walk->waiting[i--] = walk->waiting[--walk->count];
}

void ramble_note(struct walk *walk, const struct message *effect)
{
	switch (effect->type) {
	case MESSAGE_START:
		started(walk, effect);
		break;
	case MESSAGE_STOP:
		for (size_t i = 0; i < walk->count; i++)
			if (walk->waiting[i].type == MESSAGE_START &&
			    walk->waiting[i].id == effect->stop.op)
				walk->waiting[i].stopped = true;
		break;
	case MESSAGE_ASK:
		if (effect->ask.kind == ASK_MANUAL)
			walk->began[node_of_path(walk, effect->ask.node)] = true;
		add(walk,
		    (struct waiting){.type = MESSAGE_ASK,
			.id = effect->ask.id,
			.kind = effect->ask.kind,
			.node = node_of_path(walk, effect->ask.node),
			.digest = arena_cstr(walk->arena, effect->ask.digest)});
		break;
	case MESSAGE_UNASK:
		drop(walk, MESSAGE_ASK, effect->unask.id);
		break;
	case MESSAGE_ACQUIRE:
		add(walk,
		    (struct waiting){.type = MESSAGE_ACQUIRE,
			.id = effect->lock.id,
			.lock = arena_cstr(walk->arena, effect->lock.lock)});
		break;
	case MESSAGE_RELEASE:
		drop(walk, MESSAGE_ACQUIRE, effect->lock.id);
		break;
	case MESSAGE_DECIDED:
		if (str_is(effect->decided.what, "begin") || str_is(effect->decided.what, "retry"))
			forget(walk, effect->decided.node);
		/* an expression alone, which could be held against the world */
		if (effect->decided.value && effect->decided.value->type == VALUE_BOOL &&
		    effect->decided.value->boolean &&
		    (str_is(effect->decided.what, "precondition") ||
			str_is(effect->decided.what, "verify")))
			ramble_look(walk, node_of_path(walk, effect->decided.node), true);
		break;
	case MESSAGE_STEP_FINISHED:
		ended(walk, effect);
		break;
	case MESSAGE_RUN_FINISHED:
		walk->outcome = effect->run_finished.outcome;
		break;
	default:
		break;
	}
}

/* All that a run came to, as one text. */
static struct str sum(struct arena *arena, const struct plan *plan, enum run_outcome outcome,
    const uint16_t *outcomes)
{
	struct str text = arena_printf(arena, "%s", run_outcome_names[outcome]);

	for (size_t i = 1; i < plan->count; i++) {
		text = arena_printf(
		    arena, "%.*s %.*s=", STR_ARG(text), STR_ARG(plan->nodes[i].step->id));
		for (unsigned k = 1; outcome_names[k]; k++)
			if (outcomes[i] >> k & 1)
				text = arena_printf(
				    arena, "%.*s%s;", STR_ARG(text), outcome_names[k]);
	}
	return text;
}

struct ends {
	struct arena *arena;
	const struct plan *plan;
	struct map known;
};

static void note_end(void *self, enum run_outcome outcome, const uint16_t *outcomes)
{
	struct ends *ends = self;

	map_put(&ends->known, sum(ends->arena, ends->plan, outcome, outcomes), ends);
}

static void go(const struct load *load, const struct exploration *exploration, struct ends *ends)
{
	/* what waits for a slot when the run is stopped has not begun: explored are runs with enough of them */
	bool stops = load->runbook->on_failure != FAILURE_CONTINUE;
	struct sched_options options = {.jobs = stops || roll(2) ? 100 : 1 + roll(3)};
	struct walk *walk = mem_alloc(sizeof(*walk));
	uint16_t outcomes[NODES] = {0};
	struct str end;
	size_t steps = 0;

	assert(load->plan->count <= NODES);
	walk->load = load;
	walk->exploration = exploration;
	walk->arena = arena_new();
	walk->store = store_new();
	walk->sched = sched_new(load->plan, walk->store, &options);
	ramble_begin(walk);
	while (!sched_finished(walk->sched) && steps++ < LONGEST)
		ramble_on(walk);
	assert(sched_finished(walk->sched));
	for (size_t i = 0; i < walk->end_count; i++)
		outcomes[walk->ends[i].node] |= (uint16_t)(1U << walk->ends[i].outcome);
	end = sum(walk->arena, load->plan, walk->outcome, outcomes);
	if (ends && !map_get(&ends->known, end)) {
		fprintf(stderr, "%s: a run ends as --explore says that none can:\n%.*s\n",
		    load->source->name, STR_ARG(end));
		exit(1);
	}
	for (uint32_t i = 0; walk->outcome == RUN_RECOVERED && i < load->plan->count; i++)
		if (walk->failed[i] && !was_found(walk, FINDING_UNNOTICED, i))
			wrong(walk, "fails unnoticed", i);
	sched_free(walk->sched);
	store_free(walk->store);
	arena_free(walk->arena);
	free(walk);
}

/* Fewer states, the same findings. */
static void compare(
    const struct load *load, const struct exploration *whole, const struct exploration *few)
{
	bool same = whole->count == few->count && whole->ways == few->ways &&
	    whole->ends == few->ends && few->complete && few->states <= whole->states;

	for (size_t i = 0; same && i < few->count; i++)
		same = few->findings[i].kind == whole->findings[i].kind &&
		    few->findings[i].node == whole->findings[i].node;
	for (size_t i = 0; same && i < load->plan->count; i++)
		same = few->outcomes[i] == whole->outcomes[i];
	if (same)
		return;
	fprintf(stderr,
	    "%s: told apart less, it is otherwise: %zu and %zu findings, %g and %g ways, %zu "
	    "states of %zu\n",
	    load->source->name, few->count, whole->count, few->ways, whole->ways, few->states,
	    whole->states);
	exit(1);
}

/* With room for one state at a time: less is found, and it says so. */
static void crowd(const struct load *load, const struct exploration *few)
{
	struct exploration *crowded = explore(
	    load->plan, NULL, &(struct explore_options){.max_states = MAX_STATES, .max_bytes = 1});

	assert(crowded->complete == !crowded->crowded);
	assert(crowded->complete ? crowded->states == few->states : crowded->states <= few->states);
	assert(crowded->ways <= few->ways && (crowded->ends | few->ends) == few->ends);
	explore_free(crowded);
}

/* False when it is too large to be told apart wholly. */
static bool try(const char *path, unsigned long walks)
{
	struct explore_options options = {.max_states = MAX_STATES, .whole = true};
	struct ends ends = {.arena = arena_new()};
	struct exploration *whole;
	struct exploration *few;
	struct load load;
	bool complete;

	if (!load_file(&load, path, &stdlib_vocabulary)) {
		fprintf(stderr, "%s: cannot be loaded\n", path);
		exit(1);
	}
	ends.plan = load.plan;
	map_init(&ends.known);
	options.ended = note_end;
	options.self = &ends;
	whole = explore(load.plan, NULL, &options);
	few = explore(load.plan, NULL, &(struct explore_options){.max_states = MAX_STATES});
	complete = whole->complete;
	if (complete)
		compare(&load, whole, few);
	crowd(&load, few);
	fprintf(stderr, "%s: %zu states, %zu of them told apart%s\n", path, few->states,
	    whole->states, complete ? "" : " and more");
	for (unsigned long i = 0; i < walks; i++)
		go(&load, complete ? whole : few, complete ? &ends : NULL);
	explore_free(whole);
	explore_free(few);
	map_done(&ends.known);
	arena_free(ends.arena);
	load_done(&load);
	return complete;
}

int main(int argc, char **argv)
{
	unsigned long walks = argc > 2 ? strtoul(argv[2], NULL, 10) : WALKS;
	struct dirent **entries;
	int count = argc > 1 ? scandir(argv[1], &entries, NULL, alphasort) : -1;
	int ran = 0;

	roll_from(88172645463325252U + (argc > 3 ? strtoul(argv[3], NULL, 10) : 0) * 7919U);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(entries[i]->d_name, '.');

		if (dot && strcmp(dot, ".yaml") == 0) {
			char path[1024];

			snprintf(path, sizeof(path), "%s/%s", argv[1], entries[i]->d_name);
			ran += try(path, walks);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	printf("%d runbooks\n", ran);
	return ran == 0;
}
