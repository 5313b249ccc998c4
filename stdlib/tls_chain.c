/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/tls_chain.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "act/loop.h"
#include "base/buf.h"
#include "base/units.h"
#include "stdlib/text.h"

/* Of what a server sends; OpenSSL takes 100 KiB of certificates at most. */
enum { CERTIFICATES_MAX = 32, NAMES_MAX = 256, REASONS_MAX = 8, DAY_S = 86400 };

static const struct type names_type = {.kind = TYPE_LIST, .of = &type_string};

static const struct field certificate_fields[] = {
    {"subject", &type_string, "Whose it is: \"CN=db.example.com,O=Example\"."},
    {"issuer", &type_string, "Who signed it."},
    {"names", &names_type, "The hosts and addresses it is good for."},
    {"not_before", &type_timestamp, "From when it is valid."},
    {"not_after", &type_timestamp, "Until when."},
    {"days_left", &type_int, "Whole days until then; negative once it has expired."},
    {"serial", &type_string, "Its number, in hexadecimal."},
    {"fingerprint", &type_string, "The SHA-256 of it, in hexadecimal."}, {0}};

const struct type tls_certificate_type = {
    .kind = TYPE_OBJECT, .name = "a certificate", .fields = certificate_fields};

/* The text that OpenSSL has written into memory. */
static struct str take_text(struct arena *arena, BIO *bio)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(bio, &bytes);
	struct str text = arena_str(arena, (struct str){bytes, (size_t)len});

	BIO_free(bio);
	return text;
}

static struct str name_text(struct arena *arena, const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());

	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	return take_text(arena, bio);
}

static const struct value *hex_value(struct arena *arena, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_alloc(arena, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return value_string(arena, (struct str){text, 2 * len});
}

static const struct value *serial_value(struct arena *arena, const X509 *certificate)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);

	return hex_value(arena, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
}

static const struct value *fingerprint_value(struct arena *arena, const X509 *certificate)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	X509_digest(certificate, EVP_sha256(), digest, &len);
	return hex_value(arena, digest, len);
}

/* Seconds since 1970; what cannot be read counts as then. */
static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm tm = {0};

	return ASN1_TIME_to_tm(time, &tm) ? timegm(&tm) : 0;
}

static int64_t days_until(int64_t seconds)
{
	int64_t left = seconds - loop_wall_us() / 1000000;

	return left >= 0 ? left / DAY_S : -((-left + DAY_S - 1) / DAY_S);
}

static const struct value *general_name(struct arena *arena, const GENERAL_NAME *name)
{
	char text[INET6_ADDRSTRLEN];
	const ASN1_STRING *string;
	int len;

	if (name->type == GEN_DNS) {
		string = name->d.dNSName;
		return text_value(arena,
		    (struct str){(const char *)ASN1_STRING_get0_data(string),
			(size_t)ASN1_STRING_length(string)});
	}
	if (name->type != GEN_IPADD)
		return NULL;
	string = name->d.iPAddress;
	len = ASN1_STRING_length(string);
	if ((len != 4 && len != 16) ||
	    !inet_ntop(
		len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(string), text, sizeof(text)))
		return NULL;
	return value_string(arena, arena_str(arena, str_from(text)));
}

static const struct value *names_value(struct arena *arena, const X509 *certificate)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	const struct value **items = arena_array(arena, NAMES_MAX, sizeof(*items));
	size_t count = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < NAMES_MAX; i++) {
		items[count] = general_name(arena, sk_GENERAL_NAME_value(names, i));
		count += items[count] != NULL;
	}
	GENERAL_NAMES_free(names);
	return value_list(arena, items, count);
}

static const struct value *describe(struct arena *arena, const X509 *certificate)
{
	int64_t not_before = seconds_of(X509_get0_notBefore(certificate));
	int64_t not_after = seconds_of(X509_get0_notAfter(certificate));
	struct map_builder map;

	map_begin(&map, arena);
	map_add(&map, "subject",
	    text_value(arena, name_text(arena, X509_get_subject_name(certificate))));
	map_add(
	    &map, "issuer", text_value(arena, name_text(arena, X509_get_issuer_name(certificate))));
	map_add(&map, "names", names_value(arena, certificate));
	map_add(&map, "not_before", value_timestamp(arena, not_before, 0));
	map_add(&map, "not_after", value_timestamp(arena, not_after, 0));
	map_add(&map, "days_left", value_int(arena, days_until(not_after)));
	map_add(&map, "serial", serial_value(arena, certificate));
	map_add(&map, "fingerprint", fingerprint_value(arena, certificate));
	return map_end(&map);
}

static void describe_all(struct tls_check *check)
{
	const struct value **items = arena_array(check->arena, CERTIFICATES_MAX, sizeof(*items));
	int count = sk_X509_num(check->chain);

	if (count > CERTIFICATES_MAX)
		count = CERTIFICATES_MAX;
	for (int i = 0; i < count; i++) {
		X509 *certificate = sk_X509_value(check->chain, i);
		int64_t days = days_until(seconds_of(X509_get0_notAfter(certificate)));

		items[i] = describe(check->arena, certificate);
		if (i == 0)
			check->days_left = check->least_days_left = days;
		if (days < check->least_days_left)
			check->least_days_left = days;
	}
	check->certificates = value_list(check->arena, items, (size_t)count);
}

/* A check while OpenSSL makes it. */
struct checking {
	struct tls_check *check;
	const struct value **reasons;
	size_t count;
};

static void add_reason(struct checking *checking, struct str sentence)
{
	struct arena *arena = checking->check->arena;

	if (checking->count < REASONS_MAX)
		checking->reasons[checking->count++] = text_value(arena, sentence);
}

/* "4h", of seconds. */
static struct str lapse_text(struct arena *arena, int64_t seconds)
{
	struct buf span;
	struct str text;

	buf_init(&span, BUF_UNBOUNDED);
	units_show_duration(&span, seconds * 1000000);
	text = arena_str(arena, buf_view(&span));
	buf_done(&span);
	return text;
}

static void out_of_time(struct checking *checking, const X509 *certificate)
{
	struct arena *arena = checking->check->arena;
	struct str subject = name_text(arena, X509_get_subject_name(certificate));
	int64_t now = loop_wall_us() / 1000000;
	int64_t begins = seconds_of(X509_get0_notBefore(certificate));
	int64_t ends = seconds_of(X509_get0_notAfter(certificate));

	checking->check->expired = true;
	if (begins > now)
		add_reason(checking,
		    arena_printf(arena, "the certificate of %.*s becomes valid in %.*s only",
			STR_ARG(subject), STR_ARG(lapse_text(arena, begins - now))));
	else
		add_reason(checking,
		    arena_printf(arena, "the certificate of %.*s expired %.*s ago",
			STR_ARG(subject), STR_ARG(lapse_text(arena, now - ends))));
}

static void not_trusted(struct checking *checking, const X509 *certificate, int error)
{
	struct arena *arena = checking->check->arena;
	struct str subject = name_text(arena, X509_get_subject_name(certificate));
	struct str issuer = name_text(arena, X509_get_issuer_name(certificate));

	if (!checking->check->trusted)
		return; /* the first reason is the cause of the others */
	checking->check->trusted = false;
	switch (error) {
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		add_reason(checking,
		    arena_printf(arena, "%.*s signed its certificate itself", STR_ARG(subject)));
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		add_reason(checking,
		    arena_printf(arena, "its root %.*s is not trusted here", STR_ARG(subject)));
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		add_reason(checking,
		    arena_printf(arena,
			"the certificate of its issuer %.*s was not sent and is not trusted here",
			STR_ARG(issuer)));
		break;
	default:
		add_reason(checking,
		    arena_printf(arena, "the certificate of %.*s: %s", STR_ARG(subject),
			X509_verify_cert_error_string(error)));
		break;
	}
}

/* OpenSSL's: something is wrong. It is noted, and the check goes on. */
static int met(int well, X509_STORE_CTX *context)
{
	struct checking *checking = X509_STORE_CTX_get_app_data(context);
	const X509 *certificate = X509_STORE_CTX_get_current_cert(context);
	int error = X509_STORE_CTX_get_error(context);

	if (well || !certificate)
		return 1;
	if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
		out_of_time(checking, certificate);
	else
		not_trusted(checking, certificate, error);
	return 1;
}

static void verify(struct checking *checking, X509_STORE *store)
{
	struct tls_check *check = checking->check;
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	X509_STORE_CTX_init(context, store, sk_X509_value(check->chain, 0), check->chain);
	X509_STORE_CTX_set_default(context, "ssl_server");
	param = X509_STORE_CTX_get0_param(context);
	X509_VERIFY_PARAM_set_auth_level(param, check->security_level);
	/* Who trusts an intermediate trusts what it signed, as curl has it. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_app_data(context, checking);
	X509_STORE_CTX_set_verify_cb(context, met);
	check->trusted = true;
	if (X509_verify_cert(context) < 0)
		check->error = "OpenSSL could not check the certificates";
	X509_STORE_CTX_free(context);
}

static void match_name(struct checking *checking)
{
	struct tls_check *check = checking->check;
	X509 *own = sk_X509_value(check->chain, 0);

	check->name_matches = X509_check_ip_asc(own, check->name, 0) == 1 ||
	    X509_check_host(own, check->name, 0, 0, NULL) == 1;
	if (!check->name_matches)
		add_reason(checking,
		    arena_printf(check->arena, "the certificate is not one for %s", check->name));
}

void tls_check_run(struct tls_check *check)
{
	struct checking checking = {.check = check};
	X509_STORE *store = X509_STORE_new();

	checking.reasons = arena_array(check->arena, REASONS_MAX, sizeof(*checking.reasons));
	describe_all(check);
	if (check->ca ? !X509_STORE_load_file(store, check->ca)
		      : !X509_STORE_set_default_paths(store)) {
		check->error = arena_printf(check->arena,
		    "the trusted certificates of %s cannot be read",
		    check->ca ? check->ca : "this machine")
				   .ptr;
	} else {
		verify(&checking, store);
		match_name(&checking);
	}
	check->reasons = value_list(check->arena, checking.reasons, checking.count);
	ERR_clear_error();
	X509_STORE_free(store);
}
