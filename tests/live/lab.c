/* SPDX-License-Identifier: Apache-2.0 */
#include "lab.h"

/* cmocka wants these in front */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static unsigned count_entries(const char *path)
{
	DIR *dir = opendir(path);
	unsigned count = 0;

	assert_non_null(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

unsigned lab_fds(void)
{
	return count_entries("/proc/self/fd");
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return 0;
	len = read(fd, bytes, size - 1);
	close(fd);
	if (len < 0)
		return 0;
	bytes[len] = '\0';
	return (size_t)len;
}

unsigned lab_children(void)
{
	char path[64];
	char line[4096];
	unsigned count = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	read_file(path, memset(line, 0, sizeof(line)), sizeof(line));
	for (const char *at = line; *at; at++)
		count += *at == ' ';
	return count;
}

void lab_kill(int64_t pid)
{
	/* 0 and -1 would mean others too. */
	assert_true(pid > 1);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

int64_t lab_parent(int64_t pid)
{
	char path[64];
	char line[1024];
	const char *rest;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	if (!read_file(path, line, sizeof(line)))
		return 0;
	rest = strrchr(line, ')');
	return rest ? strtoll(rest + 4, NULL, 10) : 0;
}

/* A test that runs itself again hands its number on. */
static const char *number(void)
{
	static char own[16];
	const char *inherited = getenv("REPRISE_TEST_NUMBER");

	if (inherited)
		return inherited;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	assert_int_equal(setenv("REPRISE_TEST_NUMBER", own, 1), 0);
	return own;
}

const char *lab_mark(const char *text)
{
	static char results[8][2048];
	static unsigned next;
	char *result = results[next++ % 8];
	size_t len = 0;

	for (; *text; text++) {
		int added = *text == '%' ? snprintf(result + len, 2048 - len, "%s", number())
					 : snprintf(result + len, 2048 - len, "%c", *text);

		len += (size_t)added;
		assert_true(len < 2048);
	}
	result[len] = '\0';
	return result;
}

static bool is_sleep(const char *line, size_t len, const char *text)
{
	char wanted[64] = "sleep";
	size_t wanted_len = 6 + strlen(text) + 1;

	snprintf(wanted + 6, sizeof(wanted) - 6, "%s", text);
	return len == wanted_len && memcmp(line, wanted, len) == 0;
}

static unsigned count_pids(const char *text, bool sleeps, int64_t *ret_pids, unsigned max)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;
	unsigned count = 0;

	assert_non_null(proc);
	text = lab_mark(text);
	while ((entry = readdir(proc))) {
		char path[300];
		char line[16384];
		size_t len;

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		len = read_file(path, line, sizeof(line));
		if (strtol(entry->d_name, NULL, 10) == getpid() || !len ||
		    (sleeps ? !is_sleep(line, len, text) : !memmem(line, len, text, strlen(text))))
			continue;
		if (count < max)
			ret_pids[count] = strtoll(entry->d_name, NULL, 10);
		count++;
	}
	closedir(proc);
	return count;
}

unsigned lab_pids(const char *text, int64_t *ret_pids, unsigned max)
{
	return count_pids(text, false, ret_pids, max);
}

unsigned lab_processes(const char *text)
{
	return count_pids(text, false, NULL, 0);
}

unsigned lab_sleeps(const char *text)
{
	return count_pids(text, true, NULL, 0);
}

struct wanted {
	const char *text;
	unsigned (*counted)(const char *text);
	unsigned count;
};

static bool are_there(void *self)
{
	const struct wanted *wanted = self;

	return wanted->counted(wanted->text) == wanted->count;
}

void lab_await_processes(struct lab *lab, const char *text, unsigned count)
{
	lab_until(lab, are_there, &(struct wanted){text, lab_processes, count});
}

void lab_await_sleeps(struct lab *lab, const char *text, unsigned count)
{
	lab_until(lab, are_there, &(struct wanted){text, lab_sleeps, count});
}

void lab_open(struct lab *lab, unsigned max)
{
	lab_open_with(lab, max, BINARY_DIR "/reprise-launch");
}

static void open_lab(struct lab *lab, unsigned max, const char *launcher, const char *run_dir)
{
	*lab = (struct lab){.dir = ""};
	if (!run_dir) {
		snprintf(lab->dir, sizeof(lab->dir), "/tmp/reprise-live-XXXXXX");
		run_dir = mkdtemp(lab->dir);
		assert_non_null(run_dir);
	}
	/* libuv's first loop opens a pipe that stays for the process's life. */
	loop_free(loop_new());
	lab->fds = lab_fds();
	lab->loop = loop_new();
	lab->pool = launch_pool_new(lab->loop, launcher, run_dir, max);
	lab->host = (struct host){
	    .loop = lab->loop, .launchers = lab->pool, .folder = run_dir, .run_dir = run_dir};
}

void lab_open_with(struct lab *lab, unsigned max, const char *launcher)
{
	open_lab(lab, max, launcher, NULL);
}

void lab_open_again(struct lab *lab, unsigned max, const char *run_dir)
{
	open_lab(lab, max, BINARY_DIR "/reprise-launch", run_dir);
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}

void lab_close(struct lab *lab)
{
	launch_pool_free(lab->pool);
	assert_int_equal(loop_open_handles(lab->loop), 0);
	loop_free(lab->loop);
	assert_int_equal(lab_fds(), lab->fds);
	if (lab->dir[0])
		remove_dir(lab->dir);
}

static void on_started(struct attempt *attempt, int64_t pid, int64_t start_ticks)
{
	struct trial *trial = attempt->owner;

	assert_false(trial->started);
	trial->started = true;
	trial->pid = pid;
	trial->start_ticks = start_ticks;
}

static void on_output(struct attempt *attempt, enum attempt_stream stream, struct str bytes)
{
	struct trial *trial = attempt->owner;

	assert_true(trial->started);
	trial->bytes[stream] += (int64_t)bytes.len;
	buf_str(&trial->output[stream], bytes);
	if (stream == ATTEMPT_STDOUT)
		digest_add(trial->digest, bytes.ptr, bytes.len);
}

static void on_finished(struct attempt *attempt)
{
	struct trial *trial = attempt->owner;

	trial->finished = true;
}

static void on_released(struct attempt *attempt)
{
	struct trial *trial = attempt->owner;

	trial->released = true;
}

static const struct attempt_ops ops = {on_started, on_output, on_finished, on_released};

static struct trial *make_trial(struct lab *lab, const struct action_impl *action,
    const struct value *args, struct arena *arena, int64_t grace_us, int64_t bound)
{
	struct trial *trial = mem_alloc(sizeof(*trial));

	trial->lab = lab;
	trial->action = action;
	buf_init(&trial->output[0], LAB_OUTPUT_MAX);
	buf_init(&trial->output[1], LAB_OUTPUT_MAX);
	trial->digest = digest_new();
	trial->attempt = (struct attempt){.spec = action->spec,
	    .args = args,
	    .host = &lab->host,
	    .arena = arena,
	    .grace_us = grace_us,
	    .output_bound = bound,
	    .op = ++lab->ops,
	    .only_reads = lab->only_reads,
	    .ops = &ops,
	    .owner = trial};
	return trial;
}

struct trial *lab_begin_with(struct lab *lab, const struct action_impl *action,
    const struct value *args, struct arena *arena, int64_t grace_us, int64_t bound)
{
	struct trial *trial = make_trial(lab, action, args, arena, grace_us, bound);

	action->start(&trial->attempt);
	return trial;
}

struct trial *lab_begin(struct lab *lab, const struct action_impl *action, const char *args)
{
	return lab_begin_for(lab, action, args, 10000000);
}

static const struct value *read_args(struct arena *arena, const char *args)
{
	struct str wrong = {0};
	const struct value *map = value_from_plain_json(arena, str_from(lab_mark(args)), &wrong);

	if (!map)
		fail_msg("%s: %.*s", args, STR_ARG(wrong));
	return map;
}

struct trial *lab_begin_for(
    struct lab *lab, const struct action_impl *action, const char *args, int64_t grace_us)
{
	struct arena *arena = arena_new();

	return lab_begin_with(lab, action, read_args(arena, args), arena, grace_us, 128 << 10);
}

struct trial *lab_adopt(struct lab *lab, const struct action_impl *action, const char *args,
    int64_t grace_us, struct launch_process recorded)
{
	struct arena *arena = arena_new();
	struct trial *trial = make_trial(
	    lab, action, read_args(arena, args), arena, grace_us, 128 << 10);

	trial->attempt.recorded_pid = recorded.pid;
	trial->attempt.recorded_ticks = recorded.start_ticks;
	action->adopt(&trial->attempt);
	return trial;
}

struct trial *lab_run(struct lab *lab, const struct action_impl *action, const char *args)
{
	struct trial *trial = lab_begin(lab, action, args);

	trial_wait(trial);
	return trial;
}

void trial_cancel(struct trial *trial, enum cancel_how how)
{
	assert_false(trial->finished);
	trial->action->cancel(&trial->attempt, how);
}

static bool is_released(void *self)
{
	const struct trial *trial = self;

	return trial->released;
}

void trial_wait(struct trial *trial)
{
	lab_until(trial->lab, is_released, trial);
	assert_true(trial->finished);
}

static bool has_output(void *self)
{
	const struct trial *trial = self;

	return trial->bytes[ATTEMPT_STDOUT] > 0;
}

static bool has_started(void *self)
{
	const struct trial *trial = self;

	return trial->started;
}

void trial_await_start(struct trial *trial)
{
	lab_until(trial->lab, has_started, trial);
}

void trial_await_output(struct trial *trial)
{
	lab_until(trial->lab, has_output, trial);
}

void trial_free(struct trial *trial)
{
	assert_true(trial->released);
	buf_done(&trial->output[0]);
	buf_done(&trial->output[1]);
	digest_free(trial->digest);
	arena_free(trial->attempt.arena);
	free(trial);
}

struct str trial_output(const struct trial *trial, enum attempt_stream stream)
{
	return buf_view(&trial->output[stream]);
}

const char *trial_why(const struct trial *trial)
{
	return arena_cstr(trial->attempt.arena, trial->attempt.result.why);
}

const struct value *trial_field(const struct trial *trial, const char *field)
{
	const struct value *value = value_get(trial->attempt.result.value, field);

	if (!value)
		fail_msg("no field %s; %s", field, trial_why(trial));
	return value;
}

int64_t trial_int(const struct trial *trial, const char *field)
{
	const struct value *value = trial_field(trial, field);

	assert_int_equal(value->type, VALUE_INT);
	return value->integer;
}

/* Asks again every few milliseconds, whatever else happens on the loop. */
struct question {
	bool (*holds)(void *self);
	void *self;
	bool held;
	bool done;
	int64_t until_us;
	struct loop_timer *timer;
};

static void ask(void *self)
{
	struct question *question = self;

	question->held = question->holds(question->self);
	question->done = question->held || loop_clock_us() > question->until_us;
	if (!question->done)
		loop_timer_start(question->timer, 5000);
}

void lab_until(struct lab *lab, bool (*holds)(void *self), void *self)
{
	struct question question = {.holds = holds,
	    .self = self,
	    .until_us = loop_clock_us() + LAB_PATIENCE_MS * INT64_C(1000)};

	question.timer = loop_timer_new(lab->loop, ask, &question);
	ask(&question);
	loop_run(lab->loop, &question.done);
	loop_timer_free(question.timer);
	if (!question.held)
		fail_msg("waited in vain");
}

int64_t lab_begin_again(const char *argument, const char *more)
{
	pid_t pid;

	number();
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		execl("/proc/self/exe", "again", argument, more, (char *)NULL);
		_exit(127);
	}
	return pid;
}

void lab_again(const char *argument)
{
	pid_t pid = (pid_t)lab_begin_again(argument, NULL);
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
