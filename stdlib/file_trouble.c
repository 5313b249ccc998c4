/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_trouble.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"

static const struct {
	int error;
	enum trouble_class class;
	const char *why;
} rows[] = {
    {ENOENT, TROUBLE_MISSING, "there is no such file"},
    {ENOTDIR, TROUBLE_MISSING, "a part of its path is no folder"},
    {EROFS, TROUBLE_PERMISSION, "its file system is mounted read-only"},
    {EEXIST, TROUBLE_EXISTS, "there is something of that name already"},
    {ENOTEMPTY, TROUBLE_EXISTS, "there is a folder of that name, with something in it"},
    {ENOSPC, TROUBLE_FULL, "no space is left on its file system"},
    {EDQUOT, TROUBLE_FULL, "the quota is used up"},
    {EISDIR, TROUBLE_TYPE, "it is a folder"},
    {ELOOP, TROUBLE_TYPE, "its links lead in a circle"},
    {ENXIO, TROUBLE_TYPE, "it is a socket or a device without a driver"},
    {EAGAIN, TROUBLE_TYPE, "it gives nothing to those who do not wait for it"},
    {EFBIG, TROUBLE_LIMIT, "it would be larger than a file may be"},
    {ENAMETOOLONG, TROUBLE_LIMIT, "its name is too long"},
    {EMFILE, TROUBLE_LIMIT, "too many files are open"},
    {ENFILE, TROUBLE_LIMIT, "too many files are open on this machine"},
    {EBUSY, TROUBLE_IO, "it is in use: perhaps something is mounted there"},
    {ETXTBSY, TROUBLE_IO, "it is a program that runs"},
    {EIO, TROUBLE_IO, "the disk or its driver failed (Input/output error)"},
};

/* Who was refused is half of the answer. */
static struct trouble refused(struct arena *arena, int error, const char *verb, const char *path)
{
	if (error == EPERM && geteuid() == 0)
		return trouble_of(arena, TROUBLE_PERMISSION,
		    "cannot %s %s: not even root may; perhaps it is immutable (lsattr)", verb,
		    path);
	return trouble_of(arena, TROUBLE_PERMISSION, "cannot %s %s: user %u may not", verb, path,
	    (unsigned)geteuid());
}

/* The path is a link, and what it leads to is missing. */
static bool is_dangling(const char *path)
{
	struct stat stat;

	return lstat(path, &stat) == 0 && S_ISLNK(stat.st_mode);
}

struct trouble file_trouble(struct arena *arena, int error, const char *verb, const char *path)
{
	const char *shown = file_shown(arena, path);
	const char *text = strerrordesc_np(error);

	if (error == EACCES || error == EPERM)
		return refused(arena, error, verb, shown);
	if (error == ENOENT && is_dangling(path))
		return trouble_of(arena, TROUBLE_MISSING,
		    "cannot %s %s: it is a link that leads to nothing", verb, shown);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].error == error)
			return trouble_of(
			    arena, rows[i].class, "cannot %s %s: %s", verb, shown, rows[i].why);
	return trouble_of(
	    arena, TROUBLE_IO, "cannot %s %s: %s", verb, shown, text ? text : "unknown error");
}

const char *file_shown(struct arena *arena, const char *path)
{
	struct str rest = str_from(path);
	const char *shown = path;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	while (rest.len) {
		uint32_t code = 0;
		size_t len = utf8_decode(rest, &code);

		if (len && code >= 0x20 && code != 0x7F)
			buf_append(&buf, rest.ptr, len);
		else if (code == '\n')
			buf_text(&buf, "\\n");
		else
			buf_printf(&buf, "\\x%02x", (unsigned char)rest.ptr[0]);
		rest = str_sub(rest, len ? len : 1, rest.len);
	}
	if (!str_eq(buf_view(&buf), str_from(path)))
		shown = arena_cstr(arena, buf_view(&buf));
	buf_done(&buf);
	return shown;
}

const char *file_kind(unsigned mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a folder";
	case S_IFLNK:
		return "a link";
	case S_IFIFO:
		return "a pipe (FIFO)";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}
