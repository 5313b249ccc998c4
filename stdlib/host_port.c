/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"
#include "stdlib/args.h"
#include "stdlib/look.h"
#include "stdlib/proc.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/* host.port: the sockets that /proc/net lists for a port, and the processes that hold them. */

static const char *const protocols[] = {"tcp", "udp", NULL};

static const struct param params[] = {{.name = "port",
					  .kind = PARAM_INT,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "The port."},
    {.name = "protocol",
	.kind = PARAM_STRING,
	.preset = "tcp",
	.choices = protocols,
	.doc = "Of IPv4 and IPv6 both."},
    {0}};

static const struct field listener_fields[] = {
    {"address", &type_string, "Where it listens: 127.0.0.1, 0.0.0.0 or :: for everywhere."},
    {"user", &type_string, "Name of the user who opened it, or the number."},
    {"pid", &type_int, "The process, the eldest of several; left out if we may not see it."},
    {"name", &type_string, "The name of its program; left out like pid."}, {0}};

static const struct type listener_type = {
    .kind = TYPE_OBJECT, .name = "a listener", .fields = listener_fields};
static const struct type listeners_type = {.kind = TYPE_LIST, .of = &listener_type};

static const struct field results[] = {{"listening", &type_bool, "Whether somebody listens."},
    {"listeners", &listeners_type, "address, user, pid, name of each: 64 at most."},
    {"unseen", &type_int,
	"Of how many the process is not known: it takes root to see those of other users."},
    {0}};

static const char *const success_fields[] = {"listening", "listeners", NULL};

const struct action_spec host_port_spec = {
    .name = "host.port",
    .summary = "Who listens on a port of this machine.",
    .params = params,
    .results = results,
    .success_doc = "somebody listens",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { LISTENERS_MAX = 64, NAME_MAX_BYTES = 64 };

/* A socket listens when it is of TCP in this state, or of UDP in that: not connected to anybody. */
enum { TCP_LISTENS = 0x0A, UDP_LISTENS = 0x07 };

struct listener {
	char address[INET6_ADDRSTRLEN];
	uid_t uid;
	int64_t inode;
	pid_t pid; /* 0: not found */
	struct str name;
};

struct survey {
	struct look *look;
	unsigned port;
	int64_t state;
	size_t count;
	size_t found; /* of which the process is known */
	struct listener listeners[LISTENERS_MAX];
};

/* "0100007F" or four such words: each is a number as this machine writes it, in the network's order. */
static bool read_address(struct str hex, char *ret_text, size_t size)
{
	uint32_t words[4] = {0};

	if (hex.len != 8 && hex.len != 32)
		return false;
	for (size_t i = 0; i < hex.len / 8; i++) {
		int64_t word = proc_hex(str_sub(hex, 8 * i, 8));

		if (word < 0)
			return false;
		words[i] = (uint32_t)word;
	}
	return inet_ntop(hex.len == 8 ? AF_INET : AF_INET6, words, ret_text, (socklen_t)size) !=
	    NULL;
}

/* Cuts "0100007F:1538" in two; the port, or -1. */
static int64_t split(struct str word, struct str *ret_address)
{
	ptrdiff_t colon = str_find(word, STR(":"));

	if (colon < 0)
		return -1;
	*ret_address = str_sub(word, 0, (size_t)colon);
	return proc_hex(str_sub(word, (size_t)colon + 1, word.len));
}

/* "0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000 112 0 20211 …" */
static void read_line(struct survey *survey, struct str line)
{
	struct listener *listener = &survey->listeners[survey->count];
	struct str address = {0};
	struct str peer = {0};

	proc_word(&line);
	if (survey->count == LISTENERS_MAX ||
	    split(proc_word(&line), &address) != (int64_t)survey->port ||
	    split(proc_word(&line), &peer) != 0 || proc_hex(proc_word(&line)) != survey->state ||
	    !read_address(address, listener->address, sizeof(listener->address)))
		return;
	for (int i = 0; i < 3; i++)
		proc_word(&line);
	listener->uid = (uid_t)proc_number(&line);
	proc_word(&line);
	listener->inode = proc_number(&line);
	survey->count += listener->inode > 0;
}

/* The kernel lists every connection, perhaps a hundred thousand: line by line. */
static bool read_table(struct survey *survey, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return errno == ENOENT; /* a kernel without IPv6 */
	while (getline(&line, &size, file) > 0)
		read_line(survey, str_from(line));
	free(line);
	fclose(file);
	return true;
}

static struct str read_name(struct survey *survey, pid_t pid)
{
	struct arena *arena = survey->look->arena;
	struct str name = {0};

	proc_read(arena, arena_printf(arena, "/proc/%d/comm", (int)pid).ptr, NAME_MAX_BYTES, &name);
	return str_trim(name);
}

/* Whether a descriptor leads to one of the sockets: "socket:[20211]". */
static void match(struct survey *survey, pid_t pid, struct str target)
{
	const struct str before = STR("socket:[");
	int64_t inode;

	if (!str_starts(target, before) ||
	    !units_int(str_sub(target, before.len, target.len - before.len - 1), &inode))
		return;
	for (size_t i = 0; i < survey->count; i++) {
		struct listener *listener = &survey->listeners[i];

		if (listener->inode != inode || listener->pid)
			continue;
		listener->pid = pid;
		listener->name = read_name(survey, pid);
		survey->found++;
	}
}

/* In ascending order: of a server's processes the eldest has, mostly, the least number. */
static bool look_at(void *self, pid_t pid)
{
	struct survey *survey = self;
	const struct dirent *entry;
	char target[64], path[32];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		ssize_t len = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target));

		if (len > 0)
			match(survey, pid, (struct str){target, (size_t)len});
	}
	if (folder)
		closedir(folder);
	return survey->found < survey->count;
}

static const struct value *describe(const struct survey *survey)
{
	struct arena *arena = survey->look->arena;
	const struct value **items = arena_array(arena, survey->count, sizeof(*items));
	struct map_builder result, map;

	for (size_t i = 0; i < survey->count; i++) {
		const struct listener *listener = &survey->listeners[i];

		map_begin(&map, arena);
		map_add(&map, "address",
		    value_string(arena, arena_str(arena, str_from(listener->address))));
		map_add(&map, "user", text_value(arena, proc_user(arena, listener->uid)));
		if (listener->pid) {
			map_add(&map, "pid", value_int(arena, listener->pid));
			map_add(&map, "name", text_value(arena, listener->name));
		}
		items[i] = map_end(&map);
	}
	map_begin(&result, arena);
	map_add(&result, "listening", value_bool(survey->count > 0));
	map_add(&result, "listeners", value_list(arena, items, survey->count));
	map_add(&result, "unseen", value_int(arena, (int64_t)(survey->count - survey->found)));
	return map_end(&result);
}

static void survey_port(struct survey *survey, bool udp)
{
	struct look *look = survey->look;

	survey->state = udp ? UDP_LISTENS : TCP_LISTENS;
	if (!read_table(survey, udp ? "/proc/net/udp" : "/proc/net/tcp") ||
	    !read_table(survey, udp ? "/proc/net/udp6" : "/proc/net/tcp6")) {
		look_error(look, "cannot read the sockets of /proc/net: %s", strerror(errno));
		return;
	}
	if (survey->count)
		proc_each(look->arena, look_at, survey);
	look->result = describe(survey);
	if (survey->count == 0)
		look_fail(
		    look, "nobody listens on port %u of %s", survey->port, udp ? "UDP" : "TCP");
}

static void work(struct look *look)
{
	struct survey *survey = arena_alloc(look->arena, sizeof(*survey));
	struct str protocol;
	struct args args;

	survey->look = look;
	args_init(&args, look->args, look->arena);
	survey->port = (unsigned)args_int(&args, "port", 0, 1, 65535);
	protocol = args_text(&args, "protocol");
	if (args.wrong.len)
		look_error(look, "%.*s", STR_ARG(args.wrong));
	else if (protocol.len && !str_is(protocol, "tcp") && !str_is(protocol, "udp"))
		look_error(look, "protocol is tcp or udp, not %.*s", STR_ARG(protocol));
	else
		survey_port(survey, str_is(protocol, "udp"));
}

static void start(struct attempt *attempt)
{
	look_start(attempt, work, "looking for who listens");
}

const struct action_impl host_port = {
    .spec = &host_port_spec, .start = start, .cancel = look_cancel};
