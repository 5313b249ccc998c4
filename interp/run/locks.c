/* SPDX-License-Identifier: Apache-2.0 */
#include "run/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* Another run does not tell us when it is done: it is asked this often. */
enum { ASK_EVERY_US = 250000, HOLDER_MAX = PATH_MAX + 200, EVERYBODY = 01777, ANYBODY = 0666 };

struct wish {
	struct wish *next;
	uint32_t id;
	char *name;
	int fd; /* -1: not open yet */
	bool held;
	bool waited;
	int64_t orphan; /* a process that goes on under it, although its run has died; 0: none */
};

struct locks {
	struct locks_options options;
	struct wish *wishes;
	struct loop_timer *timer;
	char *folder; /* NULL: not chosen yet */
};

static void try_all(void *self);

struct locks *locks_new(const struct locks_options *options)
{
	struct locks *locks = mem_alloc(sizeof(*locks));

	locks->options = *options;
	locks->timer = loop_timer_new(options->loop, try_all, locks);
	return locks;
}

static void wish_free(struct wish *wish)
{
	if (wish->held && ftruncate(wish->fd, 0) < 0)
		wish->held = false; /* whoever comes next looks for us, and finds nobody */
	if (wish->fd >= 0)
		close(wish->fd); /* gives it back */
	free(wish->name);
	free(wish);
}

void locks_free(struct locks *locks)
{
	if (!locks)
		return;
	while (locks->wishes) {
		struct wish *wish = locks->wishes;

		locks->wishes = wish->next;
		wish_free(wish);
	}
	loop_timer_free(locks->timer);
	free(locks->folder);
	free(locks);
}

/* A folder that is there, or was made; everybody may put files into it. */
static bool usable(const char *folder, mode_t mode)
{
	if (mkdir(folder, mode) == 0)
		chmod(folder, mode); /* the umask is for files of our own */
	return access(folder, W_OK | X_OK) == 0;
}

static const char *folder_of(struct locks *locks)
{
	static const char common[] = "/run/lock/reprise";
	const char *given = getenv("REPRISE_LOCKS");

	if (locks->folder)
		return locks->folder;
	if (given && given[0])
		locks->folder = mem_strdup(given);
	else
		locks->folder = mem_strdup(
		    usable(common, EVERYBODY) ? common : locks->options.folder);
	usable(locks->folder, given ? EVERYBODY : S_IRWXU);
	return locks->folder;
}

/*
 * Opens the file, never through a link that somebody put there. It is opened before it is made: a kernel that protects
 * sticky folders refuses O_CREAT for a file of somebody else's.
 */
static int open_file(const char *path)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY;
	int fd = -1;

	for (int tries = 0; tries < 2 && fd < 0; tries++) {
		fd = open(path, flags);
		if (fd < 0 && errno == ENOENT) {
			fd = open(path, flags | O_CREAT | O_EXCL, ANYBODY);
			if (fd >= 0)
				fchmod(fd, ANYBODY);
		}
	}
	return fd;
}

static void answer(struct locks *locks, const struct wish *wish, struct str why)
{
	struct message message = {.type = MESSAGE_ACQUIRED};

	message.acquired.id = wish->id;
	message.acquired.waited = wish->waited;
	message.acquired.why = why;
	engine_post(locks->options.engine, &message);
}

/* For whoever comes next. That it could not be written is no reason not to hold the lock. */
static void write_holder(const struct locks *locks, int fd)
{
	char host[64] = "";
	char line[HOLDER_MAX];
	int len;

	gethostname(host, sizeof(host) - 1);
	len = snprintf(line, sizeof(line), "run %s (pid %ld on %s)\n%s\n", locks->options.run,
	    (long)getpid(), host, locks->options.dir);
	if (len > 0 && (size_t)len < sizeof(line) && ftruncate(fd, 0) == 0 &&
	    pwrite(fd, line, (size_t)len, 0) < 0)
		return;
}

/* Who took it last, and the folder of that run; empty where that is not said. */
static void read_holder(const struct wish *wish, char holder[HOLDER_MAX], const char **ret_dir)
{
	ssize_t len = pread(wish->fd, holder, HOLDER_MAX - 1, 0);
	size_t end;

	holder[len > 0 ? len : 0] = '\0';
	end = strcspn(holder, "\n");
	*ret_dir = "";
	if (!holder[end])
		return;
	holder[end] = '\0';
	*ret_dir = holder + end + 1;
	holder[end + 1 + strcspn(*ret_dir, "\n")] = '\0';
}

static void say_holder(const struct wish *wish, struct buf *out)
{
	char holder[HOLDER_MAX];
	const char *dir;

	read_holder(wish, holder, &dir);
	buf_printf(out, "waiting for the lock %s, held by %s", wish->name,
	    holder[0] ? holder : "somebody else");
	if (wish->orphan)
		buf_printf(out,
		    ", which was cut off, and whose process %lld goes on (reprise resume goes on "
		    "with "
		    "that run)",
		    (long long)wish->orphan);
}

/* Whoever held it has died without giving it back, and something that it began under it may go on. */
static bool is_orphaned(const struct locks *locks, struct wish *wish)
{
	char own[HOLDER_MAX];
	char holder[HOLDER_MAX];
	const char *dir;

	read_holder(wish, holder, &dir);
	snprintf(own, sizeof(own), "run %s (", locks->options.run);
	wish->orphan = dir[0] == '/' && strncmp(holder, own, strlen(own)) != 0 ? launch_goes_on(dir)
									       : 0;
	return wish->orphan != 0;
}

static void tell_holder(struct locks *locks, const struct wish *wish)
{
	struct message note = {.type = MESSAGE_NOTE};
	struct buf text;

	buf_init(&text, BUF_UNBOUNDED);
	say_holder(wish, &text);
	note.note.who = STR("reprise");
	note.note.text = buf_view(&text);
	engine_aside(locks->options.engine, &note);
	buf_done(&text);
}

/* The path is ours to make: names were checked when the runbook was read. */
static bool open_wish(struct locks *locks, struct wish *wish, struct buf *why)
{
	struct buf path;
	bool ok;

	if (wish->fd >= 0)
		return true;
	buf_init(&path, BUF_UNBOUNDED);
	buf_printf(&path, "%s/%s.lock", folder_of(locks), wish->name);
	buf_byte(&path, '\0');
	wish->fd = open_file(path.ptr);
	ok = wish->fd >= 0;
	if (!ok)
		buf_printf(why, "cannot open %s: %s", path.ptr, strerror(errno));
	buf_done(&path);
	return ok;
}

/* False with a sentence when something is wrong, without one when somebody else has it. */
static bool take(struct locks *locks, struct wish *wish, struct buf *why)
{
	if (!open_wish(locks, wish, why))
		return false;
	if (flock(wish->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			buf_printf(why, "flock: %s", strerror(errno));
		wish->orphan = 0;
		return false;
	}
	if (is_orphaned(locks, wish)) {
		flock(wish->fd, LOCK_UN);
		return false;
	}
	wish->held = true;
	write_holder(locks, wish->fd);
	return true;
}

/* One that nobody answers for yet; true when it was answered, so that the list may be another. */
static bool try_one(struct locks *locks, struct wish *wish)
{
	struct buf why;
	bool taken;

	buf_init(&why, BUF_UNBOUNDED);
	taken = take(locks, wish, &why);
	if (taken) {
		answer(locks, wish, (struct str){0});
	} else if (why.len) {
		struct wish **link = &locks->wishes;

		while (*link != wish)
			link = &(*link)->next;
		*link = wish->next;
		answer(locks, wish, buf_view(&why));
		wish_free(wish);
	} else if (!wish->waited) {
		wish->waited = true;
		tell_holder(locks, wish);
	}
	taken |= why.len > 0;
	buf_done(&why);
	return taken;
}

static void try_all(void *self)
{
	struct locks *locks = self;
	struct wish *wish = locks->wishes;
	bool wanting = false;

	while (wish) {
		if (wish->held) {
			wish = wish->next;
		} else if (try_one(locks, wish)) {
			wish = locks->wishes; /* what follows from an answer may release others */
			wanting = false;
		} else {
			wanting = true;
			wish = wish->next;
		}
	}
	if (wanting)
		loop_timer_start(locks->timer, ASK_EVERY_US);
}

static struct wish *add(struct locks *locks, const struct message *acquire)
{
	struct wish *wish = mem_alloc(sizeof(*wish));
	struct wish **last = &locks->wishes;

	wish->id = acquire->lock.id;
	wish->name = mem_strndup(acquire->lock.lock.ptr, acquire->lock.lock.len);
	wish->fd = -1;
	while (*last)
		last = &(*last)->next;
	*last = wish;
	return wish;
}

void locks_acquire(struct locks *locks, const struct message *acquire)
{
	add(locks, acquire);
	loop_timer_start(locks->timer, 0);
}

bool locks_retake(struct locks *locks, const struct message *acquire, struct buf *why)
{
	struct wish *wish = add(locks, acquire);
	bool taken = take(locks, wish, why);

	if (!taken && !why->len)
		say_holder(wish, why);
	if (!taken)
		locks_release(locks, acquire);
	return taken;
}

void locks_release(struct locks *locks, const struct message *release)
{
	struct wish **link = &locks->wishes;
	struct wish *wish;

	while (*link && (*link)->id != release->lock.id)
		link = &(*link)->next;
	wish = *link;
	if (!wish)
		return;
	*link = wish->next;
	wish_free(wish);
	if (locks->wishes) /* somebody of this run may have waited for it */
		loop_timer_start(locks->timer, 0);
}
