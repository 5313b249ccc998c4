/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Stands between the interpreter and two calls of the system, in a program of the tests alone (the linker's --wrap),
 * and kills the process at a chosen moment, as a power switch would:
 *
 *   FAULT_LINE=N    when so many lines are in the transcript, and nothing behind them
 *   FAULT_TORN=N    the same, with half of the next line behind them
 *                   (never between the end of a run and its seal: they are one write)
 *   FAULT_SYNC=N    before the disk has what the Nth sync asks for; a negative number: behind it
 */
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

static long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : 0;
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* Where line number `count` of the text ends; NULL when it has fewer. */
static const char *end_of_line(const char *text, size_t len, long count)
{
	const char *end = text + len;

	for (; count > 0 && text; count--) {
		text = memchr(text, '\n', (size_t)(end - text));
		text = text ? text + 1 : NULL;
	}
	return text;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	static long written; /* by the one thread that writes transcripts */
	static const char head[] = "{\"seq\":";
	static const char finished[] = "\"type\":\"run.finished\"";
	static const char seal[] = "\"type\":\"seal\"";
	long torn = setting("FAULT_TORN");
	long wanted = torn ? torn : setting("FAULT_LINE");
	const char *text = bytes;
	const char *cut;

	if (!wanted || len < sizeof(head) || memcmp(text, head, sizeof(head) - 1) != 0)
		return __real_write(fd, bytes, len);
	cut = wanted >= written ? end_of_line(text, len, wanted - written) : NULL;
	if (cut && memmem(cut, (size_t)(text + len - cut), seal, sizeof(seal) - 1) &&
	    !memmem(cut, (size_t)(text + len - cut), finished, sizeof(finished) - 1))
		cut = text + len;
	if (cut && torn && cut < text + len)
		cut += (memchr(cut, '\n', (size_t)(text + len - cut)) - (void *)cut) / 2 + 1;
	if (cut) {
		if (__real_write(fd, text, (size_t)(cut - text)) >= 0)
			die();
		abort();
	}
	for (const char *at = text; (at = memchr(at, '\n', (size_t)(text + len - at))); at++)
		written++;
	return __real_write(fd, bytes, len);
}

int __wrap_fdatasync(int fd)
{
	static long synced; /* by the one thread that syncs */
	long wanted = setting("FAULT_SYNC");
	int result;

	synced++;
	if (wanted > 0 && synced == wanted)
		die();
	result = __real_fdatasync(fd);
	if (wanted < 0 && synced == -wanted)
		die();
	return result;
}
