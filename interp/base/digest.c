/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

struct digest {
	EVP_MD_CTX *ctx;
	const EVP_MD *algorithm; /* static storage */
};

static bool begin(struct digest *digest)
{
	return EVP_DigestInit_ex(digest->ctx, digest->algorithm, NULL) == 1;
}

struct digest *digest_new(void)
{
	struct digest *digest = digest_new_of("sha256");

	assert(digest);
	return digest;
}

struct digest *digest_new_of(const char *algorithm)
{
	struct digest *digest = mem_alloc(sizeof(*digest));

	digest->algorithm = EVP_get_digestbyname(algorithm);
	digest->ctx = EVP_MD_CTX_new();
	assert(digest->ctx);
	if (digest->algorithm && begin(digest))
		return digest;
	digest_free(digest);
	return NULL;
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	EVP_MD_CTX_free(digest->ctx);
	free(digest);
}

void digest_add(struct digest *digest, const void *ptr, size_t len)
{
	int ok = len ? EVP_DigestUpdate(digest->ctx, ptr, len) : 1;

	assert(ok == 1);
	(void)ok;
}

static void to_hex(const unsigned char *bytes, size_t len, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * len] = '\0';
}

void digest_hex(struct digest *digest, char *ret_hex)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	int ok = EVP_DigestFinal_ex(digest->ctx, bytes, &len);

	assert(ok == 1 && len * 2 <= DIGEST_HEX_MAX);
	to_hex(bytes, len, ret_hex);
	ok = begin(digest);
	assert(ok);
	(void)ok;
}

void digest_of(struct str text, char ret_hex[DIGEST_HEX + 1])
{
	struct digest *digest = digest_new();

	digest_add(digest, text.ptr, text.len);
	digest_hex(digest, ret_hex);
	digest_free(digest);
}

bool digest_is(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.ptr[i] >= '0' && text.ptr[i] <= '9') &&
		    !(text.ptr[i] >= 'a' && text.ptr[i] <= 'f'))
			return false;
	return text.len == DIGEST_HEX;
}
