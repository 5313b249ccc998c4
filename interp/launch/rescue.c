/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A stream's file: its first half fills once, its second is a ring. */
enum { HALF = LAUNCH_RESCUE_MAX / 2, CHUNK = 32 << 10, NAME_ROOM = 48 };

void rescue_begin(struct rescue *rescue, uint32_t op, const char *run_dir, int out, int err)
{
	rescue->op = op;
	rescue->goes_on = false;
	snprintf(rescue->run_dir, sizeof(rescue->run_dir), "%s", run_dir);
	rescue->out = (struct drain){.pipe = out, .file = -1, .name = "out"};
	rescue->err = (struct drain){.pipe = err, .file = -1, .name = "err"};
}

static void make_path(
    const struct rescue *rescue, const char *suffix, char path[PATH_MAX + NAME_ROOM])
{
	snprintf(path, PATH_MAX + NAME_ROOM, "%s/op-%u.%s", rescue->run_dir, (unsigned)rescue->op,
	    suffix);
}

static int create(const struct rescue *rescue, const char *suffix)
{
	char path[PATH_MAX + NAME_ROOM];

	if (!rescue->run_dir[0])
		return -1;
	make_path(rescue, suffix, path);
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Puts bytes where their position in the stream lives. */
static void put(struct drain *drain, const char *bytes, size_t len)
{
	while (len && drain->file >= 0) {
		uint64_t at = drain->stored;
		uint64_t place = at < HALF ? at : HALF + (at - HALF) % HALF;
		uint64_t room = at < HALF ? HALF - place : LAUNCH_RESCUE_MAX - place;
		size_t part = len < room ? len : (size_t)room;
		ssize_t written = pwrite(drain->file, bytes, part, (off_t)place);

		if (written <= 0)
			return;
		bytes += written;
		len -= (size_t)written;
		drain->stored += (uint64_t)written;
	}
}

static void take(const struct rescue *rescue, struct drain *drain, const char *bytes, size_t len)
{
	if (drain->over)
		return;
	if (drain->file < 0 && drain->size == 0)
		drain->file = create(rescue, drain->name);
	if (drain->stored == drain->size)
		put(drain, bytes, len);
	drain->size += len;
}

bool rescue_read(struct rescue *rescue, struct drain *drain)
{
	char bytes[CHUNK];
	bool any = false;
	int there = 0;

	/* The interpreter may have died before it came to that. */
	if (drain->pipe >= 0 && !drain->ready)
		drain->ready = fcntl(drain->pipe, F_SETFL, O_NONBLOCK) == 0;
	/* Not more than that: a writer may be faster than we are. */
	if (drain->pipe >= 0)
		ioctl(drain->pipe, FIONREAD, &there);
	while (drain->pipe >= 0) {
		ssize_t len = read(drain->pipe, bytes, sizeof(bytes));

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			break;
		if (len <= 0) {
			close(drain->pipe);
			drain->pipe = -1;
			break;
		}
		take(rescue, drain, bytes, (size_t)len);
		any = true;
		there -= (int)len;
		if (there <= 0)
			break;
	}
	return any;
}

/* Turns a ring that has gone round, so that the file reads from front to back. What cannot be turned is cut off. */
static void bring_in_order(struct drain *drain)
{
	off_t oldest = HALF + (off_t)((drain->stored - HALF) % HALF);
	ssize_t older = LAUNCH_RESCUE_MAX - oldest;
	ssize_t newer = oldest - HALF;
	char *ring = malloc(HALF);

	if (!ring || pread(drain->file, ring, (size_t)older, oldest) != older ||
	    pread(drain->file, ring + older, (size_t)newer, HALF) != newer ||
	    pwrite(drain->file, ring, HALF, HALF) != HALF)
		drain->stored = ftruncate(drain->file, HALF) == 0 ? HALF : 0;
	free(ring);
}

static void close_file(struct drain *drain)
{
	if (drain->file >= 0 && drain->stored > LAUNCH_RESCUE_MAX)
		bring_in_order(drain);
	if (drain->file >= 0)
		close(drain->file);
	drain->file = -1;
	drain->over = true;
}

static void remove_file(const struct rescue *rescue, const char *suffix)
{
	char path[PATH_MAX + NAME_ROOM];

	make_path(rescue, suffix, path);
	unlink(path);
}

void rescue_forget(struct rescue *rescue)
{
	struct drain *drains[] = {&rescue->out, &rescue->err};

	for (size_t i = 0; i < 2; i++) {
		if (drains[i]->file >= 0)
			remove_file(rescue, drains[i]->name);
		drains[i]->stored = 0;
		close_file(drains[i]);
	}
}

static const char *const trouble_names[] = LAUNCH_TROUBLE_NAMES;

/* Bytes that JSON cannot carry as they are become question marks: this text is for people. */
static void put_text(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? '?' : *text, file);
	}
	fputc('"', file);
}

static void put_stage(FILE *file, const struct stage *stage)
{
	bool signaled = stage->exited && WIFSIGNALED(stage->status);

	fprintf(file, "{\"pid\":%d,\"start_ticks\":%lld,", (int)stage->pid,
	    (long long)stage->start_ticks);
	if (stage->exited && !signaled)
		fprintf(file, "\"exit_code\":%d,\"signal\":null", WEXITSTATUS(stage->status));
	else if (signaled)
		fprintf(file, "\"exit_code\":null,\"signal\":%d", WTERMSIG(stage->status));
	else
		fputs("\"exit_code\":null,\"signal\":null", file);
	fprintf(file, ",\"core\":%s}", signaled && WCOREDUMP(stage->status) ? "true" : "false");
}

static void put_stages(FILE *file, const struct stages *stages)
{
	const struct stage *first = &stages->stage[0];

	fprintf(file, "\"pid\":%lld,\"start_ticks\":%lld,\"stages\":[",
	    stages->count ? (long long)first->pid : 0,
	    stages->count ? (long long)first->start_ticks : 0);
	for (unsigned i = 0; i < stages->count; i++) {
		if (i)
			fputc(',', file);
		put_stage(file, &stages->stage[i]);
	}
	fputs("],", file);
}

/* What makes numbers of processes mean something: this boot, and this pid namespace. */
static void put_world(FILE *file)
{
	char boot[64] = "";
	char space[64] = "";
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, boot, sizeof(boot) - 1) < 0)
			boot[0] = '\0';
		close(fd);
	}
	boot[strcspn(boot, "\n")] = '\0';
	if (readlink("/proc/self/ns/pid", space, sizeof(space) - 1) < 0)
		space[0] = '\0';
	fputs("\"boot_id\":", file);
	put_text(file, boot);
	fputs(",\"pid_namespace\":", file);
	put_text(file, space);
	fputc(',', file);
}

/* What both documents begin with. */
static void put_head(
    FILE *file, const struct rescue *rescue, const struct stages *stages, bool stopped)
{
	fprintf(file, "{\"version\":%d,\"op\":%u,", LAUNCH_NOTE_VERSION, (unsigned)rescue->op);
	fprintf(file, "\"launcher\":{\"pid\":%d,\"start_ticks\":%lld},", (int)getpid(),
	    (long long)tree_start_ticks(getpid()));
	put_world(file);
	put_stages(file, stages);
	fprintf(file, "\"stopped\":%s", stopped ? "true" : "false");
}

static void put_drain(FILE *file, const struct drain *drain)
{
	unsigned long long kept = drain->stored;

	fprintf(file, ",\"%s\":{\"size\":%llu,\"kept\":%llu}", drain->name,
	    (unsigned long long)drain->size, kept > LAUNCH_RESCUE_MAX ? LAUNCH_RESCUE_MAX : kept);
}

static void put_end(FILE *file, const struct rescue *rescue, const struct rescue_end *end)
{
	if (end->duration_us >= 0)
		fprintf(file, ",\"duration_us\":%lld", (long long)end->duration_us);
	else
		fputs(",\"duration_us\":null", file);
	if (end->failed)
		fprintf(file, ",\"failed\":{\"stage\":%u,\"trouble\":\"%s\",\"errno\":%d}",
		    end->failed->stage, trouble_names[end->failed->what], end->failed->error);
	else
		fputs(",\"failed\":null", file);
	put_drain(file, &rescue->out);
	put_drain(file, &rescue->err);
	fprintf(file, ",\"left_count\":%u,\"left\":[", end->left->alive);
	for (unsigned i = 0; i < end->left->named; i++) {
		fprintf(file, "%s{\"pid\":%lld,\"command\":", i ? "," : "",
		    (long long)end->left->left[i].pid);
		put_text(file, end->left->left[i].command);
		fputc('}', file);
	}
	fputc(']', file);
}

/*
 * Writes a document, without `end` op-N.run, and puts it in place; false when that cannot be done. Only an end must
 * outlive the machine's.
 */
static bool place(const struct rescue *rescue, const struct stages *stages, bool stopped,
    const struct rescue_end *end)
{
	char path[PATH_MAX + NAME_ROOM];
	char part[PATH_MAX + NAME_ROOM];
	int fd = create(rescue, end ? "exit.part" : "run.part");
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (!file && fd >= 0)
		close(fd);
	if (!file)
		return false;
	put_head(file, rescue, stages, stopped);
	if (end)
		put_end(file, rescue, end);
	fputs("}\n", file);
	ok = fflush(file) == 0 && !ferror(file) && (!end || fsync(fd) == 0);
	fclose(file);
	make_path(rescue, end ? "exit.part" : "run.part", part);
	make_path(rescue, end ? "exit" : "run", path);
	ok = ok && rename(part, path) == 0;
	if (!ok)
		unlink(part);
	return ok;
}

bool rescue_go_on(struct rescue *rescue, const struct stages *stages, bool stopped)
{
	rescue->goes_on = true;
	return place(rescue, stages, stopped, NULL);
}

void rescue_leave(
    struct rescue *rescue, const struct stages *stages, bool stopped, const struct rescue_end *end)
{
	close_file(&rescue->out);
	close_file(&rescue->err);
	place(rescue, stages, stopped, end);
	/* Even where the other could not be written: nothing goes on, and nobody is to wait for it. */
	if (rescue->goes_on)
		remove_file(rescue, "run");
}

void rescue_done(struct rescue *rescue)
{
	struct drain *drains[] = {&rescue->out, &rescue->err};

	for (size_t i = 0; i < 2; i++) {
		if (drains[i]->pipe >= 0)
			close(drains[i]->pipe);
		drains[i]->pipe = -1;
		close_file(drains[i]);
	}
}
