/* SPDX-License-Identifier: Apache-2.0 */
#include "base/signing.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { FILE_MAX = 16 << 10 };

struct signing_key {
	EVP_PKEY *pkey;
	bool is_private;
};

/* What is told of a key of one half: its name, and how such a file is made. */
static const struct half {
	const char *name;
	const char *way_out;
} private_half = {"private", "openssl genpkey -algorithm ed25519 -out FILE makes one"},
  public_half = {
      "public", "openssl pkey -in PRIVATE -pubout -out FILE makes the one of a private key"};

/* Who is asked for the pass phrase of a file. */
struct pass_phrase {
	const char *path;
	bool may_ask;
	bool wanted; /* the key is encrypted */
};

/* All of the file, which may be a pipe; its length, or -1 with errno, EFBIG when it is too long for a key. */
static ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t got = fd;

	while (got >= 0 && len < size) {
		got = read(fd, text + len, size - len);
		if (got > 0)
			len += (size_t)got;
		else if (got == 0)
			break;
		else if (errno == EINTR)
			got = 0;
	}
	if (fd >= 0)
		close(fd);
	if (got >= 0 && len == size) {
		errno = EFBIG;
		return -1;
	}
	return got < 0 ? -1 : (ssize_t)len;
}

/* OpenSSL's callback: the length of the pass phrase, or -1. */
static int get_pass_phrase(char *phrase, int size, int writing, void *context)
{
	struct pass_phrase *asked = context;
	struct buf prompt;
	int failed;

	(void)writing;
	asked->wanted = true;
	if (!asked->may_ask)
		return -1;
	buf_init(&prompt, BUF_UNBOUNDED);
	buf_printf(&prompt, "Pass phrase of %s: ", asked->path);
	buf_byte(&prompt, '\0');
	failed = EVP_read_pw_string_min(phrase, 0, size, prompt.ptr, 0);
	buf_done(&prompt);
	return failed ? -1 : (int)strlen(phrase);
}

/* What the first block of a file in PEM is called: "-----BEGIN PUBLIC KEY-----". */
static struct str pem_label(struct str text)
{
	ptrdiff_t begin = str_find(text, STR("-----BEGIN "));
	ptrdiff_t end;

	if (begin < 0)
		return (struct str){0};
	text = str_sub(text, (size_t)begin + 11, text.len);
	end = str_find(text, STR("-----"));
	return str_sub(text, 0, end < 0 || end > 40 ? 0 : (size_t)end);
}

/* Why there is no key, when the file could be read. */
static void say_why(const char *path, const struct half *half, struct str text, struct buf *error)
{
	struct str label = pem_label(text);

	buf_printf(error, "%s holds no %s key in PEM", path, half->name);
	if (label.len)
		buf_printf(error, ", but: %.*s", STR_ARG(label));
	buf_printf(error, "; %s", half->way_out);
}

static EVP_PKEY *parse_private(
    const char *path, struct str text, bool may_ask, BIO *bio, struct buf *error)
{
	struct pass_phrase asked = {path, may_ask, false};
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, get_pass_phrase, &asked);

	if (pkey)
		return pkey;
	if (!asked.wanted)
		say_why(path, &private_half, text, error);
	else if (may_ask)
		buf_printf(error, "the pass phrase of %s is wrong, or was not given", path);
	else
		buf_printf(error,
		    "the key in %s is encrypted, and nobody can be asked for its pass phrase; "
		    "openssl pkey -in %s -out FILE writes it decrypted",
		    path, path);
	return NULL;
}

static EVP_PKEY *parse_public(const char *path, struct str text, BIO *bio, struct buf *error)
{
	EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	if (!pkey)
		say_why(path, &public_half, text, error);
	return pkey;
}

/* Takes the key over when it is of the right kind. */
static struct signing_key *accept(
    const char *path, EVP_PKEY *pkey, bool is_private, struct buf *error)
{
	const struct half *half = is_private ? &private_half : &public_half;
	struct signing_key *key;

	if (!pkey)
		return NULL;
	if (!EVP_PKEY_is_a(pkey, "ED25519")) {
		buf_printf(error, "%s holds a key of %s, not of Ed25519; %s", path,
		    EVP_PKEY_get0_type_name(pkey), half->way_out);
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key = mem_alloc(sizeof(*key));
	key->pkey = pkey;
	key->is_private = is_private;
	return key;
}

static struct signing_key *key_read(
    const char *path, bool is_private, bool may_ask, struct buf *error)
{
	char file[FILE_MAX];
	ssize_t len = read_file(path, file, sizeof(file));
	struct str text = {file, len > 0 ? (size_t)len : 0};
	struct signing_key *key;
	BIO *bio;

	if (len < 0) {
		buf_printf(error, "cannot read the key %s: %s", path, strerror(errno));
		return NULL;
	}
	bio = BIO_new_mem_buf(file, (int)len);
	assert(bio);
	key = accept(path,
	    is_private ? parse_private(path, text, may_ask, bio, error)
		       : parse_public(path, text, bio, error),
	    is_private, error);
	BIO_free(bio);
	ERR_clear_error(); /* what OpenSSL would say of it was said better */
	OPENSSL_cleanse(file, sizeof(file));
	return key;
}

struct signing_key *signing_key_private(const char *path, bool may_ask, struct buf *error)
{
	return key_read(path, true, may_ask, error);
}

struct signing_key *signing_key_public(const char *path, struct buf *error)
{
	return key_read(path, false, false, error);
}

void signing_key_free(struct signing_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey); /* which overwrites it */
	free(key);
}

void signing_key_digest(const struct signing_key *key, char ret_hex[DIGEST_HEX + 1])
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key->pkey, &der);

	assert(len > 0);
	digest_of((struct str){(const char *)der, (size_t)len}, ret_hex);
	OPENSSL_free(der);
}

void signing_key_sign(
    const struct signing_key *key, struct str text, char ret_signature[SIGNATURE_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIGNATURE_BYTES;
	int ok;

	assert(key->is_private && ctx);
	ok = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey);
	assert(ok == 1);
	ok = EVP_DigestSign(
	    ctx, (unsigned char *)ret_signature, &len, (const unsigned char *)text.ptr, text.len);
	assert(ok == 1 && len == SIGNATURE_BYTES);
	(void)ok;
	EVP_MD_CTX_free(ctx);
}

bool signing_key_verify(const struct signing_key *key, struct str text, struct str signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	assert(ctx);
	good = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
	    EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
		(const unsigned char *)text.ptr, text.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}
