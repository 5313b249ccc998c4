/* SPDX-License-Identifier: Apache-2.0 */
#include "earlier.h"

/* cmocka wants these in front */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/units.h"
#include "stdlib/registry.h"

static const char *const earlier_dir = "REPRISE_TEST_EARLIER";

const struct action_impl *action_for(const char *args)
{
	return strstr(args, "\"stages\"") ? &process_pipe : &process_run;
}

/* The only child, which is the launcher of a lab for one. */
static int64_t find_launcher(void)
{
	int64_t pids[64];
	unsigned count = lab_pids(BINARY_DIR "/reprise-launch", pids, 64);

	for (unsigned i = 0; i < count && i < 64; i++)
		if (lab_parent(pids[i]) == getpid())
			return pids[i];
	fail_msg("there is no launcher");
	return 0;
}

static bool is_stopped(void *self)
{
	const int64_t *pid = self;
	char path[64];
	char line[512] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)*pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	return strstr(line, ") T ") != NULL;
}

/* Begins, or goes on with, what argv[2] says, and waits to be killed. */
static int be_an_interpreter(const char *how, const char *args)
{
	bool sends = strcmp(how, "interpreter-sends") == 0;
	bool adopts = strcmp(how, "interpreter-adopts") == 0;
	int64_t launcher;
	struct trial *trial;
	struct lab lab;

	if (adopts)
		lab_open_again(&lab, 1, getenv(earlier_dir));
	else
		lab_open(&lab, 1);
	launcher = find_launcher();
	if (sends) {
		assert_int_equal(kill((pid_t)launcher, SIGSTOP), 0);
		lab_until(&lab, is_stopped, &launcher);
	}
	trial = adopts ? adopt(&lab, args) : lab_begin(&lab, action_for(args), args);
	if (adopts)
		trial_await_start(trial);
	printf("%s\n%lld\n", lab.host.run_dir, (long long)launcher);
	fflush(stdout);
	trial_wait(trial);
	printf("ended\n");
	fflush(stdout);
	while (pause() < 0)
		;
	return 1;
}

int interpreter_main(int argc, char **argv)
{
	if (argc < 3 || strncmp(argv[1], "interpreter", strlen("interpreter")) != 0)
		return -1;
	return be_an_interpreter(argv[1], argv[2]);
}

static void read_line(struct interpreter *interpreter, char line[128])
{
	assert_non_null(fgets(line, 128, interpreter->says));
	line[strcspn(line, "\n")] = '\0';
}

static void begin(struct interpreter *interpreter, const char *how, const char *args)
{
	char line[128];
	int ends[2];
	int out = dup(1);

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	dup2(ends[1], 1);
	interpreter->pid = lab_begin_again(how, args);
	dup2(out, 1);
	close(out);
	close(ends[1]);
	interpreter->says = fdopen(ends[0], "r");
	read_line(interpreter, interpreter->dir);
	read_line(interpreter, line);
	assert_true(units_int(str_from(line), &interpreter->launcher));
}

void interpreter_begin(struct interpreter *interpreter, const char *args)
{
	begin(interpreter, "interpreter-begins", args);
}

void interpreter_send(struct interpreter *interpreter, const char *args)
{
	begin(interpreter, "interpreter-sends", args);
}

void interpreter_adopt(
    struct interpreter *interpreter, const struct interpreter *earlier, const char *args)
{
	assert_int_equal(setenv(earlier_dir, earlier->dir, 1), 0);
	begin(interpreter, "interpreter-adopts", args);
}

void interpreter_await_end(struct interpreter *interpreter)
{
	char line[128];

	read_line(interpreter, line);
	assert_string_equal(line, "ended");
}

void interpreter_kill(struct interpreter *interpreter)
{
	lab_kill(interpreter->pid);
	assert_int_equal(waitpid((pid_t)interpreter->pid, NULL, 0), interpreter->pid);
	fclose(interpreter->says);
}

char *in_dir(const struct interpreter *interpreter, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", interpreter->dir, name);
	return path;
}

void touch(const struct interpreter *interpreter, const char *name)
{
	close(open(in_dir(interpreter, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

bool exists(void *self)
{
	return access(self, F_OK) == 0;
}

void remove_dir(const struct interpreter *interpreter)
{
	static const char *const names[] = {"up", "go", "stop", "to"};

	launch_forget(interpreter->dir, 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(in_dir(interpreter, names[i]));
	assert_int_equal(rmdir(interpreter->dir), 0);
}

void await_earlier(const struct interpreter *interpreter)
{
	assert_true(launch_await_earlier(interpreter->dir, LAB_PATIENCE_MS * INT64_C(1000)));
}

void begin_and_die(struct interpreter *interpreter, struct lab *lab, const char *args)
{
	struct lab waiting;

	interpreter_begin(interpreter, args);
	lab_open(&waiting, 1);
	lab_until(&waiting, exists, in_dir(interpreter, "up"));
	lab_close(&waiting);
	interpreter_kill(interpreter);
	await_earlier(interpreter);
	lab_open_again(lab, 1, interpreter->dir);
}

void close_and_remove(struct lab *lab, const struct interpreter *interpreter)
{
	lab_close(lab);
	remove_dir(interpreter);
}

struct trial *adopt_for(struct lab *lab, const char *args, int64_t grace_us)
{
	return lab_adopt(lab, action_for(args), args, grace_us, (struct launch_process){0, 0});
}

struct trial *adopt(struct lab *lab, const char *args)
{
	return adopt_for(lab, args, 10000000);
}
