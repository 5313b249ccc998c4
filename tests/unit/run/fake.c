/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "rig.h"

struct fake {
	struct attempt *attempt;
	struct rig *rig;
	struct str words; /* still to be done */
	struct map_builder value;
	bool has_value;
	bool holds;
	bool waits; /* for a cancel */
	bool deaf;
	struct loop_timer *timer;
	struct progress progress;
	int64_t stride; /* with each question */
	bool rests; /* it came to the end, said so again, and says nothing any more */
};

static struct rig *served;

void fake_use(struct rig *rig)
{
	served = rig;
}

static void obey(void *self);

static struct str next_word(struct fake *fake)
{
	struct str rest = str_trim(fake->words);
	size_t len = 0;
	struct str word;

	while (len < rest.len && rest.ptr[len] != ' ')
		len++;
	fake->words = str_sub(rest, len, rest.len);
	word = str_sub(rest, 0, len);
	if (str_is(word, "secret"))
		word = value_text(value_get(fake->attempt->args, "secret"));
	return word;
}

static int64_t next_number(struct fake *fake)
{
	int64_t number = 0;

	assert_true(units_int(next_word(fake), &number));
	return number;
}

/* "_" is a space, as arguments are separated by them. */
static struct str spaced(struct fake *fake, struct str word)
{
	char *text = arena_cstr(fake->attempt->arena, word);

	for (char *c = text; *c; c++)
		*c = (char)(*c == '_' ? ' ' : *c);
	return str_from(text);
}

void fake_release(struct rig *rig)
{
	while (rig->held_count)
		attempt_release(rig->held[--rig->held_count]);
}

static void end(struct fake *fake, bool ok, bool error, struct str why)
{
	struct attempt_result result = {.ok = ok, .error = error, .why = why};
	struct attempt *attempt = fake->attempt;

	fake->waits = false;
	if (fake->has_value)
		result.value = map_end(&fake->value);
	loop_timer_free(fake->timer);
	fake->timer = NULL;
	if (fake->holds) {
		attempt_hold(attempt);
		fake->rig->held[fake->rig->held_count++] = attempt;
	}
	attempt_finish(attempt, &result);
}

static void put(struct fake *fake, const char *name, const struct value *value)
{
	if (!fake->has_value)
		map_begin(&fake->value, fake->attempt->arena);
	fake->has_value = true;
	map_add(&fake->value, name, value);
}

static void say(struct fake *fake, enum attempt_stream stream)
{
	struct str text = spaced(fake, next_word(fake));

	attempt_output(
	    fake->attempt, stream, arena_printf(fake->attempt->arena, "%.*s\n", STR_ARG(text)));
}

static void flood(struct fake *fake)
{
	int64_t count = next_number(fake);
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	for (int64_t i = 1; i <= count; i++)
		buf_printf(&text, "line %" PRId64 "\n", i);
	attempt_output(fake->attempt, ATTEMPT_STDOUT, buf_view(&text));
	buf_done(&text);
}

static void put_big(struct fake *fake)
{
	int64_t size = next_number(fake);
	char *text = arena_alloc(fake->attempt->arena, (size_t)size + 1);

	memset(text, 'x', (size_t)size);
	put(fake, "text", value_string(fake->attempt->arena, (struct str){text, (size_t)size}));
}

static void put_streams(struct fake *fake)
{
	put(fake, "stdout", value_string(fake->attempt->arena, STR("")));
	put(fake, "stderr", value_string(fake->attempt->arena, STR("")));
}

static void come_on(struct fake *fake)
{
	fake->stride = next_number(fake);
	fake->progress.total = next_number(fake);
}

static void nap(struct fake *fake, int64_t us)
{
	if (!fake->timer)
		fake->timer = loop_timer_new(fake->rig->loop, obey, fake);
	loop_timer_start(fake->timer, us);
}

/* One word; false when the rest has to wait, or there is none. */
static bool obey_word(struct fake *fake, struct str word)
{
	struct arena *arena = fake->attempt->arena;

	if (str_is(word, "ok"))
		return end(fake, true, false, (struct str){0}), false;
	if (str_is(word, "fail"))
		return end(fake, false, false, spaced(fake, next_word(fake))), false;
	if (str_is(word, "error"))
		return end(fake, false, true, spaced(fake, next_word(fake))), false;
	if (str_is(word, "later"))
		return loop_defer(fake->rig->loop, obey, fake), false;
	if (str_is(word, "after"))
		return nap(fake, next_number(fake) * 1000), false;
	if (str_is(word, "hang") || str_is(word, "deaf")) {
		fake->waits = true;
		fake->deaf = str_is(word, "deaf");
		return false;
	}
	if (str_is(word, "begin"))
		attempt_started(fake->attempt, 4711, 12);
	else if (str_is(word, "say"))
		say(fake, ATTEMPT_STDOUT);
	else if (str_is(word, "flood"))
		flood(fake);
	else if (str_is(word, "err"))
		say(fake, ATTEMPT_STDERR);
	else if (str_is(word, "hold"))
		fake->holds = true;
	else if (str_is(word, "n"))
		put(fake, "n", value_int(arena, next_number(fake)));
	else if (str_is(word, "big"))
		put_big(fake);
	else if (str_is(word, "tell"))
		put(fake, "args", value_copy(arena, fake->attempt->args));
	else if (str_is(word, "poke"))
		fake->rig->poke(fake->rig, (int)next_number(fake));
	else if (str_is(word, "comes"))
		come_on(fake);
	else if (str_is(word, "below"))
		fake->progress.launcher = getpid();
	else if (str_is(word, "result"))
		put_streams(fake);
	else
		fail_msg("no action does '%.*s'", STR_ARG(word));
	return true;
}

static void obey(void *self)
{
	struct fake *fake = self;

	while (obey_word(fake, next_word(fake)))
		continue;
}

/* What the attempt with this number (from 0) is to do. */
static struct str part(struct str does, int number)
{
	ptrdiff_t bar;

	while (number-- > 0 && (bar = str_find(does, STR("|"))) >= 0)
		does = str_sub(does, (size_t)bar + 1, does.len);
	bar = str_find(does, STR("|"));
	return bar < 0 ? does : str_sub(does, 0, (size_t)bar);
}

static void begin(struct attempt *attempt, const char *what)
{
	struct fake *fake = arena_alloc(attempt->arena, sizeof(*fake));
	int number = served->attempts[attempt->op]++;

	buf_printf(&served->log, "%s %u\n", what, attempt->op);
	fake->attempt = attempt;
	fake->rig = served;
	fake->words = part(value_text(value_get(attempt->args, "does")), number);
	attempt->self = fake;
	obey(fake);
}

static void start(struct attempt *attempt)
{
	begin(attempt, "do");
}

static void look(struct attempt *attempt)
{
	begin(attempt, attempt->only_reads ? "look" : "look, and change");
}

static void cancel(struct attempt *attempt, enum cancel_how how)
{
	struct fake *fake = attempt->self;

	buf_printf(
	    &fake->rig->log, "cancel %u %s\n", attempt->op, how == CANCEL_KILL ? "kill" : "term");
	if (fake->waits && (!fake->deaf || how == CANCEL_KILL))
		end(fake, false, false, STR("cancelled"));
}

static void progress(const struct attempt *attempt, struct progress *ret_progress)
{
	struct fake *fake = attempt->self;

	if (fake->progress.done < fake->progress.total)
		fake->progress.done += fake->stride;
	else if (fake->rests)
		return;
	else
		fake->rests = fake->progress.total > 0;
	*ret_progress = fake->progress;
}

static const struct param params[] = {
    {.name = "does",
	.kind = PARAM_STRING,
	.flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
	.doc = "what each attempt does"},
    {.name = "secret", .kind = PARAM_STRING, .flags = PARAM_TAKES_SECRETS, .doc = "to be kept"},
    {.name = "path", .kind = PARAM_PATH, .doc = "of a file"},
    {0},
};

static const struct field results[] = {
    {"n", &type_int, "a number"},
    {"text", &type_string, "a long one"},
    {"args", &type_dyn, "as they were given"},
    {"stdout", &type_stream, "what it said"},
    {"stderr", &type_stream, "what it complained of"},
    {0},
};

static const struct action_spec read_spec = {
    .name = "fake.read", .summary = "reads", .params = params, .results = results};
static const struct action_spec change_spec = {.name = "fake.change",
    .summary = "changes",
    .params = params,
    .results = results,
    .effect = EFFECT_CHANGE};

static const struct action_spec *const specs[] = {&read_spec, &change_spec, NULL};
static const struct connection_spec *const connections[] = {NULL};
const struct vocabulary fake_vocabulary = {specs, connections, connections};

static const struct action_impl read_impl = {
    .spec = &read_spec, .start = start, .cancel = cancel, .progress = progress};
static const struct action_impl change_impl = {
    .spec = &change_spec, .start = start, .cancel = cancel, .look = look};
static const struct action_impl *const impls[] = {&read_impl, &change_impl, NULL};
const struct registry fake_registry = {impls, connections};
