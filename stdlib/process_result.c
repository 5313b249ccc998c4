/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/process_result.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* What a shell's user expects a signal's exit status to be. */
enum { SIGNAL_BASE = 128 };

static struct str signal_name(struct arena *arena, int number)
{
	const char *name = sigabbrev_np(number);

	if (name)
		return arena_printf(arena, "SIG%s", name);
	if (number >= SIGRTMIN && number <= SIGRTMAX)
		return arena_printf(arena, "SIGRTMIN+%d", number - SIGRTMIN);
	return arena_printf(arena, "signal %d", number);
}

static const struct value *exit_code(struct arena *arena, int32_t status)
{
	return value_int(
	    arena, WIFEXITED(status) ? WEXITSTATUS(status) : SIGNAL_BASE + WTERMSIG(status));
}

static const struct value *signal_value(struct arena *arena, int32_t status)
{
	if (!WIFSIGNALED(status))
		return value_null();
	return value_string(arena, signal_name(arena, WTERMSIG(status)));
}

/* The stage that speaks for all: the last one that failed, else the last; SIZE_MAX when none was waited for. */
static size_t speaker(const struct launch_end *end)
{
	for (size_t i = end->stage_count; i-- > 0;)
		if (!status_is_good(end->status, end->stage_count, i))
			return i;
	return end->stage_count - 1;
}

void process_add_fields(
    struct map_builder *map, const struct launch_request *request, const struct launch_end *end)
{
	struct arena *arena = map->arena;
	size_t count = end->stage_count;
	const struct value **stages = arena_array(arena, count, sizeof(*stages));
	bool success = status_succeeded(end->status, count);

	for (size_t i = 0; i < count; i++) {
		struct map_builder stage;

		map_begin(&stage, arena);
		map_add(&stage, "argv0", value_string(arena, str_from(request->stages[i][0])));
		map_add(&stage, "exit_code", exit_code(arena, end->status[i]));
		map_add(&stage, "signal", signal_value(arena, end->status[i]));
		stages[i] = map_end(&stage);
	}
	map_add(map, "exit_code",
	    success     ? value_int(arena, 0)
		: count ? exit_code(arena, end->status[speaker(end)])
			: value_null());
	map_add(map, "signal",
	    success || !count ? value_null() : signal_value(arena, end->status[speaker(end)]));
	map_add(map, "stages", value_list(arena, stages, count));
	map_add(map, "duration", value_duration_us(arena, end->duration_us));
}

static struct str status_text(struct arena *arena, int32_t status)
{
	if (WIFEXITED(status))
		return arena_printf(arena, "exit status %d", WEXITSTATUS(status));
	return arena_printf(arena, "killed by %.*s%s",
	    STR_ARG(signal_name(arena, WTERMSIG(status))),
	    WCOREDUMP(status) ? " (core dumped)" : "");
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* "stage 2 (psql): " in a pipe, nothing for a single process. */
static struct str prefix(struct arena *arena, const struct launch_request *request, size_t stage)
{
	if (request->stage_count == 1)
		return (struct str){0};
	return arena_printf(
	    arena, "stage %zu (%s): ", stage + 1, base_name(request->stages[stage][0]));
}

static struct str why_ran(
    struct arena *arena, const struct launch_request *request, const struct launch_end *end)
{
	struct str all = {0};

	for (size_t i = 0; i < end->stage_count; i++) {
		struct str one;

		if (status_is_good(end->status, end->stage_count, i))
			continue;
		/* That its reader was gone is no news when the reader's own failure is told. */
		if (i + 1 < end->stage_count && status_is_sigpipe(end->status[i]))
			continue;
		one = status_text(arena, end->status[i]);
		all = arena_printf(arena, "%.*s%s%.*s%.*s", STR_ARG(all), all.len ? "; " : "",
		    STR_ARG(prefix(arena, request, i)), STR_ARG(one));
	}
	if (all.len && end->ended)
		all = arena_printf(arena, "%.*s; what it had left running was ended", STR_ARG(all));
	return all;
}

static struct str why_not_found(
    struct arena *arena, const char *program, int error, const char *text)
{
	if (error == ENOENT || error == ENOTDIR)
		return arena_printf(arena, "no such program: %s%s", program,
		    strchr(program, '/') ? "" : " (not in PATH)");
	if (error == EACCES)
		return arena_printf(arena, "not executable: %s", program);
	return arena_printf(arena, "cannot run %s: %s", program, text);
}

static struct str why_not_executed(
    struct arena *arena, const char *program, int error, const char *text)
{
	if (error == E2BIG)
		return arena_printf(
		    arena, "cannot run %s: its arguments and environment are too long", program);
	if (error == ENOENT)
		return arena_printf(arena,
		    "cannot run %s: the interpreter that its first line names is missing", program);
	return arena_printf(arena, "cannot run %s: %s", program, text);
}

static struct str why_refused(
    struct arena *arena, const struct launch_request *request, const struct launch_end *end)
{
	const char *text = strerrordesc_np(end->error);
	const char *program = request->stages[end->stage][0];
	struct str why = {0};

	if (!text)
		text = "unknown error";
	switch (end->trouble) {
	case LAUNCH_TROUBLE_CWD:
		return arena_printf(arena, "cannot run in %s: %s", request->cwd, text);
	case LAUNCH_TROUBLE_FIND:
		why = why_not_found(arena, program, end->error, text);
		break;
	case LAUNCH_TROUBLE_EXEC:
		why = why_not_executed(arena, program, end->error, text);
		break;
	case LAUNCH_TROUBLE_SPAWN:
		if (end->error == ENOENT || end->error == EACCES)
			return arena_printf(arena, "cannot start reprise-launch: %s", text);
		return arena_printf(arena, "cannot start a process: %s", text);
	case LAUNCH_TROUBLE_REQUEST:
		return arena_printf(arena, "cannot hand a process over to its launcher: %s", text);
	}
	return arena_printf(
	    arena, "%.*s%.*s", STR_ARG(prefix(arena, request, end->stage)), STR_ARG(why));
}

/* "; pid 12 (sleep 60) lives on" and the like. */
static struct str survivors(struct arena *arena, const struct launch_end *end)
{
	struct str all = {0};

	for (size_t i = 0; i < end->left_named; i++)
		all = arena_printf(arena, "%.*s%spid %lld (%s)", STR_ARG(all), i ? ", " : "",
		    (long long)end->left[i].pid, end->left[i].command);
	return all;
}

struct str process_why(
    struct arena *arena, const struct launch_request *request, const struct launch_end *end)
{
	struct str left = survivors(arena, end);

	switch (end->how) {
	case LAUNCH_RAN:
		return why_ran(arena, request, end);
	case LAUNCH_REFUSED:
		return why_refused(arena, request, end);
	case LAUNCH_UNBEGUN:
		return STR("stopped before it began");
	case LAUNCH_SURVIVED:
		return arena_printf(arena, "could not be ended: %.*s", STR_ARG(left));
	case LAUNCH_UNKNOWN:
		return STR("no launcher of it is left, and it left no exit status: how it ended is "
			   "not known");
	case LAUNCH_LOST:
		break;
	}
	return arena_printf(arena, "its launcher %s, so how it ended is not known%s%.*s",
	    end->unanswered ? "does not answer" : "was killed", left.len ? "; still running: " : "",
	    STR_ARG(left));
}

const struct value *process_left(struct arena *arena, const struct launch_end *end)
{
	const struct value **items;

	if (end->left_named == 0)
		return NULL;
	items = arena_array(arena, end->left_named, sizeof(*items));
	for (size_t i = 0; i < end->left_named; i++) {
		struct map_builder item;

		map_begin(&item, arena);
		map_add(&item, "pid", value_int(arena, end->left[i].pid));
		map_add(&item, "command",
		    value_string(arena, arena_str(arena, str_from(end->left[i].command))));
		items[i] = map_end(&item);
	}
	return value_list(arena, items, end->left_named);
}
