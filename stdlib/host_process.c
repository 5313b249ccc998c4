/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/regex.h"
#include "stdlib/args.h"
#include "stdlib/look.h"
#include "stdlib/proc.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/*
 * host.process: who runs, by name, command line or number. A command line may hold what nobody should see, so it is not
 * in the result unless it is asked for.
 */

static const struct param params[] = {{.name = "name",
					  .kind = PARAM_STRING,
					  .flags = PARAM_PRINCIPAL,
					  .doc = "The name of the program, exactly: nginx."},
    {.name = "pattern",
	.kind = PARAM_STRING,
	.doc =
	    "A regular expression that is found in the command line, its words joined by blanks."},
    {.name = "pid", .kind = PARAM_INT, .doc = "The number of the process."},
    {.name = "command",
	.kind = PARAM_BOOL,
	.preset = "false",
	.doc = "Whether the result holds command lines. They may hold secrets that nobody masks."},
    {0}};

static const struct field process_fields[] = {{"pid", &type_int, "Its number."},
    {"parent", &type_int, "The number of its parent."},
    {"name", &type_string, "The name of its program."},
    {"user", &type_string, "Name of the user whose rights it has, or the number."},
    {"state", &type_string, "One of running, sleeping, waiting (for a disk), stopped, idle."},
    {"started", &type_timestamp, "When it began."}, {"age", &type_duration, "Since then."},
    {"rss", &type_int, "Bytes of memory it holds."},
    {"command", &type_string, "Its command line, 1 KiB at most; only where it was asked for."},
    {0}};

static const struct type process_type = {
    .kind = TYPE_OBJECT, .name = "a process", .fields = process_fields};
static const struct type processes_type = {.kind = TYPE_LIST, .of = &process_type};

static const struct field results[] = {
    {"count", &type_int, "How many there are, without those that have died."},
    {"processes", &processes_type,
	"pid, parent, name, user, state, started, age, rss of each: 200 at most."},
    {"zombies", &type_int, "How many have died, and their parents did not notice."}, {0}};

static const char *const success_fields[] = {"count", "zombies", NULL};

const struct action_spec host_process_spec = {
    .name = "host.process",
    .summary = "Which processes run, by name, command line or number.",
    .params = params,
    .results = results,
    .success_doc = "one at least runs",
    .success_fields = success_fields,
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { LISTED_MAX = 200, COMMAND_MAX = 1024, COMMAND_READ = 64 << 10, FILE_MAX_BYTES = 4096 };

/* What /proc/PID/stat cuts a program's name to. */
enum { NAME_BYTES = 15 };

struct search {
	struct look *look;
	struct arena *scratch; /* of one process */
	struct str name;
	struct regex *pattern; /* NULL: any command line */
	const char *trouble; /* why the pattern could not be tried */
	int64_t pid;
	bool wants_command;
	int64_t now_us; /* of the wall */
	int64_t up_us; /* since the machine was started */
	int64_t count;
	int64_t zombies;
	const struct value **listed;
};

/* "12 (a name) S 1 …": what a look at one process gives. */
struct seen {
	pid_t pid;
	struct str name;
	char state;
	int64_t parent;
	int64_t started_ticks;
	int64_t rss_pages;
};

static struct str path_text(const struct search *search, pid_t pid, const char *file)
{
	return arena_printf(search->scratch, "/proc/%d/%s", (int)pid, file);
}

/* A name may hold blanks and parentheses: it ends at the last one. */
static bool read_stat(const struct search *search, pid_t pid, struct seen *ret_seen)
{
	struct str text, rest, state;
	size_t open, close;

	if (!proc_read(search->scratch, path_text(search, pid, "stat").ptr, FILE_MAX_BYTES, &text))
		return false;
	open = (size_t)(str_find(text, STR("(")) + 1);
	for (close = text.len; close > open && text.ptr[close - 1] != ')'; close--)
		;
	if (open == 0 || close <= open)
		return false;
	rest = str_sub(text, close, text.len);
	*ret_seen = (struct seen){.pid = pid, .name = str_sub(text, open, close - 1 - open)};
	state = proc_word(&rest);
	ret_seen->state = state.len ? state.ptr[0] : 'X';
	ret_seen->parent = proc_number(&rest);
	for (int field = 5; field < 22; field++)
		proc_word(&rest);
	ret_seen->started_ticks = proc_number(&rest);
	proc_word(&rest); /* the size of its addresses */
	ret_seen->rss_pages = proc_number(&rest);
	return true;
}

/* The words of the command line, joined by blanks; a thread of the kernel has none. */
static struct str read_command(const struct search *search, const struct seen *seen)
{
	struct str words;
	char *text;

	if (!proc_read(search->scratch, path_text(search, seen->pid, "cmdline").ptr, COMMAND_READ,
		&words) ||
	    words.len == 0)
		return seen->name;
	text = arena_cstr(search->scratch, words);
	for (size_t i = 0; i < words.len; i++)
		if (text[i] == 0)
			text[i] = i + 1 < words.len ? ' ' : 0;
	return str_trim((struct str){text, words.len - (text[words.len - 1] == 0)});
}

/* The program's file as it was called, without folders. */
static bool is_called(struct str command, struct str name)
{
	struct str first = proc_word(&command);

	if (!str_ends(first, name))
		return false;
	return first.len == name.len || first.ptr[first.len - name.len - 1] == '/';
}

static bool fits(struct search *search, const struct seen *seen)
{
	enum regex_end found;

	if (search->name.len > NAME_BYTES) {
		if (!str_eq(seen->name, str_sub(search->name, 0, NAME_BYTES)) ||
		    !is_called(read_command(search, seen), search->name))
			return false;
	} else if (search->name.len && !str_eq(seen->name, search->name)) {
		return false;
	}
	if (!search->pattern)
		return true;
	found = regex_match(search->pattern, read_command(search, seen), 0, NULL, &search->trouble);
	return found == REGEX_MATCH;
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'D':
		return "waiting";
	case 'T':
	case 't':
		return "stopped";
	case 'I':
		return "idle";
	default:
		return "sleeping";
	}
}

static void add_user(const struct search *search, struct map_builder *map, pid_t pid)
{
	struct arena *arena = search->look->arena;
	struct str text, line;
	int64_t uid;

	if (!proc_read(
		search->scratch, path_text(search, pid, "status").ptr, FILE_MAX_BYTES, &text))
		return;
	line = proc_line(text, STR("Uid"));
	proc_word(&line); /* the real one */
	uid = proc_number(&line);
	if (uid >= 0)
		map_add(map, "user", text_value(arena, proc_user(arena, (uid_t)uid)));
}

static const struct value *describe(const struct search *search, const struct seen *seen)
{
	struct arena *arena = search->look->arena;
	int64_t age_us = search->up_us - seen->started_ticks * 1000000 / sysconf(_SC_CLK_TCK);
	struct map_builder map;

	if (age_us < 0)
		age_us = 0; /* a tick is longer than the process is old */
	map_begin(&map, arena);
	map_add(&map, "pid", value_int(arena, seen->pid));
	map_add(&map, "parent", value_int(arena, seen->parent));
	map_add(&map, "name", text_value(arena, seen->name));
	add_user(search, &map, seen->pid);
	map_add(&map, "state", value_string(arena, str_from(state_name(seen->state))));
	map_add(&map, "started", value_timestamp_us(arena, search->now_us - age_us));
	map_add(&map, "age", value_duration_us(arena, age_us));
	map_add(&map, "rss", value_int(arena, seen->rss_pages * sysconf(_SC_PAGESIZE)));
	if (search->wants_command)
		map_add(&map, "command",
		    text_value(arena, str_sub(read_command(search, seen), 0, COMMAND_MAX)));
	return map_end(&map);
}

static void count(struct search *search, const struct seen *seen)
{
	if (seen->state == 'Z' || seen->state == 'X') {
		search->zombies++;
		return;
	}
	if (search->count < LISTED_MAX)
		search->listed[search->count] = describe(search, seen);
	search->count++;
}

static bool look_at(void *self, pid_t pid)
{
	struct search *search = self;
	struct seen seen;

	if (search->pid ? pid != search->pid : pid == getpid())
		return true;
	arena_reset(search->scratch);
	/* One that has ended meanwhile is none. */
	if (read_stat(search, pid, &seen) && fits(search, &seen))
		count(search, &seen);
	return true;
}

static int64_t uptime_us(void)
{
	struct timespec up;

	clock_gettime(CLOCK_BOOTTIME, &up);
	return (int64_t)up.tv_sec * 1000000 + up.tv_nsec / 1000;
}

/* "no process is called nginx". */
static void say_none(struct search *search, struct str pattern)
{
	struct arena *arena = search->look->arena;
	struct str what = {0};

	if (search->name.len)
		what = arena_printf(arena, " is called %.*s", STR_ARG(search->name));
	if (pattern.len)
		what = arena_printf(arena, "%.*s%s has a command line like %.*s", STR_ARG(what),
		    what.len ? " and" : "", STR_ARG(pattern));
	if (search->pid)
		what = arena_printf(arena, "%.*s%s has the number %" PRId64, STR_ARG(what),
		    what.len ? " and" : "", search->pid);
	look_fail(search->look,
	    search->zombies ? "no process%.*s; %" PRId64 " that did died and wait for their parent"
			    : "no process%.*s",
	    STR_ARG(what), search->zombies);
}

static void search_all(struct search *search, struct str pattern)
{
	struct arena *arena = search->look->arena;
	struct map_builder result;
	struct str first;
	int64_t listed;

	search->now_us = loop_wall_us();
	search->up_us = uptime_us();
	search->listed = arena_array(arena, LISTED_MAX, sizeof(*search->listed));
	search->scratch = arena_new();
	proc_each(arena, look_at, search);
	arena_free(search->scratch);
	listed = search->count < LISTED_MAX ? search->count : LISTED_MAX;
	map_begin(&result, arena);
	map_add(&result, "count", value_int(arena, search->count));
	map_add(&result, "processes", value_list(arena, search->listed, (size_t)listed));
	map_add(&result, "zombies", value_int(arena, search->zombies));
	search->look->result = map_end(&result);
	if (search->trouble)
		look_error(search->look, "pattern: %s", search->trouble);
	else if (search->count == 0 && !proc_read(arena, "/proc/1/stat", FILE_MAX_BYTES, &first))
		look_error(search->look,
		    "the processes of other users are hidden from us here: ask as root");
	else if (search->count == 0)
		say_none(search, pattern);
}

static void work(struct look *look)
{
	struct search search = {.look = look};
	struct str pattern, error = {0};
	struct args args;
	size_t offset = 0;

	args_init(&args, look->args, look->arena);
	search.name = args_text(&args, "name");
	pattern = args_text(&args, "pattern");
	search.pid = args_int(&args, "pid", 0, 1, INT32_MAX);
	search.wants_command = args_bool(&args, "command", false);
	if (pattern.len)
		search.pattern = regex_new(look->arena, pattern, REGEX_FOREIGN, &error, &offset);
	if (args.wrong.len)
		look_error(look, "%.*s", STR_ARG(args.wrong));
	else if (error.len)
		look_error(look, "pattern: %.*s, at character %zu", STR_ARG(error), offset + 1);
	else if (!search.name.len && !search.pattern && !search.pid)
		look_error(look, "say which process is meant: name, pattern or pid");
	else
		search_all(&search, pattern);
}

static void start(struct attempt *attempt)
{
	look_start(attempt, work, "looking at the processes");
}

const struct action_impl host_process = {
    .spec = &host_process_spec, .start = start, .cancel = look_cancel};
