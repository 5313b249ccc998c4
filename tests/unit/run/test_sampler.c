/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"

#define BOOK(steps) "reprise: 1\nid: book\ntitle: A book\n" steps

enum { MIB = 1 << 20 };

/* What the view was told, and when the run has been seen for long enough. */
static struct {
	struct rig *rig;
	struct sample last[4]; /* by operation */
	unsigned count[4];
	bool (*enough)(void);
	bool ended;
} seen;

static void interrupt(void *self)
{
	rig_signal(self, "SIGINT");
}

static void sample(void *self, const struct sample *sample)
{
	struct rig *rig = self;

	assert_in_range(sample->op, 1, 3);
	assert_in_range(sample->t_us, seen.last[sample->op].t_us, engine_now(rig->engine));
	seen.last[sample->op] = *sample;
	seen.count[sample->op]++;
	if (!seen.ended && seen.enough()) {
		seen.ended = true;
		loop_defer(rig->loop, interrupt, rig);
	}
}

/* A run that is interrupted when enough was seen. */
static struct rig *see(const char *runbook, bool (*enough)(void))
{
	struct rig *rig = rig_new(runbook);

	memset(&seen, 0, sizeof(seen));
	seen.enough = enough;
	rig->observer.sample = sample;
	rig_begin(rig, NULL);
	rig_run(rig);
	return rig;
}

static bool saw_enough(void)
{
	return seen.count[2] == 6;
}

/* Whoever has come on is told of, again and again; who stands still is not, nor who tells nothing. */
static void test_asks(void **state)
{
	struct rig *rig = see(
	    BOOK("steps:\n"
		 "  - {id: a, needs: [], timeout: 1h, fake.read: comes 5 10 hang}\n"
		 "  - {id: b, needs: [], timeout: 1h, fake.read: comes 7 1000 hang}\n"
		 "  - {id: c, needs: [], timeout: 1h, fake.read: hang}\n"),
	    saw_enough);

	(void)state;
	assert_int_equal(seen.count[1], 2);
	assert_int_equal(seen.last[1].done, 10);
	assert_int_equal(seen.last[1].total, 10);
	assert_int_equal(seen.last[2].done, 42);
	assert_int_equal(seen.last[2].total, 1000);
	assert_int_equal(seen.count[3], 0);
	SAYS(rig, "cancel 1 term", "run interrupted");
	assert_string_equal(rig_verify(rig), "sealed");
	rig_free(rig);
}

static bool never(void)
{
	return false;
}

/* What ends before it was asked, or is only looked at: nobody hears of it, and the timer that waits is in no way. */
static void test_short(void **state)
{
	struct rig *rig = see(
	    BOOK("steps:\n  - {id: a, timeout: 1h, fake.read: comes 5 10 later ok}\n"), never);

	(void)state;
	SAYS(rig, "step a succeeded", "run recovered");
	assert_int_equal(seen.count[1], 0);
	rig_free(rig);
}

/* A child of this process that reads a sparse file, a little at a time, until it is ended. */
static pid_t begin_reader(off_t size)
{
	char path[] = "/tmp/reprise-sampler-XXXXXX";
	int fd = mkstemp(path);
	pid_t pid;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	unlink(path);
	pid = fork();
	if (pid == 0) {
		static char bytes[64 << 10];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (read(fd, bytes, sizeof(bytes)) > 0)
			usleep(1000);
		pause();
	}
	close(fd);
	return pid;
}

static bool saw_it_grow(void)
{
	static int64_t first;

	if (seen.count[1] == 1)
		first = seen.last[1].done;
	return seen.last[1].done > first;
}

/* The kernel is asked in another thread. */
static void test_processes(void **state)
{
	pid_t reader = begin_reader(4096 * (off_t)MIB);
	struct rig *rig = see(
	    BOOK("steps:\n  - {id: a, timeout: 1h, fake.read: below hang}\n"), saw_it_grow);

	(void)state;
	assert_int_equal(seen.last[1].total, 4096 * INT64_C(1048576));
	assert_in_range(seen.last[1].done, 1, seen.last[1].total);
	rig_free(rig);
	kill(reader, SIGKILL);
	waitpid(reader, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_asks),
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
