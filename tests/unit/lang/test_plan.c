/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lang/load.h"
#include "vocabulary.h"

#define HEAD "reprise: 1\nid: x\nsteps:\n"

static struct load good(struct str text)
{
	struct load load;
	struct buf shown;

	if (!load_text(&load, "test.yaml", text, &test_vocabulary)) {
		buf_init(&shown, BUF_UNBOUNDED);
		load_show(&load, false, &shown);
		fail_msg("%.*s", STR_ARG(str_sub(buf_view(&shown), 0, 2000)));
	}
	return load;
}

static uint32_t index_of(const struct load *load, const char *id)
{
	const struct plan_node *node = plan_find(load->plan, load->runbook, str_from(id));

	assert_non_null(node);
	return node->index;
}

static const struct plan_node *node(const struct load *load, const char *id)
{
	return &load->plan->nodes[index_of(load, id)];
}

static bool needs(const struct load *load, const char *a, const char *b)
{
	return plan_needs(load->plan, index_of(load, a), index_of(load, b));
}

static const char blocks[] = HEAD
    "  - {id: a, run: [ls], effect: read}\n"
    "  - id: block\n"
    "    approve: true\n"
    "    steps:\n"
    "      - {id: b1, run: [ls], effect: destroy}\n"
    "      - id: inner\n"
    "        steps:\n"
    "          - {id: deep, run: [ls], outputs: {n: exit_code}}\n"
    "    finally:\n"
    "      - {id: tidy, run: [ls]}\n"
    "      - {id: tidy2, run: [ls]}\n"
    "    outputs: {n: steps.deep.outputs.n}\n"
    "  - {id: c, run: [ls, \"${{ steps.deep.outcome }}\"], when: steps.a.succeeded, effect: "
    "destroy}\n"
    "finally:\n"
    "  - {id: last, run: [ls], when: steps.c.began && steps.c.result.exit_code == 0}\n";

static void test_blocks(void **state)
{
	struct load load = good(str_from(blocks));
	static const char *const ids[] = {
	    "", "a", "block", "b1", "inner", "deep", "tidy", "tidy2", "c", "last"};

	(void)state;
	assert_int_equal(load.plan->count, 10);
	for (uint32_t i = 0; i < 10; i++) {
		assert_true(str_is(load.plan->nodes[i].step->id, ids[i]));
		assert_int_equal(load.plan->order[i], i);
		assert_true(!i ||
		    plan_find(load.plan, load.runbook, str_from(ids[i])) == &load.plan->nodes[i]);
	}
	assert_null(plan_find(load.plan, load.runbook, STR("nothing")));
	assert_int_equal(node(&load, "deep")->depth, 3);
	assert_true(
	    node(&load, "tidy")->part == PART_FINALLY && node(&load, "deep")->part == PART_STEPS);
	assert_int_equal(node(&load, "block")->child_count, 2);
	assert_int_equal(node(&load, "block")->finally_count, 2);
	load_done(&load);
}

static void test_needs(void **state)
{
	struct load load = good(str_from(blocks));

	(void)state;
	assert_true(needs(&load, "c", "a") && needs(&load, "c", "block"));
	assert_true(needs(&load, "c", "deep") && needs(&load, "deep", "a"));
	assert_true(needs(&load, "deep", "b1") && !needs(&load, "b1", "deep"));
	assert_true(needs(&load, "tidy", "deep") && !needs(&load, "deep", "tidy"));
	assert_true(needs(&load, "tidy2", "tidy") && !needs(&load, "tidy", "tidy2"));
	assert_true(needs(&load, "last", "c") && needs(&load, "last", "tidy"));
	assert_false(needs(&load, "deep", "block"));
	assert_false(needs(&load, "block", "deep"));
	assert_false(needs(&load, "a", "a"));
	assert_false(needs(&load, "a", "last"));
	load_done(&load);
}

static void test_effects(void **state)
{
	struct load load = good(str_from(blocks));

	(void)state;
	assert_int_equal(node(&load, "a")->effect, EFFECT_READ);
	assert_int_equal(node(&load, "block")->effect, EFFECT_DESTROY);
	assert_int_equal(node(&load, "inner")->effect, EFFECT_CHANGE);
	assert_int_equal(load.plan->nodes[PLAN_ROOT].effect, EFFECT_DESTROY);
	assert_true(node(&load, "block")->asks && !node(&load, "block")->approved_by_block);
	assert_true(node(&load, "b1")->approved_by_block && !node(&load, "b1")->asks);
	assert_true(node(&load, "c")->asks);
	load_done(&load);
}

static void test_reads(void **state)
{
	struct load load = good(str_from(blocks));
	const struct plan_node *c = node(&load, "c");

	(void)state;
	assert_int_equal(c->read_count, 2);
	assert_int_equal(c->reads[0], index_of(&load, "a"));
	assert_int_equal(c->reads[1], index_of(&load, "deep"));
	assert_int_equal(c->reads_flags, READS_RESULT);
	assert_int_equal(node(&load, "block")->read_count, 1);
	assert_int_equal(node(&load, "a")->reads_flags, 0);
	load_done(&load);
	load = good(STR(HEAD "  - {id: a, run: [ls], expect: stdout.size > 3}\n"
			     "  - {id: b, run: [ls], expect: stdout.contains('x')}\n"
			     "  - {id: c, run: [ls], when: steps.a.result.stdout == 'x'}\n"
			     "  - {id: d, run: [ls], when: steps.b.result.stdout.size == 3}\n"));
	assert_int_equal(node(&load, "a")->reads_flags, READS_RESULT | READS_RESULT_STREAMS);
	assert_int_equal(node(&load, "b")->reads_flags, READS_RESULT | READS_STREAMS);
	load_done(&load);
}

static size_t edges(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->nodes[i].need_count;
	return count;
}

/* What waits for all above has as many edges as it takes, and no more. */
static void test_frontier(void **state)
{
	enum { COUNT = 20000 };
	struct load load;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	buf_text(&text, HEAD);
	for (int i = 0; i < COUNT; i++)
		buf_printf(&text, "  - {id: s%d, run: [ls]}\n", i);
	load = good(buf_view(&text));
	assert_int_equal(edges(load.plan), COUNT - 1);
	assert_true(needs(&load, "s19999", "s0"));
	load_done(&load);
	buf_clear(&text);
	buf_text(&text, HEAD);
	for (int i = 0; i < COUNT / 2; i++)
		buf_printf(&text, "  - {id: s%d, needs: [], run: [ls]}\n", i);
	buf_text(&text, "  - {id: all, run: [ls]}\n");
	load = good(buf_view(&text));
	assert_int_equal(edges(load.plan), COUNT / 2);
	assert_true(needs(&load, "all", "s5000"));
	assert_false(needs(&load, "s5000", "s0"));
	load_done(&load);
	buf_done(&text);
}

/* A sequence that repeats itself: the tests must see the same graphs every time. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

enum { RANDOM_STEPS = 12, RANDOM_RUNS = 600 };

struct graph {
	bool given[RANDOM_STEPS];
	bool edge[RANDOM_STEPS][RANDOM_STEPS]; /* as written, or implied */
	bool reach[RANDOM_STEPS][RANDOM_STEPS];
};

static void make_graph(struct graph *graph, uint32_t *seed, struct buf *text)
{
	memset(graph, 0, sizeof(*graph));
	buf_clear(text);
	buf_text(text, HEAD);
	for (uint32_t i = 0; i < RANDOM_STEPS; i++) {
		graph->given[i] = next_random(seed) % 4 != 0;
		buf_printf(text, "  - {id: s%u, run: [ls]", i);
		if (graph->given[i])
			buf_text(text, ", needs: [");
		for (uint32_t j = 0; j < RANDOM_STEPS; j++) {
			uint32_t odds = j < i ? 4 : 24; /* now and then a later one */

			if (j == i)
				continue;
			graph->edge[i][j] = graph->given[i] ? next_random(seed) % odds == 0 : j < i;
			if (graph->given[i] && graph->edge[i][j])
				buf_printf(text, "s%u, ", j);
		}
		buf_text(text, graph->given[i] ? "]}\n" : "}\n");
	}
	memcpy(graph->reach, graph->edge, sizeof(graph->reach));
	for (size_t k = 0; k < RANDOM_STEPS; k++)
		for (size_t i = 0; i < RANDOM_STEPS; i++)
			for (size_t j = 0; j < RANDOM_STEPS; j++)
				graph->reach[i][j] |= graph->reach[i][k] && graph->reach[k][j];
}

static bool has_cycle(const struct graph *graph)
{
	for (size_t i = 0; i < RANDOM_STEPS; i++)
		if (graph->reach[i][i])
			return true;
	return false;
}

/* The graph and its order say the same as the definition, closed by brute force. */
static void test_random_graphs(void **state)
{
	uint32_t seed = 7;
	size_t cyclic = 0;
	struct graph graph;
	struct buf text;

	(void)state;
	buf_init(&text, BUF_UNBOUNDED);
	for (int run = 0; run < RANDOM_RUNS; run++) {
		uint32_t place[RANDOM_STEPS + 1] = {0};
		struct load load;

		make_graph(&graph, &seed, &text);
		if (has_cycle(&graph)) {
			cyclic++;
			assert_false(
			    load_text(&load, "test.yaml", buf_view(&text), &test_vocabulary));
			assert_null(load.plan);
			assert_string_equal(load.diags.items[0].code, "cycle");
			load_done(&load);
			continue;
		}
		load = good(buf_view(&text));
		for (uint32_t i = 0; i <= RANDOM_STEPS; i++)
			place[load.plan->order[i]] = i;
		for (uint32_t i = 0; i < RANDOM_STEPS; i++)
			for (uint32_t j = 0; j < RANDOM_STEPS; j++) {
				assert_int_equal(
				    plan_needs(load.plan, i + 1, j + 1), graph.reach[i][j]);
				assert_true(!graph.reach[i][j] || place[j + 1] < place[i + 1]);
			}
		load_done(&load);
	}
	assert_in_range(cyclic, RANDOM_RUNS / 10, RANDOM_RUNS * 9 / 10);
	buf_done(&text);
}

/* Ties in the order break by index. */
static void test_order(void **state)
{
	struct load load = good(STR(HEAD "  - {id: a, needs: [d], run: [ls]}\n"
					 "  - {id: b, needs: [], run: [ls]}\n"
					 "  - {id: c, needs: [d], run: [ls]}\n"
					 "  - {id: d, needs: [], run: [ls]}\n"));
	static const uint32_t wanted[] = {0, 2, 4, 1, 3};

	(void)state;
	assert_memory_equal(load.plan->order, wanted, sizeof(wanted));
	assert_int_equal(node(&load, "d")->dependent_count, 2);
	assert_int_equal(node(&load, "d")->dependents[0], index_of(&load, "a"));
	load_done(&load);
}

static void test_cycles_once(void **state)
{
	struct load load;
	struct str text = STR(HEAD "  - {id: a, needs: [b, c], run: [ls]}\n"
				   "  - {id: b, needs: [a, c], run: [ls]}\n"
				   "  - {id: c, needs: [a, b], run: [ls]}\n"
				   "  - {id: d, needs: [a], run: [ls], when: steps.a.faild}\n");

	(void)state;
	assert_false(load_text(&load, "test.yaml", text, &test_vocabulary));
	assert_null(load.plan);
	assert_int_equal(load.diags.count, 2);
	assert_string_equal(load.diags.items[0].code, "cycle");
	assert_true(
	    str_is(load.diags.items[0].message, "these steps wait for each other: a → b → a"));
	assert_string_equal(load.diags.items[1].code, "unknown-field");
	load_done(&load);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_needs),
	    cmocka_unit_test(test_effects),
	    cmocka_unit_test(test_reads),
	    cmocka_unit_test(test_frontier),
	    cmocka_unit_test(test_random_graphs),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_cycles_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
