/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon that recovery is about: a PostgreSQL server that a step starts and another one stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"
#include "stdlib/registry.h"

#define PG_BIN "/usr/lib/postgresql/15/bin"

/* Runs a script, as the user postgres when we are root: the server refuses to be root's. */
static struct trial *run(struct lab *lab, const char *script)
{
	char args[1024];

	snprintf(args, sizeof(args),
	    "{\"argv\":[%s\"bash\",\"-euc\",\"%s\"],\"env\":{\"PATH\":\"%s:/usr/sbin:/usr/bin:/"
	    "bin\","
	    "\"LC_ALL\":\"C\",\"D\":\"%s\"}}",
	    getuid() == 0 ? "\"runuser\",\"-u\",\"postgres\",\"--\"," : "", script, PG_BIN,
	    lab->dir);
	return lab_run(lab, &process_run, args);
}

static void succeed(struct lab *lab, const char *script)
{
	struct trial *trial = run(lab, script);

	if (!trial->attempt.result.ok)
		fail_msg(
		    "%s: %.*s", trial_why(trial), STR_ARG(trial_output(trial, ATTEMPT_STDERR)));
	assert_null(trial->attempt.result.left);
	trial_free(trial);
}

static bool has_one_child(void *self)
{
	(void)self;
	return lab_children() == 1;
}

/* No -l: the server keeps our pipe as its log, and must neither hold the step open nor die of it. */
static void test_server(void **state)
{
	const struct value *left;
	struct trial *trial;
	struct lab lab;

	(void)state;
	if (access(PG_BIN "/initdb", X_OK) != 0)
		skip();
	lab_open(&lab, 1);
	assert_int_equal(chmod(lab.dir, 0777), 0);
	succeed(&lab, "initdb -A trust -N -D $D/data");
	trial = run(&lab, "pg_ctl -D $D/data -w -o \\\"-k $D -c listen_addresses=\\\" start");
	if (!trial->attempt.result.ok)
		fail_msg(
		    "%s: %.*s", trial_why(trial), STR_ARG(trial_output(trial, ATTEMPT_STDERR)));
	left = trial->attempt.result.left;
	assert_non_null(left);
	/* The postmaster, and the processes that it named by themselves. */
	assert_true(left->list.count >= 5);
	assert_true(str_find(value_text(value_get(left->list.items[0], "command")),
			STR("postgres -D")) >= 0);
	trial_free(trial);
	/* It serves, and what it logs goes somewhere. */
	succeed(&lab,
	    "psql -h $D -d postgres -Atc 'select 1/0' || psql -h $D -d postgres -c 'select 1'");
	succeed(&lab, "pg_ctl -D $D/data -w -m fast stop; rm -rf $D/data");
	lab_until(&lab, has_one_child, NULL);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_server)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
