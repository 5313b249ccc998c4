/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/state.h"

#include <stdarg.h>

#include "base/mem.h"

struct message *emit(struct sched *sched, enum message_type type)
{
	struct message *message;

	sched->out = mem_grow(
	    sched->out, sched->out_count, &sched->out_capacity, sizeof(*sched->out));
	message = &sched->out[sched->out_count++];
	*message = (struct message){.type = type};
	return message;
}

struct str path_of(struct sched *sched, uint32_t index)
{
	const struct instance *instance = instance_at(sched, index);
	struct str above;

	if (instance->parent == NONE)
		return (struct str){0};
	above = path_of(sched, instance->parent);
	if (instance->item != NONE)
		return say(sched, "%.*s[%u]", STR_ARG(above), instance->item);
	if (above.len == 0)
		return step_of(sched, index)->id;
	if (instance->round > 1)
		return say(sched, "%.*s#%u/%.*s", STR_ARG(above), instance->round,
		    STR_ARG(step_of(sched, index)->id));
	return say(sched, "%.*s/%.*s", STR_ARG(above), STR_ARG(step_of(sched, index)->id));
}

/* A longer item is cut. */
enum { SHOWN_ITEM = 60 };

struct str shown_item(struct sched *sched, const struct value *item)
{
	struct str shown;
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	value_brief(item, SHOWN_ITEM, &text);
	shown = arena_str(sched->scratch, buf_view(&text));
	buf_done(&text);
	return shown;
}

struct str item_of(struct sched *sched, uint32_t index)
{
	struct str text = {0};

	for (uint32_t at = index; at != NONE; at = instance_at(sched, at)->parent) {
		if (instance_at(sched, at)->item == NONE)
			continue;
		text = say(sched, "%.*s %.*s%s%.*s", STR_ARG(step_of(sched, at)->each.as),
		    STR_ARG(loop_item(sched, at)), text.len ? ", " : "", STR_ARG(text));
	}
	return text;
}

void emit_decided(struct sched *sched, uint32_t index, const char *what, const struct value *value,
    struct str why)
{
	struct str path = path_of(sched, index);
	struct message *message = emit(sched, MESSAGE_DECIDED);

	message->decided.node = path;
	message->decided.step = step_of(sched, index)->id;
	message->decided.what = str_from(what);
	message->decided.value = value;
	message->decided.why = brief(sched, why);
}

void emit_assumed(struct sched *sched, uint32_t index, const char *what, const struct value *value,
    struct str why, uint32_t hangs)
{
	const struct value *deps = taint_names(sched, hangs);

	emit_decided(sched, index, what, value, why);
	sched->out[sched->out_count - 1].decided.deps = deps;
}

struct str brief(struct sched *sched, struct str sentence)
{
	if (sentence.len <= MESSAGE_SENTENCE)
		return sentence;
	return say(sched, "%.*s… (%zu bytes)", MESSAGE_SENTENCE, sentence.ptr, sentence.len);
}

/* A sentence names so many. */
enum { NAMED = 5 };

void names_add(struct sched *sched, struct names *names, uint32_t index)
{
	if (names->count++ < NAMED)
		names->few = say(sched, "%.*s%s%.*s", STR_ARG(names->few),
		    names->few.len ? ", " : "", STR_ARG(path_of(sched, index)));
}

struct str names_text(struct sched *sched, const struct names *names)
{
	if (names->count <= NAMED)
		return names->few;
	return say(sched, "%.*s and %zu more", STR_ARG(names->few), names->count - NAMED);
}

struct str say(struct sched *sched, const char *format, ...)
{
	struct str text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(sched->scratch, format, args);
	va_end(args);
	return text;
}
