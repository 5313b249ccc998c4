/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "act/order.h"
#include "launch/scratch.h"

/* A document names LAUNCH_STAGES_MAX stages and LAUNCH_LEFT_MAX commands at most, and is never as long. */
enum { NOTE_MAX = 64 << 10, NAME_ROOM = 48, WORLD_MAX = 64 };

static const char *const trouble_names[] = LAUNCH_TROUBLE_NAMES;

/* False when the path is longer than any that can be opened. */
static bool make_path(
    const char *run_dir, uint32_t op, const char *suffix, char path[PATH_MAX + NAME_ROOM])
{
	int len = snprintf(
	    path, PATH_MAX + NAME_ROOM, "%s/op-%u.%s", run_dir, (unsigned)op, suffix);

	return run_dir[0] && len > 0 && len < PATH_MAX + NAME_ROOM;
}

int launch_note_open(const struct launch_request *request, const char *suffix)
{
	char path[PATH_MAX + NAME_ROOM];
	struct stat stat;
	int fd;

	if (!make_path(request->run_dir, request->op, suffix, path))
		return -1;
	/* A FIFO in its place is not waited for. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 && (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A short file as a text without its newline; empty when it cannot be read. */
static void read_world(const char *path, bool link, char ret_text[WORLD_MAX])
{
	int fd = link ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = link ? readlink(path, ret_text, WORLD_MAX - 1)
			   : read(fd, ret_text, WORLD_MAX - 1);

	if (fd >= 0)
		close(fd);
	ret_text[len > 0 ? len : 0] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
}

static bool is_here(const char *boot_id, const char *pid_namespace)
{
	char boot[WORLD_MAX];
	char space[WORLD_MAX];

	read_world("/proc/sys/kernel/random/boot_id", false, boot);
	read_world("/proc/self/ns/pid", true, space);
	return strcmp(boot, boot_id) == 0 && strcmp(space, pid_namespace) == 0;
}

/* A number of a range, where `json` is one. */
static bool is_within(const json_t *json, json_int_t min, json_int_t max)
{
	return json_is_integer(json) && json_integer_value(json) >= min &&
	    json_integer_value(json) <= max;
}

static bool is_process(const struct launch_process *process)
{
	return process->pid > 1 && process->pid <= INT_MAX && process->start_ticks >= 0;
}

static bool read_stage(json_t *json, struct launch_note *note, size_t i)
{
	struct launch_process *process = &note->stages[i];
	const json_t *code;
	const json_t *number;
	json_int_t pid;
	json_int_t ticks;
	int core;

	if (json_unpack(json, "{s:I, s:I, s:o, s:o, s:b}", "pid", &pid, "start_ticks", &ticks,
		"exit_code", &code, "signal", &number, "core", &core) < 0)
		return false;
	*process = (struct launch_process){pid, ticks};
	if (is_within(code, 0, 255))
		note->status[i] = W_EXITCODE((int)json_integer_value(code), 0);
	else if (is_within(number, 1, 127))
		note->status[i] = (int)json_integer_value(number) | (core ? WCOREFLAG : 0);
	else
		note->waited = false;
	return is_process(process);
}

/* What both documents begin with. */
static bool read_head(json_t *json, const struct launch_request *request, struct launch_note *note)
{
	const char *boot_id;
	const char *pid_namespace;
	const json_t *stages;
	json_int_t version;
	json_int_t op;
	json_int_t pid;
	json_int_t ticks;
	int stopped;

	if (json_unpack(json, "{s:I, s:I, s:{s:I, s:I}, s:s, s:s, s:o, s:b}", "version", &version,
		"op", &op, "launcher", "pid", &pid, "start_ticks", &ticks, "boot_id", &boot_id,
		"pid_namespace", &pid_namespace, "stages", &stages, "stopped", &stopped) < 0 ||
	    version != LAUNCH_NOTE_VERSION || op != (json_int_t)request->op ||
	    !json_is_array(stages) || json_array_size(stages) > request->stage_count)
		return false;
	note->launcher = (struct launch_process){pid, ticks};
	note->here = is_here(boot_id, pid_namespace);
	note->stopped = stopped;
	note->stage_count = json_array_size(stages);
	note->waited = note->stage_count == request->stage_count;
	for (size_t i = 0; i < note->stage_count; i++)
		if (!read_stage(json_array_get(stages, i), note, i))
			return false;
	return is_process(&note->launcher);
}

static bool read_failed(
    json_t *json, const struct launch_request *request, struct launch_note *note)
{
	const size_t names = sizeof(trouble_names) / sizeof(trouble_names[0]);
	const char *trouble;
	json_int_t stage;
	size_t i = 0;

	note->failed = !json_is_null(json);
	if (!note->failed)
		return true;
	if (json_unpack(json, "{s:I, s:s, s:i}", "stage", &stage, "trouble", &trouble, "errno",
		&note->error) < 0)
		return false;
	while (i < names && strcmp(trouble_names[i], trouble) != 0)
		i++;
	note->trouble = (enum launch_trouble)i;
	note->stage = (size_t)stage;
	return i < names && stage >= 0 && note->stage < request->stage_count;
}

static bool read_left(const json_t *json, struct launch_note *note)
{
	size_t count = json_array_size(json);

	if (!json_is_array(json) || count > LAUNCH_LEFT_MAX || count > note->left_count)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct launch_left *left = &note->left[i];
		const char *command;
		json_int_t pid;

		if (json_unpack(json_array_get(json, i), "{s:I, s:s}", "pid", &pid, "command",
			&command) < 0)
			return false;
		left->pid = pid;
		snprintf(left->command, sizeof(left->command), "%s", command);
	}
	note->left_named = count;
	return true;
}

/* What op-N.exit alone holds. */
static bool read_end(json_t *json, const struct launch_request *request, struct launch_note *note)
{
	const json_t *duration;
	const json_t *left;
	json_t *failed;
	json_int_t size[2];
	json_int_t kept[2];
	json_int_t count;

	if (json_unpack(json, "{s:o, s:o, s:{s:I, s:I}, s:{s:I, s:I}, s:I, s:o}", "duration_us",
		&duration, "failed", &failed, "out", "size", &size[0], "kept", &kept[0], "err",
		"size", &size[1], "kept", &kept[1], "left_count", &count, "left", &left) < 0 ||
	    count < 0 || count > INT_MAX)
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (kept[i] < 0 || kept[i] > LAUNCH_RESCUE_MAX || size[i] < kept[i])
			return false;
		note->size[i] = size[i];
		note->kept[i] = kept[i];
	}
	note->duration_us = is_within(duration, 0, INT64_MAX) ? json_integer_value(duration) : 0;
	note->left_count = (size_t)count;
	return read_failed(failed, request, note) && read_left(left, note) &&
	    (note->failed || note->waited || note->left_count > 0);
}

static json_t *load(const struct launch_request *request, const char *suffix)
{
	char bytes[NOTE_MAX];
	int fd = launch_note_open(request, suffix);
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = read(fd, bytes, sizeof(bytes));
	close(fd);
	if (len <= 0 || (size_t)len == sizeof(bytes))
		return NULL;
	return json_loadb(bytes, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
}

bool launch_note_run(const struct launch_request *request, struct launch_note *ret_note)
{
	json_t *json = load(request, "run");
	bool ok;

	memset(ret_note, 0, sizeof(*ret_note));
	ok = json && read_head(json, request, ret_note);
	json_decref(json);
	return ok;
}

bool launch_note_exit(const struct launch_request *request, struct launch_note *ret_note)
{
	json_t *json = load(request, "exit");
	bool ok;

	memset(ret_note, 0, sizeof(*ret_note));
	ok = json && read_head(json, request, ret_note) && read_end(json, request, ret_note);
	json_decref(json);
	return ok;
}

void launch_forget(const char *run_dir, uint32_t op)
{
	static const char *const suffixes[] = {
	    "run.part", "exit.part", "run", "out", "err", "exit"};
	char path[PATH_MAX + NAME_ROOM];

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (make_path(run_dir, op, suffixes[i], path))
			unlink(path);
	if (make_path(run_dir, op, "scratch", path))
		scratch_clear(path);
	for (unsigned i = 0; order_ending(run_dir, op, i, path, sizeof(path)); i++)
		if (unlink(path) < 0)
			break;
}

/* "op-12.run": the number, and what stands behind the dot; NULL when the name is none of ours. */
static const char *read_name(const char *name, uint32_t *ret_op)
{
	unsigned long op;
	char *end;

	if (strncmp(name, "op-", 3) != 0 || name[3] < '0' || name[3] > '9')
		return NULL;
	op = strtoul(name + 3, &end, 10);
	if (op > UINT32_MAX || *end != '.')
		return NULL;
	*ret_op = (uint32_t)op;
	return end + 1;
}

void launch_forget_all(const char *run_dir)
{
	DIR *dir = opendir(run_dir);
	const struct dirent *entry;
	uint32_t op;

	while (dir && (entry = readdir(dir)))
		if (read_name(entry->d_name, &op))
			launch_forget(run_dir, op);
	if (dir)
		closedir(dir);
}

int64_t launch_goes_on(const char *run_dir)
{
	struct launch_request request = {.run_dir = run_dir, .stage_count = LAUNCH_STAGES_MAX};
	DIR *dir = opendir(run_dir);
	const struct dirent *entry;
	struct launch_note note;
	int64_t pid = 0;

	while (dir && !pid && (entry = readdir(dir))) {
		const char *kind = read_name(entry->d_name, &request.op);

		if (kind && strcmp(kind, "run") == 0 && launch_note_run(&request, &note) &&
		    note.here && launch_lives(&note.launcher) && note.stage_count)
			pid = note.stages[0].pid;
	}
	if (dir)
		closedir(dir);
	return pid;
}
