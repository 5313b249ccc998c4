/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cast.h"
#include "view/panel.h"

/* The panel as it stands there at moments of a run, in windows of several sizes. */

static const struct panel_frame windows[] = {
    {60, 20, 0, false}, {80, 24, 0, false}, {200, 50, 0, false}, {40, 8, 0, false}};

enum { WINDOWS = sizeof(windows) / sizeof(*windows), S = 1000000 };

struct scene {
	struct load load;
	struct arena *arena;
	struct labels *labels;
	struct summary summary;
	struct panel *panel;
	struct buf out;
	int64_t now_us;
	uint32_t ops;
};

static void scene_begin(struct scene *scene, const struct plan *plan)
{
	scene->labels = labels_new(plan);
	summary_init(&scene->summary);
	scene->panel = panel_new(&(struct panel_sources){plan, scene->labels, &scene->summary});
	buf_init(&scene->out, BUF_UNBOUNDED);
}

static void scene_end(struct scene *scene)
{
	panel_free(scene->panel);
	summary_done(&scene->summary);
	labels_free(scene->labels);
	buf_done(&scene->out);
}

static void see(struct scene *scene, const struct message *message)
{
	summary_see(&scene->summary, message);
	panel_see(scene->panel, message);
}

static struct message message_now(const struct scene *scene, enum message_type type)
{
	return (struct message){.type = type, .t_us = scene->now_us, .at_us = scene->now_us};
}

static void begin(struct scene *scene)
{
	struct message message = message_now(scene, MESSAGE_RUN_STARTED);

	message.run_started.title = scene->load.runbook->title;
	message.run_started.mode = STR("run");
	see(scene, &message);
}

static uint32_t start(
    struct scene *scene, const char *node, enum start_what what, enum effect_class class)
{
	struct message message = message_now(scene, MESSAGE_START);

	message.start.op = ++scene->ops;
	message.start.node = str_from(node);
	message.start.what = what;
	message.start.class = class;
	message.start.attempt = 1;
	message.start.timeout_us = INT64_C(600) * S;
	see(scene, &message);
	return scene->ops;
}

static void say(struct scene *scene, uint32_t op, const char *text)
{
	struct message message = message_now(scene, MESSAGE_OUTPUT);

	message.output.op = op;
	message.output.bytes = str_from(text);
	see(scene, &message);
}

static void finish_op(struct scene *scene, uint32_t op)
{
	struct message message = message_now(scene, MESSAGE_FINISHED);

	message.finished.op = op;
	message.finished.ok = true;
	see(scene, &message);
}

static void finish(struct scene *scene, const char *node, enum outcome outcome)
{
	struct message message = message_now(scene, MESSAGE_STEP_FINISHED);

	message.step_finished.node = str_from(node);
	message.step_finished.outcome = outcome;
	message.step_finished.duration_us = INT64_C(7) * S;
	see(scene, &message);
}

static void decide(struct scene *scene, const char *node, const char *what, const char *json)
{
	struct message message = message_now(scene, MESSAGE_DECIDED);
	struct str error;

	message.decided.node = str_from(node);
	message.decided.what = str_from(what);
	message.decided.value = json ? value_from_json(scene->arena, str_from(json), &error) : NULL;
	see(scene, &message);
}

static void sample(struct scene *scene, uint32_t op, int64_t done, int64_t total)
{
	const struct sample sample = {op, scene->now_us, done, total};

	panel_sample(scene->panel, &sample);
}

/* What holds of every panel, whatever happened: it fits, and nothing in it steers a terminal. */
static size_t draw(struct scene *scene, const struct panel_frame *window, struct buf *out)
{
	struct panel_frame frame = *window;
	size_t from = out->len;
	struct str rest;
	struct str line;
	size_t lines = 0;
	size_t counted;

	frame.now_us = scene->now_us;
	counted = panel_draw(scene->panel, &frame, out);
	rest = str_sub(buf_view(out), from, out->len);
	while (str_line(&rest, &line)) {
		lines++;
		assert_true(utf8_columns(line) < window->columns);
		assert_true(utf8_valid(line));
		for (size_t i = 0; i < line.len; i++)
			assert_true((unsigned char)line.ptr[i] >= 0x20);
	}
	assert_int_equal(lines, counted);
	assert_true(lines < window->rows / 2 || lines == 0);
	return lines;
}

static void show(struct scene *scene, const char *name)
{
	for (size_t i = 0; i < WINDOWS; i++) {
		buf_printf(&scene->out, "== %s, %zu columns, %zu rows\n", name, windows[i].columns,
		    windows[i].rows);
		draw(scene, &windows[i], &scene->out);
	}
}

static void begin_shop(struct scene *scene)
{
	*scene = (struct scene){.arena = arena_new()};
	cast_load(&scene->load, "panel.yaml");
	scene_begin(scene, scene->load.plan);
	begin(scene);
}

static void end_shop(struct scene *scene, const char *name)
{
	golden(name, buf_view(&scene->out));
	scene_end(scene);
	load_done(&scene->load);
	arena_free(scene->arena);
}

/* Until all of its database is lost. */
static void test_fetching(void **state)
{
	struct scene scene;
	uint32_t op;
	uint32_t other;

	(void)state;
	begin_shop(&scene);
	show(&scene, "begun");
	panel_answered(scene.panel, plan_at(scene.load.plan, STR("wipe"))->index);
	panel_expect(scene.panel,
	    STR("expected 3m10s more, 90% within 5m; the RTO of 1h may be missed (1 in 3)"));
	show(&scene, "foretold, and approved beforehand");
	panel_expect(scene.panel, (struct str){0});
	finish_op(&scene, start(&scene, "look", START_ACTION, EFFECT_READ));
	scene.now_us += INT64_C(7) * S;
	finish(&scene, "look", OUTCOME_SUCCEEDED);
	other = start(&scene, "stop", START_ACTION, EFFECT_CHANGE);
	op = start(&scene, "fetch", START_ACTION, EFFECT_CHANGE);
	say(&scene, other, "one\ntwo\nthree\nfour\nfi");
	say(&scene, op, "10 %\r20 %\r");
	scene.now_us += INT64_C(100) * S;
	sample(&scene, op, INT64_C(100) << 20, INT64_C(1) << 30);
	scene.now_us += INT64_C(1) * S;
	sample(&scene, op, INT64_C(104) << 20, INT64_C(1) << 30);
	show(&scene, "fetching");
	scene.now_us += INT64_C(100) * S;
	show(&scene, "longer than it should, and no further");
	sample(&scene, op, 0, 500000); /* another file */
	scene.now_us += INT64_C(1) * S;
	sample(&scene, op, 250000, 500000);
	show(&scene, "another file");
	finish_op(&scene, other);
	finish(&scene, "stop", OUTCOME_FAILED);
	/* what one alone has said stands above the panel already, but for what has not come to its end */
	say(&scene, op, "\nall of it is th");
	panel_expect(scene.panel, STR("expected 14m, 90 % within 31m; the RTO of 1h will be met"));
	scene.now_us += INT64_C(3000) * S;
	show(&scene, "tight");
	scene.now_us += INT64_C(3000) * S;
	show(&scene, "missed");
	end_shop(&scene, "panel.fetching.txt");
}

static void ask(struct scene *scene, const char *node, uint32_t id)
{
	struct message message = message_now(scene, MESSAGE_ASK);

	message.ask.node = str_from(node);
	message.ask.id = id;
	see(scene, &message);
}

static void finish_first(struct scene *scene)
{
	finish(scene, "look", OUTCOME_SUCCEEDED);
	finish(scene, "stop", OUTCOME_SUCCEEDED);
	finish(scene, "fetch", OUTCOME_SUCCEEDED);
	scene->now_us += INT64_C(60) * S;
}

static void test_restoring(void **state)
{
	struct message answered;
	struct scene scene;
	uint32_t op;

	(void)state;
	begin_shop(&scene);
	finish_first(&scene);
	ask(&scene, "restore", 3);
	scene.now_us += INT64_C(30) * S;
	show(&scene, "asking");
	answered = message_now(&scene, MESSAGE_ANSWERED);
	answered.answered.id = 3;
	see(&scene, &answered);
	decide(&scene, "restore", "begin", NULL);
	op = start(&scene, "restore/drop", START_PRECONDITION, EFFECT_READ);
	show(&scene, "asking before it destroys");
	finish_op(&scene, op);
	op = start(&scene, "restore/drop", START_ACTION, EFFECT_DESTROY);
	scene.now_us += INT64_C(2) * S;
	show(&scene, "destroying");
	finish_op(&scene, op);
	finish(&scene, "restore/drop", OUTCOME_SUCCEEDED);
	finish(&scene, "restore/load", OUTCOME_FAILED);
	decide(&scene, "restore", "retry", "{\"$duration\":\"20s\"}");
	show(&scene, "again");
	end_shop(&scene, "panel.restoring.txt");
}

static void test_many(void **state)
{
	static const char list[] =
	    "[\"w01\",\"w02\",\"w03\",\"w04\",\"w05\",\"w06\",\"w07\",\"w08\",\"w09\",\"w10\","
	    "\"w11\",\"w12\"]";
	struct message acquire;
	struct scene scene;
	char node[16];

	(void)state;
	begin_shop(&scene);
	finish_first(&scene);
	finish(&scene, "restore", OUTCOME_SUCCEEDED);
	decide(&scene, "probe", "for_each", list);
	for (int i = 0; i < 12; i++) {
		snprintf(node, sizeof(node), "probe[%d]", i);
		start(&scene, node, START_ACTION, EFFECT_READ);
		say(&scene, scene.ops, "sent\nheard\n");
	}
	scene.now_us += INT64_C(2) * S;
	show(&scene, "twelve");
	for (int i = 0; i < 11; i++) {
		snprintf(node, sizeof(node), "probe[%d]", i);
		finish(&scene, node, i == 4 ? OUTCOME_FAILED : OUTCOME_SUCCEEDED);
	}
	show(&scene, "the last of them");
	finish(&scene, "probe[11]", OUTCOME_SUCCEEDED);
	finish(&scene, "probe", OUTCOME_FAILED);
	acquire = message_now(&scene, MESSAGE_ACQUIRE);
	acquire.lock.node = STR("start");
	acquire.lock.lock = STR("shop");
	see(&scene, &acquire);
	show(&scene, "waiting for a lock");
	finish(&scene, "start", OUTCOME_SUCCEEDED);
	finish(&scene, "sure", OUTCOME_SUCCEEDED);
	finish(&scene, "wipe", OUTCOME_SKIPPED);
	start(&scene, "", START_VERIFY, EFFECT_READ);
	show(&scene, "recovered?");
	acquire = message_now(&scene, MESSAGE_RUN_FINISHED);
	see(&scene, &acquire);
	for (size_t i = 0; i < WINDOWS; i++)
		assert_int_equal(draw(&scene, &windows[i], &scene.out), 0);
	end_shop(&scene, "panel.many.txt");
}

/* At each moment of any run. */
static void test_always(void **state)
{
	static void (*const casts[])(struct cast *) = {
	    cast_recovered, cast_failed, cast_hostile, cast_resumed};
	struct cast cast;

	(void)state;
	for (size_t i = 0; i < sizeof(casts) / sizeof(*casts); i++) {
		struct scene scene = {0};

		casts[i](&cast);
		scene_begin(&scene, cast.load.plan);
		for (size_t k = 0; k < cast.count; k++) {
			scene.now_us = cast.items[k].t_us;
			see(&scene, &cast.items[k]);
			for (size_t w = 0; w < WINDOWS; w++)
				draw(&scene, &windows[w], &scene.out);
		}
		assert_true(scene.out.len > 0);
		scene_end(&scene);
		cast_done(&cast);
	}
}

/* Where there is no window to speak of. */
static void test_no_room(void **state)
{
	static const struct panel_frame tiny[] = {
	    {0, 0, 0, false}, {1, 100, 0, false}, {19, 24, 0, false}, {80, 3, 0, false}};
	struct scene scene;

	(void)state;
	begin_shop(&scene);
	for (size_t i = 0; i < sizeof(tiny) / sizeof(*tiny); i++)
		assert_int_equal(draw(&scene, &tiny[i], &scene.out), 0);
	assert_int_equal(draw(&scene, &(struct panel_frame){20, 4, 0, false}, &scene.out), 1);
	end_shop(&scene, "panel.tiny.txt");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fetching),
	    cmocka_unit_test(test_restoring),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_always),
	    cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
