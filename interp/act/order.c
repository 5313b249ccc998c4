/* SPDX-License-Identifier: Apache-2.0 */
#include "act/order.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "act/memory_file.h"
#include "launch/wire.h"
#include "reach/order.h"

static bool make_nonce(char nonce[WIRE_NONCE_LEN + 1])
{
	unsigned char bytes[WIRE_NONCE_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(nonce + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

static void put(struct buf *out, const char *text)
{
	buf_append(out, text, strlen(text) + 1);
}

static uint32_t put_list(struct buf *out, const char *const *list)
{
	uint32_t count = 0;

	for (; list && *list; list++, count++)
		put(out, *list);
	return count;
}

/* A word as any shell takes it: a login's may be one of many kinds. */
static void put_quoted(struct buf *out, const char *word)
{
	buf_byte(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_text(out, "'\\''");
		else
			buf_byte(out, *word);
	buf_byte(out, '\'');
}

/* The words of a program that runs at the end of the way, as the words of one that begins here. */
static const char *const *fold(struct arena *arena, const struct order *order,
    const char *const *first, const char *const *words)
{
	for (size_t i = order->hop_count; i-- > 0;) {
		const struct order_hop *hop = &order->hops[i];
		const char *const *before = i == 0 ? first : hop->argv;
		const char **all;
		size_t count = 0;
		size_t len = 0;
		struct buf text;

		while (before[len])
			len++;
		while (words[count])
			count++;
		all = arena_array(arena, len + count + 1, sizeof(*all));
		memcpy(all, before, len * sizeof(*all));
		if (!hop->quotes) {
			memcpy(all + len, words, (count + 1) * sizeof(*all));
			words = all;
			continue;
		}
		buf_init(&text, BUF_UNBOUNDED);
		for (size_t k = 0; k < count; k++) {
			buf_text(&text, k ? " " : "exec ");
			put_quoted(&text, words[k]);
		}
		all[len] = arena_cstr(arena, buf_view(&text));
		buf_done(&text);
		words = all;
	}
	return words;
}

/* The strings of the order: sets the counts of its head. */
static void put_strings(struct buf *out, struct arena *arena, const struct order_programs *programs,
    const struct order *order, struct reach_order *head)
{
	const struct launch_request *request = order->request;
	char path[PATH_MAX] = "";
	char nonce[WIRE_NONCE_LEN + 1];
	const char *const end[] = {"sh", "-c", WIRE_BOOT, nonce, NULL};

	head->version = make_nonce(nonce) ? REACH_VERSION : 0;
	/* An attempt before this one, of the same operation, may have left one. */
	if (order_ending(request->run_dir, request->op, order->number, path, sizeof(path)))
		unlink(path);
	put(out, nonce);
	put(out, path);
	put(out, order->folder);
	put(out, programs->launcher);
	put(out, programs->stamp);
	head->carrier = put_list(out, fold(arena, order, order->hops[0].argv, end));
	if (order->aside)
		head->aside = put_list(out, fold(arena, order, order->aside, end));
}

bool order_add(struct buf *orders, struct arena *arena, const struct order_programs *programs,
    const struct order *order, const char *const **ret_argv)
{
	static const char *const anywhere[] = {"", NULL};
	struct launch_request request = *order->request;
	struct reach_order head = {.grace_us = request.grace_us};
	size_t start = orders->len;
	const char **argv = arena_array(arena, 6, sizeof(*argv));
	size_t strings;

	request.writable = order->confined ? anywhere : NULL;
	request.run_dir = "";
	buf_append(orders, &head, sizeof(head));
	put_strings(orders, arena, programs, order, &head);
	strings = orders->len;
	launch_wire_strings(orders, &request, &head.begin.strings, &head.begin.writable);
	head.strings = strings - start - sizeof(head);
	head.begin.bytes = orders->len - strings;
	head.begin.stages = (uint32_t)request.stage_count;
	head.begin.fds = order->reads ? 1u << LAUNCH_FD_IN : 0;
	memcpy(orders->ptr + start, &head, sizeof(head));
	argv[0] = programs->reach;
	argv[1] = arena_printf(arena, "%d", REACH_VERSION).ptr;
	argv[2] = arena_printf(arena, "%zu", start).ptr;
	argv[3] = arena_printf(arena, "%zu", orders->len - start).ptr;
	argv[4] = order->where;
	*ret_argv = argv;
	return head.version == REACH_VERSION && !orders->full;
}

int order_descriptor(const struct buf *orders)
{
	return memory_file("reprise-orders", buf_view(orders));
}

bool order_ending(const char *run_dir, uint32_t op, unsigned number, char *ret_path, size_t size)
{
	int len = snprintf(ret_path, size, REACH_ENDING_FILE, run_dir, (unsigned)op, number);

	if (run_dir[0] && len > 0 && (size_t)len < size)
		return true;
	ret_path[0] = '\0';
	return false;
}
