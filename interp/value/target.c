/* SPDX-License-Identifier: Apache-2.0 */
#include "value/target.h"

/* A target leads somewhere in this order: over ssh, there as another user, there into a container. */
static const char *const containers[] = {"docker", "podman", "kubernetes", NULL};

const char *target_word_wrong(struct str text)
{
	if (!text.len)
		return "is empty";
	if (text.ptr[0] == '-')
		return "begins with a hyphen";
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] <= ' ' || text.ptr[i] == 0x7f)
			return "has a space in it";
	return NULL;
}

bool target_option_name(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return text.len > 0;
}

const struct value *target_of(const struct value *args)
{
	const struct value *target = value_get(args, "target");

	if (!target || target->type == VALUE_NULL)
		target = value_get(args, "targets");
	return target && target->type != VALUE_NULL ? target : NULL;
}

/* `before`, then a part of a map; nothing where it has no such part. */
static bool put(struct buf *out, const char *before, const struct value *map, const char *key)
{
	const struct value *part = value_get(map, key);

	if (!part || part->type == VALUE_NULL)
		return false;
	buf_text(out, before);
	if (part->type == VALUE_SECRET || !value_show(part, out))
		buf_text(out, "…");
	return true;
}

/* They can lead anywhere: whoever approves a place sees them. */
static void put_options(struct buf *out, const struct value *options)
{
	for (size_t i = 0; options && options->type == VALUE_MAP && i < options->map.count; i++) {
		buf_printf(out, "%s%.*s=", i ? " " : " (",
		    STR_ARG(value_text(options->map.entries[i].key)));
		value_show(options->map.entries[i].value, out);
	}
	if (options && options->type == VALUE_MAP && options->map.count)
		buf_byte(out, ')');
}

static void put_ssh(struct buf *out, const struct value *ssh)
{
	if (put(out, "", ssh, "user"))
		buf_byte(out, '@');
	put(out, "", ssh, "host");
	put(out, ":", ssh, "port");
	put(out, " through ", ssh, "jump");
	put(out, " with the key ", ssh, "identity");
	put_options(out, value_get(ssh, "options"));
}

static void put_container(struct buf *out, const struct value *target)
{
	const struct value *pod = value_get(target, "kubernetes");

	for (size_t i = 0; containers[i]; i++) {
		const struct value *map = value_get(target, containers[i]);
		const char *comma = out->len ? ", " : "";

		if (!map || map == pod)
			continue;
		buf_printf(out, "%sin the container ", comma);
		put(out, "", map, "container");
		put(out, " as ", map, "user");
	}
	if (!pod)
		return;
	buf_printf(out, "%sin ", out->len ? ", " : "");
	if (put(out, "the container ", pod, "container"))
		buf_text(out, " of ");
	put(out, "the pod ", pod, "pod");
	put(out, "a pod of ", pod, "selector");
	put(out, ", namespace ", pod, "namespace");
	put(out, ", context ", pod, "context");
}

static void put_text(struct buf *out, const struct value *target)
{
	struct buf one;

	buf_init(&one, BUF_UNBOUNDED);
	put_ssh(&one, value_get(target, "ssh"));
	put(&one, one.len ? ", as " : "as ", target, "become");
	put_container(&one, target);
	if (one.len)
		buf_str(out, buf_view(&one));
	else
		buf_text(out, "here");
	buf_done(&one);
}

/* The container or the pod, and as whom in it; nothing where the target goes into none. */
static bool put_inner(struct buf *out, const struct value *target)
{
	const struct value *pod = value_get(target, "kubernetes");

	for (size_t i = 0; containers[i]; i++) {
		const struct value *map = value_get(target, containers[i]);

		if (map && map != pod && put(out, "", map, "container")) {
			put(out, " as ", map, "user");
			return true;
		}
	}
	return put(out, "", pod, "pod") || put(out, "", pod, "selector");
}

static void put_short(struct buf *out, const struct value *target)
{
	const struct value *ssh = value_get(target, "ssh");
	bool inner = put_inner(out, target);

	if (ssh) {
		buf_text(out, inner ? " at " : "");
		if (put(out, "", ssh, "user"))
			buf_byte(out, '@');
		put(out, "", ssh, "host");
		put(out, ":", ssh, "port");
	} else if (!inner) {
		buf_text(out, "here");
	}
	put(out, inner && !ssh ? ", here as " : " as ", target, "become");
}

/* One target, or those of the stages of a pipe. */
static struct str say(struct arena *arena, const struct value *target,
    void (*one)(struct buf *out, const struct value *target))
{
	struct buf out;
	struct str text;

	buf_init(&out, BUF_UNBOUNDED);
	if (target && target->type == VALUE_LIST)
		for (size_t i = 0; i < target->list.count; i++) {
			buf_text(&out, i ? " | " : "");
			one(&out, target->list.items[i]);
		}
	else
		one(&out, target);
	text = arena_str(arena, buf_view(&out));
	buf_done(&out);
	return text;
}

struct str target_text(struct arena *arena, const struct value *target)
{
	return say(arena, target, put_text);
}

struct str target_short(struct arena *arena, const struct value *target)
{
	return say(arena, target, put_short);
}

struct str target_place(struct arena *arena, const struct value *target)
{
	struct str text = target_text(arena, target);

	return str_starts(text, STR("in ")) || str_starts(text, STR("as "))
	    ? text
	    : arena_printf(arena, "at %.*s", STR_ARG(text));
}
