/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that only read: what they cannot write, what they can, and what is said where nothing holds them back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lab.h"
#include "launch/command.h"
#include "stdlib/registry.h"

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static void open_lab(struct lab *lab)
{
	lab_open(lab, 2);
	lab->only_reads = true;
}

static bool exists(const struct lab *lab, const char *name)
{
	char path[128];
	struct stat stat;

	snprintf(path, sizeof(path), "%s/%s", lab->dir, name);
	return lstat(path, &stat) == 0;
}

static void make_file(const struct lab *lab, const char *name, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", lab->dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("#!/bin/sh\nexec \"$@\"\n", file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Nothing of the trial is left in the lab's folder. */
static void expect_no_scratch(const struct lab *lab, const struct trial *trial)
{
	char name[64];

	snprintf(name, sizeof(name), "op-%u.scratch", (unsigned)trial->attempt.op);
	assert_false(exists(lab, name));
}

static void expect_confined(const struct trial *trial)
{
	if (!trial->attempt.confined)
		fail_msg("not confined: %.*s", STR_ARG(trial->attempt.unconfined));
	assert_int_equal(trial->attempt.unconfined.len, 0);
}

static void expect_output(struct trial *trial, const char *output)
{
	if (!trial->attempt.result.ok)
		fail_msg(
		    "%s: %.*s", trial_why(trial), STR_ARG(trial_output(trial, ATTEMPT_STDERR)));
	assert_string_equal(
	    arena_cstr(trial->attempt.arena, trial_output(trial, ATTEMPT_STDOUT)), output);
}

/* Confined, unless it is said why not; the trial ends here. */
static void expect_confinement(struct trial *trial, const char *output, const char *unconfined)
{
	expect_output(trial, output);
	assert_string_equal(
	    arena_cstr(trial->attempt.arena, trial->attempt.unconfined), unconfined);
	assert_int_equal(trial->attempt.confined, !unconfined[0]);
	trial_free(trial);
}

static void test_refused(void **state)
{
	static const char *const scripts[] = {
	    "touch new",
	    ": >new",
	    ": >old",
	    "echo more >>old",
	    "truncate -s 0 old",
	    "rm old",
	    "mv old new",
	    "mv old $TMPDIR/new",
	    "ln old new",
	    "ln -s old new",
	    "mkdir new",
	    "mkfifo new",
	    "rmdir empty",
	    "echo more >empty/new",
	    "sed -i s/sh/bash/ old",
	    "cp old /dev/shm/reprise-confined",
	    "cp old /tmp/reprise-confined",
	    "cd /; echo >$OLDPWD/new",
	};
	struct lab lab;
	char args[256];
	char path[96];

	(void)state;
	open_lab(&lab);
	make_file(&lab, "old", 0644);
	snprintf(path, sizeof(path), "%s/empty", lab.dir);
	assert_int_equal(mkdir(path, 0755), 0);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct trial *trial;

		snprintf(args, sizeof(args), "{\"argv\":[\"sh\",\"-ec\",\"%s\"]}", scripts[i]);
		trial = lab_run(&lab, &process_run, args);
		expect_confined(trial);
		if (trial->attempt.result.ok)
			fail_msg("%s: it could", scripts[i]);
		assert_int_not_equal(trial->attempt.result.advice.len, 0);
		assert_false(exists(&lab, "new"));
		assert_true(exists(&lab, "old"));
		expect_no_scratch(&lab, trial);
		trial_free(trial);
	}
	assert_int_equal(rmdir(path), 0);
	assert_int_not_equal(access("/dev/shm/reprise-confined", F_OK), 0);
	assert_int_not_equal(access("/tmp/reprise-confined", F_OK), 0);
	lab_close(&lab);
}

static void expect_advice(struct lab *lab, const char *script, const char *advice)
{
	struct trial *trial = lab_run(lab, &process_run, script);

	expect_confined(trial);
	assert_false(trial->attempt.result.ok);
	if (!str_is(trial->attempt.result.advice, advice))
		fail_msg("%s: %.*s", script, STR_ARG(trial->attempt.result.advice));
	trial_free(trial);
}

static void test_advice(void **state)
{
	static const char refused[] =
	    "it may only read: if it is meant to write, say `effect: change`";
	static const char perhaps[] =
	    "it was confined to reading: `--no-confine` tells whether that is why";
	static const char *const unclear[] = {"cat: secret: Permission denied",
	    "ls: cannot read symbolic link '/proc/1/exe': Permission denied",
	    "cat: /srv/create/touch: Permission denied", "sh: line 1: copied: Permission denied",
	    "mount: Operation not permitted", "(23) Failure writing output to destination"};
	static const char *const writing[] = {"touch: cannot touch 'x': Permission denied",
	    "gpg: Fatal: can't create directory '/root/.gnupg': Permission denied",
	    "sed: couldn't open temporary file ./sedA: Permission denied",
	    "ln: failed to create hard link 'b': Invalid cross-device link",
	    "truncate: cannot open 'old' for writing: Permission denied",
	    "attempt to write a readonly database"};
	static const char *const silent[] = {"", "no such thing", "Read-only file system"};
	struct lab lab;
	char args[256];

	(void)state;
	open_lab(&lab);
#define EACH(list, advice)                                                                         \
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {                              \
		snprintf(args, sizeof(args),                                                       \
		    "{\"argv\":[\"sh\",\"-c\",\"echo \\\"$1\\\" >&2; exit 1\",\"sh\",\"%s\"]}",    \
		    list[i]);                                                                      \
		expect_advice(&lab, args, advice);                                                 \
	}
	EACH(unclear, perhaps)
	EACH(writing, refused)
	EACH(silent, "")
	/* A refusal that comes in two pieces, and the last line without an end. */
	expect_advice(&lab,
	    "{\"script\":\"printf 'cannot create x: Permis' >&2; sleep 0.1; printf 'sion denied' "
	    ">&2; "
	    "exit 1\"}",
	    refused);
	/* What is plain is not made less so by what follows. */
	expect_advice(&lab,
	    "{\"script\":\"echo 'cannot create x: Permission denied' >&2; echo 'y: Permission "
	    "denied' "
	    ">&2; exit 1\"}",
	    refused);
	/* A line of any length. */
	expect_advice(&lab,
	    "{\"script\":\"printf '%2000s cannot create %120s: Permission denied' x y >&2; exit "
	    "1\"}",
	    refused);
	lab_close(&lab);
}

static void test_changes(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	open_lab(&lab);
	lab.only_reads = false;
	trial = lab_run(&lab, &process_run, "{\"argv\":[\"touch\",\"new\"]}");
	expect_output(trial, "");
	assert_false(trial->attempt.confined);
	assert_int_equal(trial->attempt.unconfined.len, 0);
	assert_true(exists(&lab, "new"));
	trial_free(trial);
	lab_close(&lab);
}

/* What innocent programs write. */
static void test_allowed(void **state)
{
	static const struct {
		const char *args;
		const char *output;
	} rows[] = {
	    {"{\"script\":\"f=$(mktemp); echo x >$f; mkdir $TMPDIR/a; mv $f $TMPDIR/a/b; ln "
	     "$TMPDIR/a/b "
	     "$TMPDIR/c; truncate -s 0 $TMPDIR/c; rm $TMPDIR/c; ls $TMPDIR; ls $TMPDIR/a\"}",
		"a\nb\n"},
	    {"{\"script\":\"cat <<X\\nhere\\nX\"}", "here\n"},
	    {"{\"script\":\"echo x >/dev/null; echo x >/dev/zero; echo out >/dev/stdout; echo "
	     ">/dev/stderr; "
	     "echo fd >/dev/fd/1; echo self >/proc/self/fd/1\"}",
		"out\nfd\nself\n"},
	    {"{\"script\":\"diff <(echo a) <(echo a); echo a | tee >(cat >/dev/null)\"}", "a\n"},
	    {"{\"script\":\"cat /dev/stdin\",\"stdin\":{\"text\":\"read\"}}", "read"},
	    {"{\"argv\":[\"sh\",\"-c\",\"echo >/dev/full || echo full\"]}", "full\n"},
	};
	struct lab lab;

	(void)state;
	open_lab(&lab);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct trial *trial = lab_run(&lab, &process_run, rows[i].args);

		expect_confined(trial);
		expect_output(trial, rows[i].output);
		expect_no_scratch(&lab, trial);
		trial_free(trial);
	}
	lab_close(&lab);
}

static void test_pipe(void **state)
{
	struct trial *trial;
	struct lab lab;

	(void)state;
	open_lab(&lab);
	trial = lab_run(&lab, &process_pipe,
	    "{\"stages\":[[\"echo\",\"a\"],[\"sort\"],[\"sh\",\"-c\",\"cat; echo b >$TMPDIR/b; cat "
	    "$TMPDIR/b\"]]}");
	expect_confined(trial);
	expect_output(trial, "a\nb\n");
	trial_free(trial);
	trial = lab_run(&lab, &process_pipe, "{\"stages\":[[\"echo\",\"a\"],[\"tee\",\"new\"]]}");
	assert_false(trial->attempt.result.ok);
	assert_false(exists(&lab, "new"));
	trial_free(trial);
	lab_close(&lab);
}

/* Who lives on keeps the scratch folder; it goes with the last of them. */
static void test_left_running(void **state)
{
	struct trial *trial;
	struct lab lab;
	char name[64];
	int64_t pid;

	(void)state;
	open_lab(&lab);
	trial = lab_run(&lab, &process_run,
	    "{\"script\":\"echo x >$TMPDIR/x; exec >&- 2>&-; setsid sleep 86405.1% &\"}");
	expect_output(trial, "");
	snprintf(name, sizeof(name), "op-%u.scratch/x", (unsigned)trial->attempt.op);
	assert_true(exists(&lab, name));
	trial_free(trial);
	lab_await_sleeps(&lab, "86405.1%", 1);
	assert_int_equal(lab_pids("86405.1%", &pid, 1), 1);
	lab_kill(pid);
	for (int i = 0; i < 6000 && exists(&lab, name); i++)
		usleep(10000);
	assert_false(exists(&lab, name));
	lab_close(&lab);
}

static void test_no_confine(void **state)
{
	struct lab lab;

	(void)state;
	open_lab(&lab);
	lab.host.unconfined = true;
	expect_confinement(lab_run(&lab, &process_run, "{\"argv\":[\"touch\",\"new\"]}"), "",
	    "--no-confine was given");
	assert_true(exists(&lab, "new"));
	lab_close(&lab);
}

/* --- an ordinary user, or a root without rights: no program can give it any while it is confined */

static int be_ordinary(void)
{
	static const char status[] = "grep NoNewPrivs /proc/self/status";
	struct trial *trial;
	struct lab lab;
	char args[256];

	if (getuid() == 0)
		assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0), 0);
	open_lab(&lab);
	make_file(&lab, "sudo", 04755);
	snprintf(args, sizeof(args), "{\"script\":\"%s\"}", status);
	expect_confinement(lab_run(&lab, &process_run, args), "NoNewPrivs:\t1\n", "");
	/* set-user-ID itself */
	snprintf(args, sizeof(args), "{\"argv\":[\"./sudo\",\"sh\",\"-c\",\"%s\"]}", status);
	expect_confinement(lab_run(&lab, &process_run, args), "NoNewPrivs:\t0\n",
	    "./sudo gives other rights to whoever runs it (set-user-ID)");
	/* named by a script */
	snprintf(args, sizeof(args), "{\"script\":\"sudo %s\",\"env\":{\"PATH\":\"%s:/usr/bin\"}}",
	    status, lab.dir);
	expect_confinement(lab_run(&lab, &process_run, args), "NoNewPrivs:\t0\n",
	    "it runs sudo, which would not work any more");
	/* named by a script, and not set-user-ID; a word that only holds the name */
	make_file(&lab, "sudo", 0755);
	expect_confinement(lab_run(&lab, &process_run, args), "NoNewPrivs:\t1\n", "");
	make_file(&lab, "sudo", 04755);
	snprintf(args, sizeof(args),
	    "{\"script\":\": pseudo-sudo sudoers result; %s\",\"env\":{\"PATH\":\"%s:/usr/bin\"}}",
	    status, lab.dir);
	expect_confinement(lab_run(&lab, &process_run, args), "NoNewPrivs:\t1\n", "");
	/* an argument that only names it */
	snprintf(args, sizeof(args),
	    "{\"argv\":[\"ls\",\"%s/sudo\",\"sudo\"],\"env\":{\"PATH\":\"%s:/usr/bin\"}}", lab.dir,
	    lab.dir);
	trial = lab_run(&lab, &process_run, args);
	expect_confined(trial);
	trial_free(trial);
	lab_close(&lab);
	return 0;
}

static void test_ordinary(void **state)
{
	(void)state;
	lab_again("ordinary");
}

/* Only what is run counts, not what is named. */
static void test_runs(void **state)
{
	static const struct {
		const char *argv[8];
		bool runs;
	} rows[] = {
	    {{"sudo", "ls"}, true},
	    {{"/usr/bin/sudo", "ls"}, true},
	    {{"cp", "/bin/sudo", "x"}, false},
	    {{"echo", "sudo"}, false},
	    {{"ssh", "db1", "sudo", "ls"}, false},
	    {{"env", "A=1", "-u", "B", "sudo"}, true},
	    {{"timeout", "-k", "5", "10", "sudo"}, true},
	    {{"timeout", "10", "nice", "-n", "5", "sudo"}, true},
	    {{"timeout", "10", "grep", "sudo", "x"}, false},
	    {{"xargs", "-r", "sudo"}, true},
	    {{"env", "-i", "sh", "-c", "sudo ls"}, true},
	    {{"sh", "-c", "echo sudo", "sudo"}, false},
	    {{"bash", "-euo", "pipefail", "-c", "sudo ls"}, true},
	    {{"sh", "-c", "x=1; sudo ls"}, true},
	    {{"sh", "-c", "a && /bin/sudo ls"}, true},
	    {{"sh", "-c", "ls | sudo tee x"}, true},
	    {{"sh", "-c", "x=\"$(sudo ls)\""}, true},
	    {{"sh", "-c", "X=\"a b\" sudo ls"}, true},
	    {{"sh", "-c", "if sudo ls; then :; fi"}, true},
	    {{"sh", "-c", "for i in a; do sudo ls; done"}, true},
	    {{"sh", "-c", "true\n\ttimeout -v 5 sudo ls"}, true},
	    {{"sh", "-c", "bash -c 'sudo ls'"}, true},
	    {{"sh", "-c", "grep 'a|sudo' x; echo \"don't\" it's; # sudo"}, false},
	    {{"sh", "-c", "cp /bin/sudo x; echo x # (sudo"}, false},
	    {{"sh", "-c", "grep -q sudo /etc/group"}, false},
	    {{"sh", "-c", ""}, false},
	    {{"sh", "", "-c"}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (command_runs((char *const *)rows[i].argv, "sudo") != rows[i].runs)
			fail_msg("row %zu: %s %s", i, rows[i].argv[0], rows[i].argv[2]);
}

/* --- a kernel without Landlock, as a filter of system calls plays it */

static int be_without_landlock(void)
{
	struct sock_filter steps[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {sizeof(steps) / sizeof(steps[0]), steps};
	struct trial *trial;
	struct lab lab;

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
	assert_false(has_landlock());
	open_lab(&lab);
	trial = lab_run(&lab, &process_run, "{\"script\":\"touch new $TMPDIR/new; ls $TMPDIR\"}");
	expect_no_scratch(&lab, trial);
	expect_confinement(trial, "new\n", "this kernel has no Landlock, or it is switched off");
	assert_true(exists(&lab, "new"));
	lab_close(&lab);
	return 0;
}

static void test_without_landlock(void **state)
{
	(void)state;
	lab_again("without");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_advice),
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_left_running),
	    cmocka_unit_test(test_no_confine),
	    cmocka_unit_test(test_ordinary),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_without_landlock),
	};
	const struct CMUnitTest without[] = {cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_no_confine), cmocka_unit_test(test_without_landlock)};

	if (argc > 1 && strcmp(argv[1], "ordinary") == 0)
		return be_ordinary();
	if (argc > 1 && strcmp(argv[1], "without") == 0)
		return be_without_landlock();
	if (!has_landlock()) /* what it would refuse cannot be seen here */
		return cmocka_run_group_tests(without, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
