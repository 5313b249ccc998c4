/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/process_request.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/memory_file.h"
#include "value/target.h"

/* What is being read, and the first thing that was wrong. */
struct reader {
	struct attempt *attempt;
	struct arena *arena;
	struct str wrong;
};

struct strings {
	const char **items;
	size_t count;
	size_t capacity;
};

static void fail(struct reader *reader, struct str sentence)
{
	if (!reader->wrong.len)
		reader->wrong = sentence;
}

static const char *system_text(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "unknown error";
}

/* A scalar as a C string; NULL after something wrong. `noun` names it for the sentence. */
static const char *read_text(struct reader *reader, const struct value *value, const char *noun)
{
	struct buf buf;
	char *text = NULL;

	buf_init(&buf, BUF_UNBOUNDED);
	if (!value_show(value, &buf))
		fail(reader,
		    arena_printf(reader->arena, "%s is no text but a %s", noun, value_noun(value)));
	else if (buf.len && memchr(buf.ptr, '\0', buf.len))
		fail(reader, arena_printf(reader->arena, "%s holds a NUL byte", noun));
	else
		text = arena_cstr(reader->arena, buf_view(&buf));
	/* It may have been a secret. */
	if (buf.len)
		explicit_bzero(buf.ptr, buf.len);
	buf_done(&buf);
	return text;
}

static void strings_add(struct reader *reader, struct strings *strings, const char *text)
{
	strings->items = arena_grow(reader->arena, strings->items, strings->count,
	    &strings->capacity, sizeof(*strings->items));
	strings->items[strings->count] = text;
	strings->count += text != NULL;
}

/* The elements of an argv; a list among them is spliced. */
static void add_argv(struct reader *reader, struct strings *argv, const struct value *list)
{
	if (!list || list->type != VALUE_LIST) {
		fail(reader, STR("an argv is a list"));
		return;
	}
	for (size_t i = 0; i < list->list.count && !reader->wrong.len; i++) {
		const struct value *item = list->list.items[i];

		if (item->type == VALUE_LIST)
			add_argv(reader, argv, item);
		else
			strings_add(reader, argv, read_text(reader, item, "an argument"));
	}
}

static const char *const *end_argv(struct reader *reader, struct strings *argv)
{
	if (argv->count == 0 && !reader->wrong.len)
		fail(reader, STR("there is no program to run: the argv is empty"));
	strings_add(reader, argv, NULL);
	return argv->items;
}

static const char *const *read_argv(struct reader *reader, const struct value *list)
{
	struct strings argv = {0};

	add_argv(reader, &argv, list);
	return end_argv(reader, &argv);
}

static const char *const *read_script(
    struct reader *reader, const struct value *shell, const struct value *script)
{
	static const char *const preset[] = {"bash", "-euo", "pipefail", "-c"};
	struct strings argv = {0};

	if (shell && shell->type != VALUE_NULL)
		add_argv(reader, &argv, shell);
	else
		for (size_t i = 0; i < sizeof(preset) / sizeof(preset[0]); i++)
			strings_add(reader, &argv, preset[i]);
	strings_add(reader, &argv, read_text(reader, script, "the script"));
	return end_argv(reader, &argv);
}

static void read_stages(struct reader *reader, struct launch_request *request)
{
	const struct value *args = reader->attempt->args;
	const struct value *stages = value_get(args, "stages");
	const struct value *argv = value_get(args, "argv");
	const struct value *script = value_get(args, "script");
	const char *const **lists;

	request->stage_count = stages && stages->type == VALUE_LIST ? stages->list.count : 1;
	if (request->stage_count == 0 || request->stage_count > LAUNCH_STAGES_MAX) {
		fail(reader,
		    arena_printf(reader->arena, "a pipe has between 1 and %d stages, not %zu",
			LAUNCH_STAGES_MAX, request->stage_count));
		return;
	}
	lists = arena_array(reader->arena, request->stage_count, sizeof(*lists));
	request->stages = lists;
	if (stages && stages->type == VALUE_LIST)
		for (size_t i = 0; i < stages->list.count; i++)
			lists[i] = read_argv(reader, stages->list.items[i]);
	else if (script && script->type != VALUE_NULL)
		lists[0] = read_script(reader, value_get(args, "shell"), script);
	else
		lists[0] = read_argv(reader, argv);
}

/* Whether a variable "NAME=value" is one of the map's. */
static bool overridden(const struct value *env, const char *variable)
{
	struct str name = {variable, strcspn(variable, "=")};

	return value_get_str(env, name) != NULL;
}

/* Where what only reads may write all the same: a folder of its own, in the run's. */
static void read_writable(struct reader *reader, struct launch_request *request)
{
	const struct attempt *attempt = reader->attempt;
	const char **writable;

	if (!attempt->only_reads || attempt->host->unconfined || !request->run_dir[0] ||
	    target_of(attempt->args))
		return;
	writable = arena_array(reader->arena, 2, sizeof(*writable));
	writable[0] = arena_printf(
	    reader->arena, LAUNCH_SCRATCH, request->run_dir, (unsigned)request->op)
			  .ptr;
	writable[1] = NULL;
	request->writable = writable;
}

static void read_env(struct reader *reader, struct launch_request *request)
{
	const struct value *env = value_get(reader->attempt->args, "env");
	const char *scratch = request->writable ? request->writable[0] : NULL;
	struct strings all = {0};

	/* Elsewhere it is a login's of there. */
	for (char **variable = environ; *variable && !target_of(reader->attempt->args); variable++)
		if (!overridden(env, *variable) &&
		    !(scratch && strncmp(*variable, "TMPDIR=", 7) == 0))
			strings_add(reader, &all, *variable);
	for (size_t i = 0; env && env->type == VALUE_MAP && i < env->map.count; i++) {
		struct str name = value_text(env->map.entries[i].key);
		const char *text;

		if (!name.len || memchr(name.ptr, '=', name.len) ||
		    memchr(name.ptr, '\0', name.len)) {
			fail(reader, STR("a variable of env has a name without \"=\""));
			return;
		}
		text = read_text(reader, env->map.entries[i].value, "a variable of env");
		if (text)
			strings_add(reader, &all,
			    arena_printf(reader->arena, "%.*s=%s", STR_ARG(name), text).ptr);
	}
	if (scratch && !overridden(env, "TMPDIR="))
		strings_add(reader, &all, arena_printf(reader->arena, "TMPDIR=%s", scratch).ptr);
	strings_add(reader, &all, NULL);
	request->env = all.items;
}

/* Relative paths are meant from the runbook's folder. */
static const char *read_path(struct reader *reader, const struct value *value, const char *noun)
{
	const char *path = read_text(reader, value, noun);

	if (!path || path[0] == '/')
		return path;
	return arena_printf(reader->arena, "%s/%s", reader->attempt->host->folder, path).ptr;
}

static void read_cwd(struct reader *reader, struct launch_request *request)
{
	const struct value *cwd = value_get(reader->attempt->args, "cwd");

	bool given = cwd && cwd->type != VALUE_NULL;

	if (target_of(reader->attempt->args))
		request->cwd = given ? read_text(reader, cwd, "cwd") : "";
	else
		request->cwd = given ? read_path(reader, cwd, "cwd")
				     : reader->attempt->host->folder;
}

static void fail_to_open(struct reader *reader, const char *path, const char *noun, int error)
{
	fail(reader,
	    arena_printf(
		reader->arena, "cannot open %s for %s: %s", path, noun, system_text(error)));
}

/* Whether a new file can be made at the path: 0 or an error number. */
static int look_at_folder(struct reader *reader, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') - path);
	const char *folder = arena_cstr(reader->arena, (struct str){path, len ? len : 1});

	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/* Whether open_file() would do. It is not opened: a FIFO's other end would take that for its reader. */
static void look_at_file(struct reader *reader, const char *path, bool writes, const char *noun)
{
	struct stat stat;
	int error = 0;

	if (!path)
		return;
	if (fstatat(AT_FDCWD, path, &stat, 0) < 0)
		error = errno == ENOENT && writes ? look_at_folder(reader, path) : errno;
	else if (S_ISDIR(stat.st_mode))
		error = EISDIR;
	else if (faccessat(AT_FDCWD, path, writes ? W_OK : R_OK, AT_EACCESS) < 0)
		error = errno;
	if (error)
		fail_to_open(reader, path, noun, error);
}

static void look_at_streams(struct reader *reader)
{
	const struct value *args = reader->attempt->args;
	const struct value *from = value_get(value_get(args, "stdin"), "file");
	const struct value *to = value_get(value_get(args, "stdout"), "file");

	if (from)
		look_at_file(reader, read_path(reader, from, "stdin"), false, "stdin");
	if (to && !reader->wrong.len)
		look_at_file(reader, read_path(reader, to, "stdout"), true, "stdout");
}

/* A file for a standard stream. Opening it never waits: a FIFO without its other end is an error for a writer. */
static int open_file(struct reader *reader, const char *path, int flags, const char *noun)
{
	struct stat stat;
	int fd;

	if (!path)
		return -1;
	fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
	if (fd >= 0 && fstat(fd, &stat) == 0 && S_ISDIR(stat.st_mode)) {
		close(fd);
		fd = -1;
		errno = EISDIR;
	}
	if (fd < 0)
		fail_to_open(reader, path, noun, errno);
	else
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	return fd;
}

static int open_text(struct reader *reader, const char *text)
{
	int fd = memory_file("reprise-stdin", str_from(text));

	if (fd < 0)
		fail(reader,
		    arena_printf(
			reader->arena, "cannot keep the text of stdin: %s", system_text(errno)));
	return fd;
}

static void read_streams(struct reader *reader, struct launch_request *request)
{
	const struct value *in = value_get(reader->attempt->args, "stdin");
	const struct value *out = value_get(reader->attempt->args, "stdout");
	const struct value *text = value_get(in, "text");
	const struct value *from = value_get(in, "file");
	const struct value *to = value_get(out, "file");

	if (from) {
		request->stdin_fd = open_file(
		    reader, read_path(reader, from, "stdin"), O_RDONLY, "stdin");
	} else if (text) {
		const char *bytes = read_text(reader, text, "the text of stdin");

		if (bytes)
			request->stdin_fd = open_text(reader, bytes);
	}
	/* Last: a file is not emptied for a step that cannot begin for another reason. */
	if (to && !reader->wrong.len)
		request->stdout_fd = open_file(reader, read_path(reader, to, "stdout"),
		    O_WRONLY | O_CREAT | O_TRUNC, "stdout");
}

enum streams { STREAMS_OPENED, STREAMS_LOOKED_AT, STREAMS_LEFT };

static bool read_request(struct attempt *attempt, enum streams streams,
    struct launch_request *ret_request, struct str *ret_wrong)
{
	struct reader reader = {attempt, attempt->arena, {0}};
	struct launch_request request = {.stdin_fd = -1,
	    .stdout_fd = -1,
	    .run_dir = attempt->host->run_dir ? attempt->host->run_dir : "",
	    .op = attempt->op,
	    .grace_us = attempt->grace_us};

	read_stages(&reader, &request);
	read_writable(&reader, &request);
	read_env(&reader, &request);
	read_cwd(&reader, &request);
	if (!reader.wrong.len && streams == STREAMS_OPENED)
		read_streams(&reader, &request);
	else if (!reader.wrong.len && streams == STREAMS_LOOKED_AT)
		look_at_streams(&reader);
	if (!reader.wrong.len) {
		*ret_request = request;
		return true;
	}
	process_request_drop(&request);
	*ret_wrong = reader.wrong;
	return false;
}

bool process_request(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong)
{
	return read_request(attempt, STREAMS_OPENED, ret_request, ret_wrong);
}

bool process_request_look(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong)
{
	return read_request(attempt, STREAMS_LOOKED_AT, ret_request, ret_wrong);
}

bool process_request_again(
    struct attempt *attempt, struct launch_request *ret_request, struct str *ret_wrong)
{
	return read_request(attempt, STREAMS_LEFT, ret_request, ret_wrong);
}

void process_request_drop(struct launch_request *request)
{
	if (request->stdin_fd >= 0)
		close(request->stdin_fd);
	if (request->stdout_fd >= 0)
		close(request->stdout_fd);
	request->stdin_fd = -1;
	request->stdout_fd = -1;
}
