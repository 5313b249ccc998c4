/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launch/confine.h"
#include "launch/program.h"

/* What a child needs between vfork() and exec. Volatile: the child writes its error numbers into our memory. */
struct birth {
	const char *path;
	char **argv;
	char **env;
	int in;
	int out;
	int err;
	int order; /* -1: none */
	pid_t group; /* 0: its own */
	int ruleset; /* what keeps it from writing; -1: nothing does */
	bool privileged;
	int unconfined; /* why it did not, an error number; 0: it does */
	int error;
};

/*
 * The child's side: async-signal-safe calls alone, no return. The launcher blocks every signal and changes no
 * disposition, so the mask is all that must be reset; a signal that is delivered here meets the default action.
 */
static void become_program(volatile struct birth *birth)
{
	sigset_t none;

	sigemptyset(&none);
	/* Its own group keeps `kill 0` away from the launcher; a first stage that left its own is no reason to fail. */
	setpgid(0, birth->group);
	if (dup2(birth->in, 0) == 0 && dup2(birth->out, 1) == 1 && dup2(birth->err, 2) == 2 &&
	    (birth->order < 0 || dup2(birth->order, LAUNCH_ORDER) == LAUNCH_ORDER) &&
	    sigprocmask(SIG_SETMASK, &none, NULL) == 0) {
		/* What was only to be kept from writing runs all the same where the kernel refuses that. */
		if (birth->ruleset >= 0)
			birth->unconfined = confine_self(birth->ruleset, birth->privileged);
		execve(birth->path, birth->argv, birth->env);
		if (errno == ENOEXEC) {
			/* A script without "#!": the shell's, as execvp() has it. */
			char **argv = birth->argv - 1;

			argv[0] = (char *)"sh";
			argv[1] = (char *)birth->path;
			execve("/bin/sh", argv, birth->env);
		}
	}
	birth->error = errno;
	_exit(127);
}

/* Apart, so that nothing of the caller lives in registers across vfork(). */
static __attribute__((noinline)) pid_t give_birth(volatile struct birth *birth)
{
	pid_t pid = vfork();

	if (pid == 0)
		become_program(birth);
	return pid;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Begins stage i with `in`; *ret_next is the reading end of its output when another stage follows. */
static int begin_stage(struct stages *stages, struct request *request, unsigned i, int in,
    const char *path, int *ret_next)
{
	struct confinement *confinement = &stages->confinement;
	bool last = i + 1 == request->begin.stages;
	volatile struct birth birth = {.path = path,
	    .argv = request->argv[i],
	    .env = request->env,
	    .in = in,
	    .err = request->fds[LAUNCH_FD_ERR],
	    .order = request->fds[LAUNCH_FD_ORDER],
	    .group = i ? stages->stage[0].pid : 0,
	    .ruleset = confine_stage(confinement, request, i, path),
	    .privileged = confinement->privileged};
	int ends[2] = {-1, request->fds[LAUNCH_FD_OUT]};
	pid_t pid;

	if (!last && pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	birth.out = ends[1];
	pid = give_birth(&birth);
	if (pid < 0) {
		int error = errno;

		close_fd(&ends[0]);
		if (!last)
			close_fd(&ends[1]);
		return -error;
	}
	if (!last)
		close_fd(&ends[1]);
	if (birth.error) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		close_fd(&ends[0]);
		return birth.error;
	}
	*ret_next = ends[0];
	if (birth.unconfined)
		confine_failed(confinement, birth.unconfined);
	stages->stage[i] = (struct stage){.pid = pid};
	stages->count++;
	stages->alive++;
	return 0;
}

/* All programs are looked up before any is begun: a typing error in the last stage leaves nothing half done. */
static bool check_programs(
    struct request *request, char path[PATH_MAX], struct trouble *ret_trouble)
{
	if (chdir(request->cwd) < 0) {
		*ret_trouble = (struct trouble){0, LAUNCH_TROUBLE_CWD, errno};
		return false;
	}
	for (unsigned i = 0; i < request->begin.stages; i++) {
		int error = program_find(AT_FDCWD, request->argv[i][0], request->env, path);

		if (error) {
			*ret_trouble = (struct trouble){i, LAUNCH_TROUBLE_FIND, error};
			return false;
		}
	}
	return true;
}

/* `path` is that of the last stage already. */
static bool begin_all(struct stages *stages, struct request *request, int null_fd,
    char path[PATH_MAX], struct trouble *ret_trouble)
{
	int in = request->fds[LAUNCH_FD_IN];

	request->fds[LAUNCH_FD_IN] = -1;
	for (unsigned i = 0; i < request->begin.stages; i++) {
		int next = -1;
		int error = 0;

		if (request->begin.stages > 1)
			error = program_find(AT_FDCWD, request->argv[i][0], request->env, path);
		if (error == 0)
			error = begin_stage(stages, request, i, in < 0 ? null_fd : in, path, &next);
		close_fd(&in);
		if (error) {
			*ret_trouble = (struct trouble){i,
			    error < 0 ? LAUNCH_TROUBLE_SPAWN : LAUNCH_TROUBLE_EXEC,
			    error < 0 ? -error : error};
			return false;
		}
		in = next;
	}
	return true;
}

bool stages_begin(
    struct stages *stages, struct request *request, int null_fd, struct trouble *ret_trouble)
{
	char path[PATH_MAX];
	bool ok;

	stages->count = 0;
	stages->alive = 0;
	confine_begin(&stages->confinement, request);
	ok = check_programs(request, path, ret_trouble) &&
	    begin_all(stages, request, null_fd, path, ret_trouble);
	confine_done(&stages->confinement);
	close_fd(&request->fds[LAUNCH_FD_OUT]);
	close_fd(&request->fds[LAUNCH_FD_ERR]);
	/* Not in the way of whoever wants to unmount or remove that folder. */
	if (chdir("/") < 0)
		_exit(70);
	for (unsigned i = 0; i < stages->count; i++)
		stages->stage[i].start_ticks = tree_start_ticks(stages->stage[i].pid);
	return ok;
}

void stages_terminate(const struct stages *stages, uint64_t apart, struct tree_census *ret_census)
{
	pid_t pids[LAUNCH_STAGES_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < stages->count; i++)
		if (apart & (UINT64_C(1) << i))
			pids[count++] = stages->stage[i].pid;
	tree_terminate(pids, count, ret_census);
}

bool stages_waited(struct stages *stages, pid_t pid, int status)
{
	for (unsigned i = 0; i < stages->count; i++) {
		struct stage *stage = &stages->stage[i];

		if (stage->pid != pid || stage->exited)
			continue;
		stage->exited = true;
		stage->status = status;
		return --stages->alive == 0;
	}
	return false;
}
