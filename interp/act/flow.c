/* SPDX-License-Identifier: Apache-2.0 */
#include "act/flow.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/units.h"
#include "launch/kin.h"

/* Looked at in one look: processes, threads of each, and files of all of them together. */
enum { PROCESSES_MOST = 64, THREADS_MOST = 256, FILES_MOST = 16 };

/* What a process reads beside the file that it is about: its libraries, its settings. */
static const int64_t beside = 16 << 20;

/* A large file that is open for reading, by whoever stands farthest in it. */
struct file {
	uint64_t device;
	uint64_t inode;
	int64_t at;
	int64_t size;
};

struct flow {
	struct file files[FILES_MOST]; /* as the last look saw them */
	size_t count;
	struct file told; /* the one that was told of; size 0: none */
	int64_t pace; /* in it, from one look to the next, at most */
	int64_t
	    told_bytes; /* what the process that moves most had moved by then, or has since, if that is less */
	struct kin kin;
};

/* One look under way. */
struct look {
	struct flow *flow;
	struct file files[FILES_MOST];
	size_t count;
	int64_t bytes; /* that went through the process that moved most */
	bool new; /* there is a file of which nobody knows yet whether it is read on */
};

struct flow *flow_new(void)
{
	return mem_alloc(sizeof(struct flow));
}

void flow_free(struct flow *flow)
{
	free(flow);
}

/* The word behind a key at the beginning of a line, empty when there is none. */
static struct str word_behind(struct str text, struct str key)
{
	struct str line;

	while (str_line(&text, &line))
		if (str_starts(line, key))
			return str_trim(str_sub(line, key.len, line.len));
	return STR("");
}

static int64_t number_behind(struct str text, struct str key)
{
	int64_t number;

	return units_int(word_behind(text, key), &number) && number >= 0 ? number : -1;
}

int64_t flow_position(struct str fdinfo)
{
	struct str flags = word_behind(fdinfo, STR("flags:"));
	int64_t bits = 0;

	if (!flags.len || flags.len > 20)
		return -1;
	for (size_t i = 0; i < flags.len; i++) {
		if (flags.ptr[i] < '0' || flags.ptr[i] > '7')
			return -1;
		bits = bits << 3 | (flags.ptr[i] - '0');
	}
	if ((bits & O_ACCMODE) != O_RDONLY || (bits & O_PATH))
		return -1;
	return number_behind(fdinfo, STR("pos:"));
}

int64_t flow_bytes(struct str io)
{
	int64_t in = number_behind(io, STR("rchar:"));
	int64_t out = number_behind(io, STR("wchar:"));

	return in > out ? in : out;
}

/* One of the small files of /proc, as far as it fits; empty when it cannot be read. */
static struct str read_small(int folder, const char *path, char *bytes, size_t size)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? 0 : read(fd, bytes, size);

	if (fd >= 0)
		close(fd);
	return (struct str){bytes, len > 0 ? (size_t)len : 0};
}

static struct file *find(struct file *files, size_t count, const struct file *file)
{
	for (size_t i = 0; i < count; i++)
		if (files[i].device == file->device && files[i].inode == file->inode)
			return &files[i];
	return NULL;
}

static void meet(struct look *look, const struct file *file)
{
	struct file *known = find(look->files, look->count, file);

	if (known && known->at < file->at)
		*known = *file;
	else if (!known && look->count < FILES_MOST)
		look->files[look->count++] = *file;
}

/*
 * A descriptor. Whoever has read much more than where it stands in a file is about more than that one, of which nobody
 * knows how much it is. The size is what this machine knows of it: no server is asked, which might not answer.
 */
static void look_at_descriptor(struct look *look, int process, const char *name, int64_t bytes)
{
	char path[64];
	char text[1024];
	struct statx stat;
	struct file file;

	snprintf(path, sizeof(path), "fd/%.20s", name);
	if (statx(process, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE | STATX_INO, &stat) <
		0 ||
	    !S_ISREG(stat.stx_mode) || stat.stx_size < FLOW_LEAST || stat.stx_size > INT64_MAX)
		return;
	snprintf(path, sizeof(path), "fdinfo/%.20s", name);
	file = (struct file){.device = (uint64_t)stat.stx_dev_major << 32 | stat.stx_dev_minor,
	    .inode = stat.stx_ino,
	    .at = flow_position(read_small(process, path, text, sizeof(text))),
	    .size = (int64_t)stat.stx_size};
	if (file.at > 0 && file.at >= bytes / 2 - beside)
		meet(look, &file);
}

static DIR *open_folder(int process, const char *name)
{
	int fd = openat(process, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		close(fd);
	return folder;
}

static void look_at_descriptors(struct look *look, int process, int64_t bytes)
{
	DIR *folder = open_folder(process, "fd");
	const struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			look_at_descriptor(look, process, entry->d_name, bytes);
	if (folder)
		closedir(folder);
}

/*
 * What its threads have moved. The process's own sum holds what the children did for which it has waited: a shell's
 * counts each byte of a pipe that is over once for each end of it.
 */
static int64_t bytes_of(int process)
{
	DIR *folder = open_folder(process, "task");
	const struct dirent *entry;
	int64_t sum = 0;

	for (int i = 0; folder && i < THREADS_MOST && (entry = readdir(folder)); i++) {
		char path[64];
		char text[1024];
		int64_t bytes;

		snprintf(path, sizeof(path), "task/%.20s/io", entry->d_name);
		bytes = entry->d_name[0] == '.'
		    ? 0
		    : flow_bytes(read_small(process, path, text, sizeof(text)));
		if (bytes > 0 && bytes <= INT64_MAX - sum)
			sum += bytes;
	}
	if (folder)
		closedir(folder);
	return sum;
}

static void look_at_process(struct look *look, pid_t pid)
{
	char path[32];
	int64_t bytes;
	int process;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	process = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (process < 0)
		return;
	bytes = bytes_of(process);
	if (bytes > look->bytes)
		look->bytes = bytes;
	look_at_descriptors(look, process, bytes);
	close(process);
}

/*
 * The largest file that was read on since the last look. The one that was told of stays, though it stands still: then
 * those who take what was read are slow.
 */
static const struct file *choose(struct look *look)
{
	struct flow *flow = look->flow;
	const struct file *best = NULL;

	for (size_t i = 0; i < look->count; i++) {
		const struct file *file = &look->files[i];
		const struct file *before = find(flow->files, flow->count, file);
		bool stays = find(&flow->told, flow->told.size > 0, file) != NULL;

		/* who stands at its end already waits for what others will write to it */
		look->new |= !before && file->at < file->size;
		if (!before || file->at < before->at)
			continue;
		stays |= file->at > before->at && before->at < before->size;
		if (stays && (!best || file->size > best->size))
			best = file;
	}
	return best;
}

/* This is the one that is told of. */
static void take(const struct look *look, const struct file *file)
{
	struct flow *flow = look->flow;

	if (!find(&flow->told, flow->told.size > 0, file))
		flow->pace = 0;
	else if (file->at - flow->told.at > flow->pace)
		flow->pace = file->at - flow->told.at;
	flow->told = *file;
	flow->told_bytes = look->bytes;
}

static void tell_file(const struct flow *flow, struct progress *ret_progress)
{
	const struct file *file = &flow->told;

	*ret_progress = (struct progress){
	    .done = file->at < file->size ? file->at : file->size, .total = file->size};
}

/*
 * No file is read on. What was told of last was closed: at its end, where that was in reach, else where it stood. Until
 * something else flows, that is how far it has come.
 */
static bool tell_bytes(const struct look *look, struct progress *ret_progress)
{
	struct flow *flow = look->flow;

	if (look->bytes < flow->told_bytes)
		flow->told_bytes = look->bytes;
	if (flow->told.size && look->bytes <= flow->told_bytes + beside) {
		if (flow->told.size - flow->told.at <= 2 * flow->pace)
			flow->told.at = flow->told.size;
		tell_file(flow, ret_progress);
		return true;
	}
	if (look->new || look->bytes < FLOW_LEAST)
		return false;
	flow->told.size = 0;
	*ret_progress = (struct progress){.done = look->bytes};
	return true;
}

bool flow_look(struct flow *flow, int64_t launcher, struct progress *ret_progress)
{
	struct look look = {.flow = flow};
	const struct file *best;

	flow->kin.count = 0;
	kin_add_children(&flow->kin, (pid_t)launcher);
	for (unsigned i = 0; i < flow->kin.count && i < PROCESSES_MOST; i++) {
		kin_add_children(&flow->kin, flow->kin.met[i].pid);
		look_at_process(&look, flow->kin.met[i].pid);
	}
	best = choose(&look);
	memcpy(flow->files, look.files, look.count * sizeof(look.files[0]));
	flow->count = look.count;
	if (!best)
		return tell_bytes(&look, ret_progress);
	take(&look, best);
	tell_file(flow, ret_progress);
	return true;
}
