/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/ssh_links.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "stdlib/far_way.h"
#include "stdlib/ssh_trouble.h"

/*
 * A link is DOWN, CONNECTING, or UP. Its process is ssh with a session of its own there, which says READY and then only
 * waits for the end of its standard input: that is our end, or a crash of ours, and by then ssh waits for the sessions
 * that go over it.
 */
enum link_state { DOWN, CONNECTING, UP };

/* A server takes ten sessions over one connection unless it says otherwise; one is ours, one is for whatever it is. */
enum { SESSIONS_MAX = 8, SAID_MAX = 8192 };

#define READY "reprise-ready"

struct ssh_claim {
	struct ssh_link *link;
	struct ssh_claim *next; /* among those that wait */
	bool served;
	void (*ready)(void *self, const struct ssh_ready *how);
	void *self;
};

struct ssh_link {
	struct ssh_links *links;
	struct ssh_link *next;
	char *key; /* of the map that says how to get there */
	struct arena *arena; /* of what was asked for last; NULL: nothing was */
	const struct value *ssh;
	enum link_state state;
	struct launch *launch;
	int input; /* that keeps it; -1: closed */
	unsigned number; /* of the socket */
	unsigned sessions;
	struct ssh_claim *first; /* who waits */
	struct ssh_claim **last;
	struct buf out;
	struct buf err;
};

struct ssh_links {
	struct loop *loop;
	struct launch_pool *launchers;
	char *run_dir;
	unsigned count; /* of sockets that were made */
	struct ssh_link *first;
	bool gone; /* the last has ended */
};

extern char **environ;

static const char *socket_of(const struct ssh_link *link, struct arena *arena)
{
	return arena_printf(arena, "ssh-%ld-%u", (long)getpid(), link->number).ptr;
}

static void serve(struct ssh_link *link, const struct ssh_ready *how)
{
	struct ssh_claim *claim = link->first;

	link->first = claim->next;
	if (!link->first)
		link->last = &link->first;
	claim->served = true;
	if (how->socket)
		link->sessions++;
	claim->ready(claim->self, how);
	if (!how->socket)
		free(claim);
}

static void begin(struct ssh_link *link);

/* Gives sessions to those who wait, or sees to a connection. */
static void pump(void *self)
{
	struct ssh_link *link = self;
	struct arena *arena;

	if (!link->first || link->state == CONNECTING)
		return;
	if (link->state == DOWN) {
		begin(link);
		return;
	}
	arena = arena_new();
	while (link->first && link->state == UP)
		serve(link, &(struct ssh_ready){.socket = socket_of(link, arena)});
	arena_free(arena);
}

static void on_output(void *self, enum attempt_stream stream, struct str bytes)
{
	struct ssh_link *link = self;
	struct buf *said = stream == ATTEMPT_STDOUT ? &link->out : &link->err;

	if (said->len + bytes.len > SAID_MAX)
		buf_clear(said);
	buf_str(said, str_sub(bytes, 0, bytes.len < SAID_MAX ? bytes.len : SAID_MAX));
	if (link->state == CONNECTING && stream == ATTEMPT_STDOUT &&
	    str_find(buf_view(said), STR(READY)) >= 0) {
		link->state = UP;
		pump(link);
	}
}

static void close_input(struct ssh_link *link)
{
	if (link->input >= 0)
		close(link->input);
	link->input = -1;
}

static void on_ended(void *self, const struct launch_end *end)
{
	struct ssh_link *link = self;
	struct ssh_links *links = link->links;
	bool failed = link->state == CONNECTING;
	struct arena *arena = arena_new();
	struct ssh_ready how = {.socket = NULL};

	link->launch = NULL;
	link->state = DOWN;
	close_input(link);
	if (failed && end->how == LAUNCH_REFUSED)
		how.why = STR("there is no program ssh here");
	else if (failed)
		ssh_trouble(
		    arena, buf_view(&link->err), buf_view(&link->out), &how.why, &how.advice);
	while (failed && link->first)
		serve(link, &how);
	arena_free(arena);
	links->gone = true;
	for (const struct ssh_link *at = links->first; at; at = at->next)
		links->gone &= at->launch == NULL;
	pump(link);
}

static const struct launch_events events = {.output = on_output, .ended = on_ended};

/* Nothing could be begun. */
static void refuse(struct ssh_link *link, int error)
{
	struct arena *arena = arena_new();
	const char *text = strerrordesc_np(error);
	struct ssh_ready how = {.why = arena_printf(arena, "no pipe to ssh: %s", text)};

	while (link->first)
		serve(link, &how);
	arena_free(arena);
}

static void begin(struct ssh_link *link)
{
	const char *const **stages;
	struct launch_request request = {.stage_count = 1, .stdout_fd = -1, .aside = true};
	struct ssh_links *links = link->links;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0) {
		refuse(link, errno);
		return;
	}
	buf_clear(&link->out);
	buf_clear(&link->err);
	link->number = ++links->count;
	link->input = ends[1];
	link->state = CONNECTING;
	stages = arena_alloc(link->arena, sizeof(*stages));
	stages[0] = far_way_master(link->arena, link->ssh, socket_of(link, link->arena),
	    "echo " READY ";exec cat >/dev/null");
	request.stages = stages;
	request.env = (const char *const *)(uintptr_t)environ;
	request.cwd = links->run_dir;
	request.run_dir = "";
	request.stdin_fd = ends[0];
	link->launch = launch_new(links->launchers, &request, &events, link);
}

struct ssh_links *ssh_links_new(
    struct loop *loop, struct launch_pool *launchers, const char *run_dir)
{
	struct ssh_links *links = mem_alloc(sizeof(*links));

	links->loop = loop;
	links->launchers = launchers;
	links->run_dir = mem_strdup(run_dir);
	return links;
}

static void set_true(void *self)
{
	*(bool *)self = true;
}

/* Until what was put off is done: it knows links by their addresses. */
static void settle(struct loop *loop)
{
	bool done = false;

	loop_defer(loop, set_true, &done);
	loop_run(loop, &done);
}

static void hurry(void *self)
{
	struct ssh_links *links = self;

	for (struct ssh_link *link = links->first; link; link = link->next)
		if (link->launch)
			launch_stop(link->launch, 0);
}

void ssh_links_free(struct ssh_links *links)
{
	/* What ssh takes to take leave of a host that answers. */
	static const int64_t farewell_us = 3000000;
	struct loop_timer *timer;

	if (!links)
		return;
	links->gone = true;
	for (struct ssh_link *link = links->first; link; link = link->next) {
		close_input(link);
		links->gone &= link->launch == NULL;
	}
	timer = loop_timer_new(links->loop, hurry, links);
	loop_timer_start(timer, farewell_us);
	loop_run(links->loop, &links->gone);
	loop_timer_free(timer);
	settle(links->loop);
	while (links->first) {
		struct ssh_link *link = links->first;

		assert(!link->first && !link->sessions);
		links->first = link->next;
		buf_done(&link->out);
		buf_done(&link->err);
		arena_free(link->arena);
		free(link->key);
		free(link);
	}
	free(links->run_dir);
	free(links);
}

/* Whoever came now would wait, and the time that a step has would go by. */
static bool is_full(const struct ssh_link *link)
{
	unsigned claims = link->sessions;

	for (const struct ssh_claim *claim = link->first; claim; claim = claim->next)
		claims++;
	return claims >= SESSIONS_MAX;
}

/* One that has room, or another one. */
static struct ssh_link *find(struct ssh_links *links, const struct value *ssh)
{
	struct ssh_link *link = links->first;
	struct json json;
	struct buf key;

	buf_init(&key, BUF_UNBOUNDED);
	json_init(&json, &key);
	value_to_json(&json, ssh);
	buf_byte(&key, '\0');
	while (link && (is_full(link) || strcmp(link->key, key.ptr) != 0))
		link = link->next;
	if (!link) {
		link = mem_alloc(sizeof(*link));
		link->links = links;
		link->key = mem_strdup(key.ptr);
		link->arena = arena_new();
		link->ssh = value_copy(link->arena, ssh);
		link->input = -1;
		link->last = &link->first;
		buf_init(&link->out, BUF_UNBOUNDED);
		buf_init(&link->err, BUF_UNBOUNDED);
		link->next = links->first;
		links->first = link;
	}
	buf_done(&key);
	return link;
}

struct ssh_claim *ssh_claim_new(struct ssh_links *links, const struct value *ssh,
    void (*ready)(void *self, const struct ssh_ready *how), void *self)
{
	struct ssh_claim *claim = mem_alloc(sizeof(*claim));
	struct ssh_link *link = find(links, ssh);

	*claim = (struct ssh_claim){.link = link, .ready = ready, .self = self};
	*link->last = claim;
	link->last = &claim->next;
	loop_defer(links->loop, pump, link);
	return claim;
}

void ssh_claim_drop(struct ssh_claim *claim)
{
	struct ssh_link *link = claim->link;
	struct ssh_claim **at = &link->first;

	if (claim->served) {
		link->sessions--;
	} else {
		while (*at != claim)
			at = &(*at)->next;
		*at = claim->next;
		if (link->last == &claim->next)
			link->last = at;
	}
	free(claim);
}
