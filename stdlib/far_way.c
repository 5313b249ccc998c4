/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/far_way.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"

/* An argv that grows. */
struct words {
	struct arena *arena;
	const char **items;
	size_t count;
	size_t capacity;
};

static void add(struct words *words, const char *word)
{
	words->items = arena_grow(
	    words->arena, words->items, words->count, &words->capacity, sizeof(*words->items));
	words->items[words->count] = word;
	words->count += word != NULL;
}

static const char *text_of(struct arena *arena, const struct value *value)
{
	const char *text;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	value_show(value, &buf);
	text = arena_cstr(arena, buf_view(&buf));
	buf_done(&buf);
	return text;
}

/* An option, where the map gives it a value. */
static void add_given(
    struct words *words, const char *option, const struct value *map, const char *key)
{
	const struct value *value = value_get(map, key);

	if (!value || value->type == VALUE_NULL)
		return;
	add(words, option);
	add(words, text_of(words->arena, value));
}

static void add_option(struct words *words, const char *name, const char *value)
{
	add(words, "-o");
	add(words, arena_printf(words->arena, "%s=%s", name, value).ptr);
}

/* What the author says of ssh comes first, since the first word on an option is the one that holds. */
static void add_ssh(struct words *words, const struct value *ssh)
{
	const struct value *options = value_get(ssh, "options");

	add(words, "ssh");
	for (size_t i = 0; options && options->type == VALUE_MAP && i < options->map.count; i++)
		add_option(words, text_of(words->arena, options->map.entries[i].key),
		    text_of(words->arena, options->map.entries[i].value));
	add_given(words, "-p", ssh, "port");
	add_given(words, "-l", ssh, "user");
	add_given(words, "-i", ssh, "identity");
	if (value_get(ssh, "identity")) /* and no other, as the record says */
		add_option(words, "IdentitiesOnly", "yes");
	add_given(words, "-J", ssh, "jump");
	add_option(words, "BatchMode", "yes");
	add_option(words, "ConnectTimeout", "10");
	add_option(words, "ServerAliveInterval", "5");
	add_option(words, "ServerAliveCountMax", "3");
	add_option(words, "RequestTTY", "no");
	add_option(words, "RemoteCommand", "none");
	add_option(words, "ClearAllForwardings", "yes");
	add_option(words, "LogLevel", "ERROR");
}

static void add_host(struct words *words, const struct value *ssh)
{
	add(words, "--");
	add(words, text_of(words->arena, value_get(ssh, "host")));
}

static const char *const *end(struct words *words)
{
	add(words, NULL);
	return words->items;
}

const char *const *far_way_master(
    struct arena *arena, const struct value *ssh, const char *socket, const char *command)
{
	struct words words = {.arena = arena};

	add_ssh(&words, ssh);
	add_option(&words, "ControlMaster", "yes");
	add_option(&words, "ControlPath", socket);
	add_option(&words, "ControlPersist", "no");
	add_host(&words, ssh);
	add(&words, command);
	return end(&words);
}

/* Over a connection that is up, and over that alone: where it is gone, ssh would make one of its own. */
static const char *const *over_socket(
    struct arena *arena, const struct value *ssh, const char *socket)
{
	struct words words = {.arena = arena};

	add(&words, "ssh");
	add_option(&words, "ControlMaster", "no");
	add_option(&words, "ControlPath", socket);
	add_option(&words, "ProxyCommand", "false");
	add_option(&words, "BatchMode", "yes");
	add_option(&words, "RequestTTY", "no");
	add_option(&words, "RemoteCommand", "none");
	add_option(&words, "LogLevel", "ERROR");
	add_host(&words, ssh);
	return end(&words);
}

static const char *const *alone(struct arena *arena, const struct value *ssh)
{
	struct words words = {.arena = arena};

	add_ssh(&words, ssh);
	add_option(&words, "ControlMaster", "no");
	add_option(&words, "ControlPath", "none");
	add_host(&words, ssh);
	return end(&words);
}

static void add_hop(struct order *order, const char *const *argv, bool quotes)
{
	assert(order->hop_count < ORDER_HOPS_MAX);
	order->hops[order->hop_count++] = (struct order_hop){argv, quotes};
}

static void go_by_ssh(
    struct arena *arena, const struct value *ssh, const char *socket, struct order *order)
{
	if (!ssh)
		return;
	add_hop(order, socket ? over_socket(arena, ssh, socket) : alone(arena, ssh), true);
	if (socket)
		order->aside = alone(arena, ssh);
}

static void become(struct arena *arena, const struct value *user, struct order *order)
{
	struct words words = {.arena = arena};

	if (!user)
		return;
	add(&words, "sudo");
	add(&words, "-n");
	add(&words, "-u");
	add(&words, text_of(arena, user));
	add(&words, "--");
	add_hop(order, end(&words), false);
}

static void enter_container(
    struct arena *arena, const char *program, const struct value *container, struct order *order)
{
	struct words words = {.arena = arena};

	if (!container)
		return;
	add(&words, program);
	add(&words, "exec");
	add(&words, "-i");
	add_given(&words, "-u", container, "user");
	add(&words, text_of(arena, value_get(container, "container")));
	add_hop(order, end(&words), false);
}

/*
 * Labels name one pod that runs: which of several is meant is nobody's guess. $1 are the labels, $2 the container,
 * behind that come kubectl's own options, and "--", and what is to be run.
 */
static const char by_labels[] =
    "set -f;l=$1 k=$2;shift 2;o=;while [ \"$1\" != -- ];do o=\"$o $1\";shift;done;shift;"
    "p=$(kubectl $o get pods -l \"$l\" --field-selector=status.phase=Running -o name)||exit;"
    "case $p in \"\")echo \"no pod that runs has the labels $l\" >&2;exit 1;;"
    "*[![:graph:]]*)echo \"more than one pod that runs has the labels $l:\" $p >&2;exit 1;;esac;"
    "exec kubectl $o exec -i ${k:+-c \"$k\"} \"${p#pod/}\" -- \"$@\"";

/* One that labels name. Names of contexts and namespaces have no blanks: the language sees to that. */
static const char *const *pod_by_labels(struct arena *arena, const struct value *pod)
{
	struct words words = {.arena = arena};
	const struct value *container = value_get(pod, "container");

	add(&words, "sh");
	add(&words, "-c");
	add(&words, by_labels);
	add(&words, "kubectl");
	add(&words, text_of(arena, value_get(pod, "selector")));
	add(&words, container ? text_of(arena, container) : "");
	add_given(&words, "--context", pod, "context");
	add_given(&words, "--namespace", pod, "namespace");
	add(&words, "--");
	return end(&words);
}

static void enter_pod(struct arena *arena, const struct value *pod, struct order *order)
{
	struct words words = {.arena = arena};

	if (!pod)
		return;
	if (value_get(pod, "selector")) {
		add_hop(order, pod_by_labels(arena, pod), false);
		return;
	}
	add(&words, "kubectl");
	add_given(&words, "--context", pod, "context");
	add_given(&words, "--namespace", pod, "namespace");
	add(&words, "exec");
	add(&words, "-i");
	add_given(&words, "-c", pod, "container");
	add(&words, text_of(arena, value_get(pod, "pod")));
	add(&words, "--");
	add_hop(order, end(&words), false);
}

void far_way(
    struct arena *arena, const struct value *target, const char *socket, struct order *order)
{
	go_by_ssh(arena, value_get(target, "ssh"), socket, order);
	become(arena, value_get(target, "become"), order);
	enter_container(arena, "docker", value_get(target, "docker"), order);
	enter_container(arena, "podman", value_get(target, "podman"), order);
	enter_pod(arena, value_get(target, "kubernetes"), order);
}
