/* SPDX-License-Identifier: Apache-2.0 */
#include "launch/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A stream's file: its first half fills once, its second is a ring. */
enum { HALF = LAUNCH_RESCUE_MAX / 2, CHUNK = 32 << 10, NAME_ROOM = 48 };

void rescue_begin(struct rescue *rescue, uint32_t op, const char *run_dir, int out, int err)
{
	rescue->op = op;
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

/* Puts bytes where position `at` of the stream lives. */
static void put(const struct drain *drain, const char *bytes, size_t len, uint64_t at)
{
	while (len && drain->file >= 0) {
		uint64_t place = at < HALF ? at : HALF + (at - HALF) % HALF;
		uint64_t room = at < HALF ? HALF - place : LAUNCH_RESCUE_MAX - place;
		size_t part = len < room ? len : (size_t)room;
		ssize_t written = pwrite(drain->file, bytes, part, (off_t)place);

		if (written <= 0)
			return;
		bytes += written;
		len -= (size_t)written;
		at += (uint64_t)written;
	}
}

bool rescue_read(struct rescue *rescue, struct drain *drain)
{
	char bytes[CHUNK];
	bool any = false;

	/* The interpreter may have died before it came to that. */
	if (drain->pipe >= 0 && !drain->ready)
		drain->ready = fcntl(drain->pipe, F_SETFL, O_NONBLOCK) == 0;
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
		if (drain->file < 0 && drain->size == 0)
			drain->file = create(rescue, drain->name);
		put(drain, bytes, (size_t)len, drain->size);
		drain->size += (uint64_t)len;
		any = true;
		if ((size_t)len < sizeof(bytes))
			break;
	}
	return any;
}

bool rescue_dry(const struct rescue *rescue)
{
	return rescue->out.pipe < 0 && rescue->err.pipe < 0;
}

/* Copies `len` bytes from one place of a file to the end of another. */
static bool copy(int from, off_t at, uint64_t len, int to)
{
	char bytes[CHUNK];

	while (len) {
		size_t part = len < sizeof(bytes) ? (size_t)len : sizeof(bytes);
		ssize_t got = pread(from, bytes, part, at);

		if (got <= 0 || write(to, bytes, (size_t)got) != got)
			return false;
		at += got;
		len -= (uint64_t)got;
	}
	return true;
}

/* Unrolls a ring that has gone round into a file that reads from front to back. */
static void bring_in_order(const struct rescue *rescue, struct drain *drain)
{
	char path[PATH_MAX + NAME_ROOM];
	char part[PATH_MAX + NAME_ROOM];
	off_t oldest = HALF + (off_t)((drain->size - HALF) % HALF);
	int file;

	if (drain->file < 0 || drain->size <= LAUNCH_RESCUE_MAX)
		return;
	file = create(rescue, drain == &rescue->out ? "out.part" : "err.part");
	if (file < 0)
		return;
	make_path(rescue, drain->name, path);
	make_path(rescue, drain == &rescue->out ? "out.part" : "err.part", part);
	if (copy(drain->file, 0, HALF, file) &&
	    copy(drain->file, oldest, (uint64_t)(LAUNCH_RESCUE_MAX - oldest), file) &&
	    copy(drain->file, HALF, (uint64_t)(oldest - HALF), file) && rename(part, path) == 0) {
		close(drain->file);
		drain->file = file;
		return;
	}
	unlink(part);
	close(file);
}

static void close_file(const struct rescue *rescue, struct drain *drain)
{
	bring_in_order(rescue, drain);
	if (drain->file >= 0)
		close(drain->file);
	drain->file = -1;
}

static const char *const trouble_names[] = {
    [LAUNCH_TROUBLE_CWD] = "cwd",
    [LAUNCH_TROUBLE_FIND] = "find",
    [LAUNCH_TROUBLE_EXEC] = "exec",
    [LAUNCH_TROUBLE_SPAWN] = "spawn",
    [LAUNCH_TROUBLE_REQUEST] = "request",
};

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

static void put_stages(FILE *file, const struct stages *stages)
{
	long long pid = stages->count ? (long long)stages->stage[0].pid : 0;
	long long ticks = stages->count ? (long long)stages->stage[0].start_ticks : 0;

	fprintf(file, "\"pid\":%lld,\"start_ticks\":%lld,\"stages\":[", pid, ticks);
	for (unsigned i = 0; i < stages->count; i++) {
		const struct stage *stage = &stages->stage[i];

		fprintf(file, "%s{\"pid\":%d,\"exit_code\":", i ? "," : "", (int)stage->pid);
		if (stage->exited && WIFEXITED(stage->status))
			fprintf(file, "%d,\"signal\":null}", WEXITSTATUS(stage->status));
		else if (stage->exited)
			fprintf(file, "null,\"signal\":%d}", WTERMSIG(stage->status));
		else
			fputs("null,\"signal\":null}", file);
	}
	fputs("],", file);
}

static void put_drain(FILE *file, const struct drain *drain)
{
	unsigned long long size = drain->size;
	unsigned long long kept = size > LAUNCH_RESCUE_MAX ? LAUNCH_RESCUE_MAX : size;

	fprintf(file, ",\"%s\":{\"size\":%llu,\"kept\":%llu}", drain->name, size,
	    drain->file < 0 ? 0 : kept);
}

static void put_end(FILE *file, const struct rescue *rescue, const struct rescue_end *end)
{
	fprintf(file, "{\"version\":1,\"op\":%u,", (unsigned)rescue->op);
	put_stages(file, end->stages);
	if (end->failed)
		fprintf(file, "\"failed\":{\"stage\":%u,\"trouble\":\"%s\",\"errno\":%d}",
		    end->failed->stage, trouble_names[end->failed->what], end->failed->error);
	else
		fputs("\"failed\":null", file);
	fprintf(file, ",\"stopped\":%s", end->stopped ? "true" : "false");
	put_drain(file, &rescue->out);
	put_drain(file, &rescue->err);
	fputs(",\"left\":[", file);
	for (unsigned i = 0; i < end->left->named; i++) {
		fprintf(file, "%s{\"pid\":%lld,\"command\":", i ? "," : "",
		    (long long)end->left->left[i].pid);
		put_text(file, end->left->left[i].command);
		fputc('}', file);
	}
	fputs("]}\n", file);
}

void rescue_leave(struct rescue *rescue, const struct rescue_end *end)
{
	char path[PATH_MAX + NAME_ROOM];
	char part[PATH_MAX + NAME_ROOM];
	int fd = create(rescue, "exit.part");
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok;

	if (file)
		put_end(file, rescue, end);
	close_file(rescue, &rescue->out);
	close_file(rescue, &rescue->err);
	if (!file)
		return;
	ok = fflush(file) == 0 && !ferror(file) && fsync(fd) == 0;
	fclose(file);
	make_path(rescue, "exit.part", part);
	make_path(rescue, "exit", path);
	if (ok)
		rename(part, path);
	else
		unlink(part);
}

void rescue_done(struct rescue *rescue)
{
	struct drain *drains[] = {&rescue->out, &rescue->err};

	for (size_t i = 0; i < 2; i++) {
		if (drains[i]->pipe >= 0)
			close(drains[i]->pipe);
		drains[i]->pipe = -1;
		close_file(rescue, drains[i]);
	}
}
