/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/file_hash.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum { CHUNK = 1 << 20 };

/* Of several with as many digits the usual one comes first. */
static const struct {
	const char *name;
	size_t digits;
	const char *other; /* name */
} rows[] = {
    {"sha256", 64, "sha2-256"},
    {"sha512", 128, "sha2-512"},
    {"sha384", 96, "sha2-384"},
    {"sha224", 56, "sha2-224"},
    {"sha1", 40, "sha-1"},
    {"md5", 32, "md-5"},
    {"sha3-256", 64, "sha3_256"},
    {"sha3-512", 128, "sha3_512"},
    {"blake2b512", 128, "blake2b"},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

const char *const file_hash_names[] = {"sha256", "sha512", "sha384", "sha224", "sha1", "md5",
    "sha3-256", "sha3-512", "blake2b512", NULL};

size_t file_hash_digits(const char *algorithm)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strcmp(rows[i].name, algorithm) == 0)
			return rows[i].digits;
	return 0;
}

const char *file_hash_by_digits(size_t digits)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].digits == digits)
			return rows[i].name;
	return NULL;
}

static bool is_named(struct str text, const char *name)
{
	return text.len == strlen(name) && strncasecmp(text.ptr, name, text.len) == 0;
}

const char *file_hash_by_name(struct str name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (is_named(name, rows[i].name) || is_named(name, rows[i].other))
			return rows[i].name;
	return NULL;
}

bool file_hash_is_digest(struct str text, const char *algorithm)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
			return false;
	}
	return text.len > 0 && text.len == file_hash_digits(algorithm);
}

bool file_hash_is_same(struct str a, struct str b)
{
	return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

bool file_hash(struct file_job *job, const struct file_source *source, const char *algorithm,
    char ret_hex[DIGEST_HEX_MAX + 1], int64_t *ret_size)
{
	struct digest *digest = digest_new_of(algorithm);
	char *chunk;
	int64_t size = 0;
	ssize_t got;

	if (!digest)
		return file_job_wrong(job, "this machine's OpenSSL does not do %s", algorithm);
	chunk = mem_alloc(CHUNK);
	posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while ((got = file_source_read(job, source, chunk, CHUNK, size)) > 0) {
		digest_add(digest, chunk, (size_t)got);
		size += got;
	}
	digest_hex(digest, ret_hex);
	*ret_size = size;
	digest_free(digest);
	free(chunk);
	return got == 0;
}
