/* SPDX-License-Identifier: Apache-2.0 */
#include "backup_trial.h"

#include <pwd.h>

/* backup.verify against what is no backup, what cannot be read, what changes, what would fill the memory. */

static void says_what_it_is_not(void **state)
{
	static const char *const cases[][2] = {
	    {": >x", "it is empty"},
	    {"gzip </dev/null >x",
		"what should have been packed was never written (a pipe hides that)"},
	    {"zstd -q </dev/null >x", "it holds nothing: the zstd around it is whole"},
	    {"echo hello >x", "it is no backup that is known here"},
	    {"echo POSTGRES_PASSWORD=hunter2 >x", "it is no backup that is known here"},
	    {"echo \"bash: pg_dump: command not found\" >x",
		"complained of: bash: pg_dump: command"},
	    {"head -c 300000 /dev/urandom | tr -d \"\\000\\037\" >x", "it is no backup"},
	    {"printf BZh91AY >x", "packed by bzip2, which is not read here"},
	    {"printf \"SQLite format 3\" >x", "it is a database of SQLite"},
	    {"printf PGDM >x", "it is no backup"},
	    {"head -c 20 /dev/zero | gzip | head -c 15 >x", "the gzip around it is cut off"},
	    {"printf PGDMP >x", "within the archive's head"},
	    {"printf REDIS0011 >x", "it is cut off: it ends at byte 9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe;

		trial_shell("%s", cases[i][0]);
		probe = trial_verify("x");
		assert_false(probe->attempt.result.ok);
		if (str_find(probe->attempt.result.why, str_from(cases[i][1])) < 0)
			fail_msg("%s: %.*s", cases[i][0], STR_ARG(probe->attempt.result.why));
		assert_true(str_find(probe->attempt.result.why, STR("hunter2")) < 0);
		probe_free(probe);
	}
}

static void says_what_cannot_be_one(void **state)
{
	struct probe *probe = trial_verify("gone");

	(void)state;
	trial_expect_broken(probe, "unknown", "there is no such file");
	assert_null(probe_get(probe, "age"));
	probe_free(probe);
	trial_shell("mkfifo fifo; mkdir folder; ln -s nowhere link; ln -s circle circle");
	probe = trial_verify("fifo");
	trial_expect_broken(probe, "unknown", "it is a FIFO");
	probe_free(probe);
	probe = trial_verify("/dev/zero");
	trial_expect_broken(probe, "unknown", "it is a device");
	probe_free(probe);
	probe = trial_verify("folder");
	trial_expect_broken(probe, "unknown", "neither the toc.dat of pg_dump nor a manifest");
	probe_free(probe);
	probe = trial_verify("link");
	trial_expect_broken(probe, "unknown", "there is no such file");
	probe_free(probe);
	probe = trial_verify("circle");
	probe_expect_error(probe, "cannot read circle: Too many levels of symbolic links");
	probe_free(probe);
	probe = trial_verify("");
	probe_expect_error(probe, "path is empty");
	probe_free(probe);
}

static void says_what_cannot_be_read(void **state)
{
	struct probe *probe = trial_verify("/proc/self/mem");
	const struct passwd *nobody = getpwnam("nobody");

	(void)state;
	trial_expect_broken(
	    probe, "unknown", "it cannot be read behind byte 0: Input/output error");
	probe_free(probe);
	trial_shell("echo x >secret; mkdir closed; chmod 0 secret closed");
	if (geteuid() == 0)
		assert_int_equal(seteuid(nobody->pw_uid), 0);
	probe = trial_verify("secret");
	probe_expect_error(probe, "cannot read secret: Permission denied");
	probe_free(probe);
	probe = trial_verify("closed");
	probe_expect_error(probe, "cannot read closed: Permission denied");
	probe_free(probe);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	trial_shell("chmod 700 closed");
}

/* A bomb ends in a sentence. */
static void bounds_what_it_unpacks(void **state)
{
	struct probe *probe;

	(void)state;
	trial_shell(
	    "(printf \"%%s\\n\" -- \"-- PostgreSQL database dump\" --; head -c 3000000 /dev/zero |"
	    " tr \"\\000\" \"\\n\") | gzip >bomb.gz");
	probe = probe_run(
	    trial_loop, &backup_verify, 0, "{\"path\":\"bomb.gz\",\"max_size\":1000000}");
	trial_expect_broken(
	    probe, "postgres_plain", "it holds more than 976.6 KiB, and max_size allows no more");
	probe_free(probe);
	probe = probe_run(
	    trial_loop, &backup_verify, 0, "{\"path\":\"bomb.gz\",\"max_size\":\"x\"}");
	probe_expect_error(probe, "max_size must be an int");
	probe_free(probe);
}

static const char whole[] = "--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n\n--\n-- PostgreSQL "
			    "database dump complete\n--\n\n";

/* The file is longer than what a check reads at once, and the writer writes while it reads. */
static void notices_a_writer(void **state)
{
	struct backup_file file;
	struct backup backup;
	int fd = open("growing", O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(write(fd, whole, sizeof(whole) - 1), sizeof(whole) - 1);
	backup_init(&backup);
	assert_true(backup_file_open(&file, AT_FDCWD, "growing", &backup));
	backup.complete = true;
	backup_file_compare(&file, sizeof(whole) - 1, &backup);
	assert_true(backup.complete);
	assert_int_equal(write(fd, "\n", 1), 1);
	close(fd);
	backup_file_compare(&file, sizeof(whole) - 1, &backup);
	assert_false(backup.complete);
	assert_true(backup.changed);
	assert_string_equal(
	    backup.reason, "it is still being written: it changed while it was read");
	backup_file_close(&file);
}

static void notices_another_file(void **state)
{
	struct backup_file file;
	struct backup backup;

	(void)state;
	trial_shell("echo a >one; echo a >two");
	backup_init(&backup);
	assert_true(backup_file_open(&file, AT_FDCWD, "one", &backup));
	trial_shell("mv two one");
	backup.complete = true;
	backup_file_compare(&file, 2, &backup);
	assert_true(backup.changed);
	assert_string_equal(
	    backup.reason, "another file took its place, or none, while it was read");
	backup_file_close(&file);
}

static void can_be_ended(void **state)
{
	struct probe *probe;

	(void)state;
	trial_shell("truncate -s 1T huge; printf \"%%s\\n\" -- \"-- PostgreSQL database dump\" |"
		    " dd of=huge conv=notrunc status=none");
	probe = probe_begin(trial_loop, &backup_verify, 0, "{\"path\":\"huge\"}");
	probe_cancel(probe);
	assert_true(probe->finished);
	assert_string_equal(probe->attempt.result.why.ptr, "ended while reading huge");
	probe_free(probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(says_what_it_is_not),
	    cmocka_unit_test(says_what_cannot_be_one),
	    cmocka_unit_test(says_what_cannot_be_read),
	    cmocka_unit_test(bounds_what_it_unpacks),
	    cmocka_unit_test(notices_a_writer),
	    cmocka_unit_test(notices_another_file),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, trial_begin, trial_end);
}
