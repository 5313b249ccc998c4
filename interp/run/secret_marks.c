/* SPDX-License-Identifier: Apache-2.0 */
#include "run/secret_marks.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/digest.h"

enum { SALT_BYTES = 16, SALT_HEX = 2 * SALT_BYTES, MARKS_MAX = 1 << 20 };

static const char changed_line[] = "changed\n";

/* "SALT\n", and of each secret "NAME DIGEST\n". */
static void put_marks(const struct secrets *secrets, const char *salt, struct buf *out)
{
	struct digest *digest = digest_new();
	char hex[DIGEST_HEX_MAX + 1];

	buf_printf(out, "%s\n", salt);
	for (size_t i = 0; i < secrets_declared(secrets); i++) {
		const struct secret_text *secret = secrets_at(secrets, i);

		digest_add(digest, salt, SALT_HEX);
		digest_add(digest, secret->name.ptr, secret->name.len);
		digest_add(digest, "", 1);
		digest_add(digest, secret->value.ptr, secret->value.len);
		digest_hex(digest, hex);
		buf_printf(out, "%.*s %s\n", STR_ARG(secret->name), hex);
	}
	digest_free(digest);
}

static bool make_salt(char salt[SALT_HEX + 1])
{
	unsigned char bytes[SALT_BYTES];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(salt + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

static int open_marks(const char *dir, int flags)
{
	struct buf path;
	int fd;

	buf_init(&path, BUF_UNBOUNDED);
	buf_printf(&path, "%s/secrets", dir);
	buf_byte(&path, '\0');
	fd = open(path.ptr, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	buf_done(&path);
	return fd;
}

bool secret_marks_write(const char *dir, const struct secrets *secrets, bool changed)
{
	char salt[SALT_HEX + 1];
	struct buf text;
	bool ok;
	int fd;

	if (secrets_declared(secrets) == 0)
		return true;
	fd = open_marks(dir, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return false;
	buf_init(&text, BUF_UNBOUNDED);
	ok = make_salt(salt);
	if (ok && changed)
		buf_text(&text, changed_line);
	if (ok)
		put_marks(secrets, salt, &text);
	ok = ok && write(fd, text.ptr, text.len) == (ssize_t)text.len;
	close(fd);
	buf_done(&text);
	return ok;
}

static void read_marks(const char *dir, struct buf *out)
{
	int fd = open_marks(dir, O_RDONLY);
	ssize_t len = 0;

	while (fd >= 0 && out->len < MARKS_MAX) {
		len = read(fd, buf_reserve(out, MARKS_MAX), MARKS_MAX);
		if (len <= 0)
			break;
		buf_added(out, (size_t)len);
	}
	if (fd >= 0)
		close(fd);
}

bool secret_marks_differ(const char *dir, const struct secrets *secrets)
{
	char salt[SALT_HEX + 1] = "";
	struct buf found;
	struct buf wanted;
	bool same = false;

	if (secrets_declared(secrets) == 0)
		return false;
	buf_init(&found, BUF_UNBOUNDED);
	buf_init(&wanted, BUF_UNBOUNDED);
	read_marks(dir, &found);
	if (found.len > SALT_HEX) {
		memcpy(salt, found.ptr, SALT_HEX);
		put_marks(secrets, salt, &wanted);
		same = str_eq(buf_view(&found), buf_view(&wanted));
	}
	buf_done(&found);
	buf_done(&wanted);
	return !same;
}

void secret_marks_remove(const char *dir)
{
	struct buf path;

	buf_init(&path, BUF_UNBOUNDED);
	buf_printf(&path, "%s/secrets", dir);
	buf_byte(&path, '\0');
	unlink(path.ptr);
	buf_done(&path);
}
