/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launch/command.h"
#include "launch/program.h"

/* Since Linux 6.2; headers of 6.1 do not have it. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* Rights that a file can have; the others are those of folders. */
static const uint64_t file_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;

/* Whoever writes to these changes nothing. /dev/shm is none of them. */
static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/pts",
    "/dev/ptmx", "/dev/random", "/dev/urandom"};

/* Programs that give other rights, behind the one that a stage begins with. */
static const char *const raisers[] = {"sudo", "doas", "su", "pkexec"};

static __attribute__((format(printf, 2, 3))) void give_up(
    struct confinement *confinement, const char *format, ...)
{
	va_list args;

	if (confinement->why[0])
		return;
	va_start(args, format);
	vsnprintf(confinement->why, sizeof(confinement->why), format, args);
	va_end(args);
}

static const char *error_text(int error)
{
	const char *text = strerrordesc_np(error);

	return text ? text : "unknown error";
}

/* The rights to write that the kernel's Landlock knows of. */
static uint64_t writing_rights(long abi)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
	    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
	    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
	    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static long add_rule(int ruleset, int fd, uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};

	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* Lets what lies at, or below, the path be written; false with errno. */
static bool allow_path(int ruleset, const char *path, uint64_t rights)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat stat;
	int error = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &stat) == 0 && !S_ISDIR(stat.st_mode))
		rights &= file_rights;
	if (add_rule(ruleset, fd, rights) < 0)
		error = errno;
	close(fd);
	errno = error;
	return error == 0;
}

/*
 * The scratch folder is first; of the others, one that is not there cannot be written below either. 0 or an error
 * number.
 */
static int allow_all(int ruleset, const struct request *request, uint64_t rights)
{
	const char *path = request->writable;

	if (!allow_path(ruleset, path, rights))
		return errno;
	for (uint32_t i = 1; i < request->begin.writable; i++) {
		path += strlen(path) + 1;
		allow_path(ruleset, path, rights);
	}
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		allow_path(ruleset, devices[i], LANDLOCK_ACCESS_FS_WRITE_FILE);
	return 0;
}

/* Whether Landlock is to be had without no_new_privs, which makes set-user-ID programs ordinary ones. */
static bool is_privileged(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, sets) < 0)
		return false;
	return sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN);
}

void confine_begin(struct confinement *confinement, const struct request *request)
{
	struct landlock_ruleset_attr attr = {0};
	long abi;
	int error;

	confinement->asked = request->begin.writable > 0;
	confinement->privileged = false;
	confinement->ruleset = -1;
	confinement->why[0] = '\0';
	confinement->scratch.path[0] = '\0';
	if (!confinement->asked)
		return;
	/* First, and in any case: the stages were told of it. */
	error = scratch_make(&confinement->scratch, request->writable);
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1) {
		give_up(confinement, "this kernel has no Landlock, or it is switched off");
		return;
	}
	confinement->privileged = is_privileged();
	attr.handled_access_fs = writing_rights(abi);
	confinement->ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (confinement->ruleset < 0) {
		confine_failed(confinement, errno);
		return;
	}
	if (!error)
		error = allow_all(confinement->ruleset, request, attr.handled_access_fs);
	if (!error)
		return;
	give_up(confinement, "it can have no scratch folder: %s", error_text(error));
	confine_done(confinement);
}

int confine_stage(
    struct confinement *confinement, const struct request *request, unsigned i, const char *path)
{
	char found[PATH_MAX];

	if (confinement->ruleset < 0 || confinement->privileged)
		return confinement->ruleset;
	if (program_raises(path)) {
		give_up(confinement, "%s gives other rights to whoever runs it (set-user-ID)",
		    request->argv[i][0]);
		return -1;
	}
	for (size_t k = 0; k < sizeof(raisers) / sizeof(raisers[0]); k++) {
		if (!command_runs(request->argv[i], raisers[k]) ||
		    program_find(AT_FDCWD, raisers[k], request->env, found) != 0 ||
		    !program_raises(found))
			continue;
		give_up(confinement, "it runs %s, which would not work any more", raisers[k]);
		return -1;
	}
	return confinement->ruleset;
}

int confine_self(int ruleset, bool privileged)
{
	if (!privileged && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return errno;
	return syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? errno : 0;
}

void confine_failed(struct confinement *confinement, int error)
{
	give_up(confinement, "the kernel refuses: %s", error_text(error));
}

void confine_done(struct confinement *confinement)
{
	if (confinement->ruleset >= 0)
		close(confinement->ruleset);
	confinement->ruleset = -1;
}
