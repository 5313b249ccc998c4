/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/mem.h"

struct digest {
	EVP_MD_CTX *ctx;
};

static void begin(struct digest *digest)
{
	int ok = EVP_DigestInit_ex(digest->ctx, EVP_sha256(), NULL);

	assert(ok == 1);
	(void)ok;
}

struct digest *digest_new(void)
{
	struct digest *digest = mem_alloc(sizeof(*digest));

	digest->ctx = EVP_MD_CTX_new();
	assert(digest->ctx);
	begin(digest);
	return digest;
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

static void to_hex(const unsigned char *bytes, char *hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[DIGEST_HEX] = '\0';
}

void digest_hex(struct digest *digest, char ret_hex[DIGEST_HEX + 1])
{
	unsigned char bytes[DIGEST_BYTES];
	int ok = EVP_DigestFinal_ex(digest->ctx, bytes, NULL);

	assert(ok == 1);
	(void)ok;
	to_hex(bytes, ret_hex);
	begin(digest);
}

void digest_of(struct str text, char ret_hex[DIGEST_HEX + 1])
{
	struct digest *digest = digest_new();

	digest_add(digest, text.ptr, text.len);
	digest_hex(digest, ret_hex);
	digest_free(digest);
}
