/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "act/launch_parts.h"
#include "base/mem.h"

/* A launcher of an earlier life does not talk to us: what it left is looked at this often. */
static const int64_t look_every_us = 100000;

/*
 * WATCHING  the launcher has it still.
 * CLEARING  it is over, and what a failure left behind is being ended.
 * GIVING    what it printed is handed on, a piece at each turn of the loop.
 */
enum adoption_phase { WATCHING, CLEARING, GIVING };

struct adoption {
	enum adoption_phase phase;
	struct launch_process recorded;
	struct loop_timer *timer;
	bool announced; /* `started` was called */
	bool stops; /* its end is wanted, with this grace */
	int64_t grace_us;
	int64_t
	    kill_us; /* on the loop's clock: from then on survivors are killed; 0: not stopped yet */
	struct launch_note note;
	enum attempt_stream stream; /* GIVING: this one, from `file`, -1 before it is open */
	int file;
	int64_t launcher; /* WATCHING: as the last look saw it alive; else 0 */
};

static void look_again(struct launch *launch, int64_t delay_us)
{
	loop_timer_start(launch->adoption->timer, delay_us);
}

static void end(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;

	loop_timer_free(adoption->timer);
	free(adoption);
	launch->phase = PHASE_OVER;
	launch_finish(launch);
}

static bool launcher_lives(const struct launch_note *note)
{
	return note->here && launch_lives(&note->launcher);
}

/* SIGTERM with the grace, as protocol.h has it. The pidfd is taken first: what is seen to live then is what gets it. */
static void tell_launcher(const struct launch_note *note, int64_t grace_us)
{
	int64_t grace_ms = grace_us > 0 ? (grace_us + 999) / 1000 : 0;
	siginfo_t info = {.si_signo = SIGTERM, .si_code = SI_QUEUE};
	pid_t pid = (pid_t)note->launcher.pid;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = grace_ms > INT_MAX ? INT_MAX : (int)grace_ms;
	if (launcher_lives(note)) {
		if (pidfd >= 0)
			syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, &info, 0);
		else
			sigqueue(pid, SIGTERM, info.si_value);
	}
	if (pidfd >= 0)
		close(pidfd);
}

/* Whether it was confined only its launcher knew. */
static void tell_began(struct launch *launch, const struct launch_process *process)
{
	struct launch_begun begun = {.process = *process, .unconfined = ""};

	launch->adoption->announced = true;
	if (launch->events->started)
		launch->events->started(launch->self, &begun);
}

static void announce(struct launch *launch, const struct launch_note *note)
{
	struct adoption *adoption = launch->adoption;

	if (adoption->announced || note->stage_count == 0)
		return;
	tell_began(launch, &note->stages[0]);
}

/* Its launcher is gone: what lives of it is ended by us where that is wanted, TERM first, and KILL after the grace. */
static void signal_survivors(
    struct adoption *adoption, const struct launch_process *processes, size_t count)
{
	int64_t now_us = loop_clock_us();

	if (!adoption->kill_us)
		adoption->kill_us = now_us + adoption->grace_us;
	for (size_t i = 0; i < count; i++)
		if (launch_lives(&processes[i]))
			kill((pid_t)processes[i].pid,
			    now_us >= adoption->kill_us ? SIGKILL : SIGTERM);
}

/*
 * There is nobody who could tell how it ended. While it goes on it is waited for: whoever did it again would do it
 * beside itself. `run`: what the launcher wrote down before, or NULL.
 */
static void watch_survivors(struct launch *launch, const struct launch_note *run)
{
	struct adoption *adoption = launch->adoption;
	const struct launch_process *processes = &adoption->recorded;
	size_t count = processes->pid > 0;

	if (run) {
		processes = run->stages;
		count = run->here ? run->stage_count : 0;
	}
	if (launch_survivors(processes, count, launch->left)) {
		if (!adoption->announced)
			tell_began(launch, &processes[0]);
		if (adoption->stops)
			signal_survivors(adoption, processes, count);
		look_again(launch, look_every_us);
		return;
	}
	launch->end.how = LAUNCH_UNKNOWN;
	end(launch);
}

static void take_left(struct launch *launch, const struct launch_note *note)
{
	launch->end.left_count = note->left_count;
	launch->end.left_named = note->left_named;
	memcpy(launch->left, note->left, note->left_named * sizeof(note->left[0]));
}

static void begin_giving(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;

	adoption->phase = GIVING;
	adoption->stream = ATTEMPT_STDOUT;
	adoption->file = -1;
	for (size_t i = 0; i < 2; i++)
		launch->end.missing[i] = adoption->note.size[i];
	/* It is over: a launch_stop() has nothing to end. */
	launch->phase = PHASE_OVER;
	look_again(launch, 0);
}

/* The fate of it is known. */
static void take_exit(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;
	const struct launch_note *note = &adoption->note;
	struct launch_end *told = &launch->end;

	announce(launch, note);
	told->by_itself = note->waited && !note->stopped;
	launch->stopped |= note->stopped;
	take_left(launch, note);
	told->how = note->failed ? LAUNCH_REFUSED : note->waited ? LAUNCH_RAN : LAUNCH_SURVIVED;
	told->trouble = note->trouble;
	told->stage = note->stage;
	told->error = note->error;
	if (told->how == LAUNCH_RAN) {
		memcpy(launch->status, note->status, note->stage_count * sizeof(note->status[0]));
		told->status = launch->status;
		told->stage_count = note->stage_count;
		told->duration_us = note->duration_us;
	}
	if (told->how != LAUNCH_RAN || !note->left_count || launch->stopped ||
	    !launcher_lives(note) || launch_keeps(launch, told->status, told->stage_count)) {
		begin_giving(launch);
		return;
	}
	told->ended = 1;
	adoption->phase = CLEARING;
	adoption->stops = true;
	adoption->grace_us = launch->request.grace_us;
	look_again(launch, 0);
}

/* Whether both tell of one attempt: a check that is polled makes several under one number. */
static bool is_of(const struct launch_note *exit, const struct launch_note *run)
{
	return exit->stage_count >= run->stage_count &&
	    memcmp(exit->stages, run->stages, run->stage_count * sizeof(run->stages[0])) == 0;
}

/* In this order: op-N.exit is there before op-N.run is removed and before its launcher ends. */
static void watch(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;
	struct launch_note run;
	bool goes_on = launch_note_run(&launch->request, &run);
	bool lives = goes_on && launcher_lives(&run);

	adoption->launcher = lives ? run.launcher.pid : 0;
	if (launch_note_exit(&launch->request, &adoption->note) &&
	    (!goes_on || is_of(&adoption->note, &run))) {
		take_exit(launch);
		return;
	}
	if (!lives) {
		watch_survivors(launch, goes_on ? &run : NULL);
		return;
	}
	announce(launch, &run);
	/* With every look: while one is pending the kernel drops the next, and to be asked twice changes nothing. */
	if (adoption->stops)
		tell_launcher(&run, adoption->grace_us);
	look_again(launch, look_every_us);
}

/* The launcher writes its exit file once more when it is done, and ends if nothing is left. */
static void clear(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;
	bool lives = launcher_lives(&adoption->note);
	struct launch_note note;

	if (launch_note_exit(&launch->request, &note) && note.stopped) {
		take_left(launch, &note);
		begin_giving(launch);
	} else if (!lives) {
		begin_giving(launch);
	} else {
		tell_launcher(&adoption->note, adoption->grace_us);
		look_again(launch, look_every_us);
	}
}

/* The next piece of the stream, at most what was kept of it: 0 when there is none. */
static size_t read_piece(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;
	size_t given = (size_t)(adoption->note.size[adoption->stream] -
	    launch->end.missing[adoption->stream]);
	size_t wanted = (size_t)adoption->note.kept[adoption->stream] - given;
	ssize_t len;

	if (wanted > LAUNCH_CHUNK)
		wanted = LAUNCH_CHUNK;
	if (wanted && adoption->file < 0)
		adoption->file = launch_note_open(
		    &launch->request, adoption->stream == ATTEMPT_STDOUT ? "out" : "err");
	if (!wanted || adoption->file < 0)
		return 0;
	do
		len = read(adoption->file, launch->pool->chunk, wanted);
	while (len < 0 && errno == EINTR);
	return len > 0 ? (size_t)len : 0;
}

static void give(struct launch *launch)
{
	struct adoption *adoption = launch->adoption;
	size_t len = read_piece(launch);

	if (len) {
		launch->end.missing[adoption->stream] -= (int64_t)len;
		launch->events->output(
		    launch->self, adoption->stream, (struct str){launch->pool->chunk, len});
		look_again(launch, 0);
		return;
	}
	if (adoption->file >= 0)
		close(adoption->file);
	adoption->file = -1;
	if (adoption->stream == ATTEMPT_STDOUT) {
		adoption->stream = ATTEMPT_STDERR;
		look_again(launch, 0);
	} else {
		end(launch);
	}
}

static void look(void *self)
{
	struct launch *launch = self;

	switch (launch->adoption->phase) {
	case WATCHING:
		watch(launch);
		break;
	case CLEARING:
		clear(launch);
		break;
	case GIVING:
		give(launch);
		break;
	}
}

void launch_adopt_stop(struct launch *launch, int64_t grace_us)
{
	launch->adoption->stops = true;
	launch->adoption->grace_us = grace_us;
	look_again(launch, 0);
}

int64_t launch_adopt_launcher(const struct launch *launch)
{
	return launch->adoption->phase == WATCHING ? launch->adoption->launcher : 0;
}

struct launch *launch_adopt(struct launch_pool *pool, const struct launch_request *request,
    struct launch_process recorded, const struct launch_events *events, void *self)
{
	struct launch *launch = mem_alloc(sizeof(*launch));

	assert(request->stage_count > 0 && request->stage_count <= LAUNCH_STAGES_MAX);
	assert(request->stdin_fd < 0 && request->stdout_fd < 0);
	launch->pool = pool;
	launch->request = *request;
	launch->events = events;
	launch->self = self;
	launch->phase = PHASE_RUNNING;
	launch->adoption = mem_alloc(sizeof(*launch->adoption));
	launch->adoption->recorded = recorded;
	launch->adoption->timer = loop_timer_new(pool->loop, look, launch);
	look_again(launch, 0);
	return launch;
}
