/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/far.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "stdlib/far_way.h"
#include "value/target.h"

extern char **environ;

/* The orders of all parts: arguments and environments. */
enum { ORDERS_MAX = 32 << 20 };

/*
 * Beyond the grace: the answer of the far end, then an inquiry by another way, which gives it the grace once more
 * (reach/steer.c, reach/inquire.c).
 */
static const int64_t patience_us = 75000000;

int64_t far_grace_us(int64_t grace_us)
{
	return 2 * grace_us + patience_us;
}

bool far_is(const struct attempt *attempt)
{
	return target_of(attempt->args) != NULL;
}

/* Where stage i runs; NULL: here. */
static const struct value *target_at(const struct attempt *attempt, size_t i)
{
	const struct value *all = value_get(attempt->args, "target");
	const struct value *each = value_get(attempt->args, "targets");
	const struct value *target = all;

	if (each && each->type == VALUE_LIST && i < each->list.count)
		target = each->list.items[i];
	return target && target->type == VALUE_MAP ? target : NULL;
}

static bool is_same(const struct value *a, const struct value *b)
{
	return a == b || (a && b && value_equal(a, b));
}

void far_init(struct far *far, struct attempt *attempt, const struct launch_request *asked)
{
	unsigned number = 0;

	*far = (struct far){.attempt = attempt, .asked = asked};
	far->parts = arena_array(attempt->arena, asked->stage_count, sizeof(*far->parts));
	for (size_t i = 0; i < asked->stage_count; i++) {
		const struct value *target = target_at(attempt, i);
		struct far_part *last = &far->parts[far->part_count];

		if (i && target && is_same(last[-1].target, target)) {
			last[-1].count++;
			continue;
		}
		*last = (struct far_part){.far = far, .first = i, .count = 1, .target = target};
		if (target)
			last->number = number++;
		far->part_count++;
	}
}

/* The first part of a way. */
static const struct value *ssh_alone(struct arena *arena, const struct value *target)
{
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "ssh", value_get(target, "ssh"));
	return map_end(&map);
}

struct str far_unreached(struct arena *arena, const struct value *target, struct str why)
{
	const struct value *ssh = value_get(target, "ssh");
	const struct value *user = value_get(target, "become");
	struct str machine = target_short(arena, target);
	struct str host = ssh ? target_short(arena, ssh_alone(arena, target)) : STR("");

	if (value_get(target, "docker") || value_get(target, "podman") ||
	    value_get(target, "kubernetes"))
		return arena_printf(
		    arena, "cannot get into %.*s: %.*s", STR_ARG(machine), STR_ARG(why));
	if (user)
		return arena_printf(arena, "cannot become %.*s%s%.*s: %.*s",
		    STR_ARG(value_text(user)), ssh ? " at " : "", STR_ARG(host), STR_ARG(why));
	return arena_printf(
	    arena, "cannot reach %.*s: %.*s", STR_ARG(target_text(arena, target)), STR_ARG(why));
}

static void link_ready(void *self, const struct ssh_ready *how)
{
	struct far_part *part = self;
	struct far *far = part->far;
	struct arena *arena = far->attempt->arena;
	struct str why;

	far->waiting--;
	if (how->socket) {
		part->socket = arena_cstr(arena, str_from(how->socket));
		if (!far->waiting)
			far->ready(far->self, STR(""), STR(""));
		return;
	}
	part->claim = NULL;
	far_close(far);
	why = far_unreached(arena, ssh_alone(arena, part->target), how->why);
	far->ready(far->self, why, arena_str(arena, how->advice));
}

/* A key file that is not there; ssh would take another key. */
static struct str key_wrong(const struct far *far, const struct far_part *part)
{
	struct arena *arena = far->attempt->arena;
	const struct value *ssh = part->target ? value_get(part->target, "ssh") : NULL;
	struct str key = value_text(value_get(ssh, "identity"));

	if (!key.len || access(arena_cstr(arena, key), R_OK) == 0)
		return STR("");
	return arena_printf(
	    arena, "cannot read the key %.*s: %s", STR_ARG(key), strerrordesc_np(errno));
}

void far_open(
    struct far *far, void (*ready)(void *self, struct str wrong, struct str advice), void *self)
{
	struct ssh_links *links = far->attempt->host->links;

	far->ready = ready;
	far->self = self;
	for (size_t i = 0; i < far->part_count; i++) {
		struct str wrong = key_wrong(far, &far->parts[i]);

		if (!wrong.len)
			continue;
		far->ready(far->self, wrong, STR(""));
		return;
	}
	for (size_t i = 0; i < far->part_count; i++) {
		struct far_part *part = &far->parts[i];
		const struct value *ssh = part->target ? value_get(part->target, "ssh") : NULL;

		if (!ssh || !links)
			continue;
		part->claim = ssh_claim_new(links, ssh, link_ready, part);
		far->waiting++;
	}
	if (!far->waiting)
		far->ready(far->self, STR(""), STR(""));
}

void far_close(struct far *far)
{
	for (size_t i = 0; i < far->part_count; i++) {
		if (far->parts[i].claim)
			ssh_claim_drop(far->parts[i].claim);
		far->parts[i].claim = NULL;
	}
}

/* The stages of one part, as a request of their own. */
static struct launch_request request_of(const struct far *far, const struct far_part *part)
{
	struct launch_request request = *far->asked;

	request.stages = far->asked->stages + part->first;
	request.stage_count = part->count;
	return request;
}

/* The stage that leads to a part; false when there can be none. */
static bool lead(
    struct far *far, const struct far_part *part, struct buf *orders, const char *const **ret_argv)
{
	const struct attempt *attempt = far->attempt;
	struct launch_request request = request_of(far, part);
	struct str where = target_text(attempt->arena, part->target);
	struct order order = {
	    .folder = part->socket ? attempt->host->run_dir : "",
	    .where = arena_cstr(attempt->arena, where),
	    .number = part->number,
	    .reads = part->first > 0 || far->asked->stdin_fd >= 0,
	    .confined = attempt->only_reads && !attempt->host->unconfined,
	    .request = &request,
	};

	far_way(attempt->arena, part->target, part->socket, &order);
	return order_add(orders, attempt->arena, attempt->host->programs, &order, ret_argv);
}

/* What runs here has our environment, and the step's over it; so has what leads there, where both are in one pipe. */
static const char *const *environment(const struct far *far)
{
	struct arena *arena = far->attempt->arena;
	const char *const *own = far->asked->env;
	const char **all;
	size_t count = 0;
	size_t inherited = 0;
	bool here = false;

	for (size_t i = 0; i < far->part_count; i++)
		here |= !far->parts[i].target;
	if (!here)
		return (const char *const *)(uintptr_t)environ;
	while (environ[inherited])
		inherited++;
	while (own[count])
		count++;
	all = arena_array(arena, inherited + count + 1, sizeof(*all));
	count = 0;
	for (char **at = environ; *at; at++) {
		struct str name = {*at, strcspn(*at, "=") + 1};
		size_t i = 0;

		while (own[i] && !str_starts(str_from(own[i]), name))
			i++;
		if (!own[i])
			all[count++] = *at;
	}
	while (*own)
		all[count++] = *own++;
	return all;
}

bool far_request(struct far *far, struct launch_request *ret_request, struct str *ret_wrong)
{
	struct arena *arena = far->attempt->arena;
	const char *const **stages;
	struct launch_request request = *far->asked;
	struct buf orders;
	bool ok = true;

	buf_init(&orders, ORDERS_MAX);
	stages = arena_array(arena, far->part_count, sizeof(*stages));
	for (size_t i = 0; i < far->part_count && ok; i++) {
		const struct far_part *part = &far->parts[i];

		if (part->target) {
			ok = lead(far, part, &orders, &stages[i]);
			request.apart |= UINT64_C(1) << i;
		} else {
			stages[i] = far->asked->stages[part->first];
		}
	}
	request.stages = stages;
	request.stage_count = far->part_count;
	request.env = environment(far);
	request.cwd = far->attempt->host->folder;
	request.writable = NULL;
	request.order_fd = ok ? order_descriptor(&orders) : -1;
	if (orders.len)
		explicit_bzero(orders.ptr, orders.len);
	buf_done(&orders);
	if (request.order_fd > 0) {
		*ret_request = request;
		return true;
	}
	*ret_wrong = STR("its arguments and its environment are too much, or memory is short");
	return false;
}

void far_request_again(struct far *far, struct launch_request *ret_request)
{
	static const char *const reach[] = {"reprise-reach", NULL};
	const char *const **stages = arena_array(
	    far->attempt->arena, far->part_count, sizeof(*stages));

	for (size_t i = 0; i < far->part_count; i++)
		stages[i] = far->parts[i].target ? reach : far->asked->stages[far->parts[i].first];
	far->again = true;
	*ret_request = *far->asked;
	ret_request->stages = stages;
	ret_request->stage_count = far->part_count;
}
