/* SPDX-License-Identifier: Apache-2.0 */
#include "record/signature.h"

#include <string.h>

#include "record/base64.h"

void signature_write(
    const struct signing_key *key, const char prev[DIGEST_HEX + 1], struct buf *out)
{
	char signature[SIGNATURE_BYTES];

	signing_key_sign(key, (struct str){prev, DIGEST_HEX}, signature);
	base64_encode(out, (struct str){signature, sizeof(signature)});
}

/* The bytes of a signature as it stands in a seal. */
static bool read_signature(const struct transcript_report *report, struct buf *ret_bytes)
{
	buf_init(ret_bytes, SIGNATURE_BYTES);
	return base64_decode(ret_bytes, report->signature) && ret_bytes->len == SIGNATURE_BYTES;
}

/* Why a signature does not hold: the run names the key that it was begun with. */
static void say_whose(
    const struct transcript_report *report, const struct signing_key *key, struct buf *out)
{
	char given[DIGEST_HEX + 1];

	signing_key_digest(key, given);
	if (!*report->signer)
		buf_text(out,
		    "; NOT signed with this key: another one signed it, or the signature was "
		    "changed");
	else if (strcmp(report->signer, given) == 0)
		buf_text(out,
		    "; the signature was CHANGED: it was to be made with this key, and was "
		    "not");
	else
		buf_printf(out,
		    "; signed with ANOTHER key: it was to be signed with that of SHA-256 %s, this "
		    "one's "
		    "is %s",
		    report->signer, given);
}

static bool check_signature(
    const struct transcript_report *report, const struct signing_key *key, struct buf *out)
{
	struct buf bytes;
	bool read = read_signature(report, &bytes);
	bool good = read &&
	    signing_key_verify(
		key, (struct str){report->sealed_sha256, DIGEST_HEX}, buf_view(&bytes));

	buf_done(&bytes);
	if (good)
		buf_text(out, "; signed with this key");
	else if (read)
		say_whose(report, key, out);
	else
		buf_text(out, "; the signature was CHANGED: it is not 64 bytes in base64");
	return good;
}

bool signature_verify(
    const struct transcript_report *report, const struct signing_key *key, struct buf *out)
{
	if (report->state == TRANSCRIPT_INCOMPLETE || report->state == TRANSCRIPT_TORN) {
		if (key)
			buf_text(out, "; not signed yet");
		return true;
	}
	if (report->state != TRANSCRIPT_SEALED)
		return true;
	if (report->signature.len && key)
		return check_signature(report, key, out);
	if (report->signature.len)
		buf_text(out, "; signed, not checked: reprise verify --key FILE does");
	else if (*report->signer)
		buf_printf(out, "; NOT signed, though it was to be, with the key of SHA-256 %s",
		    report->signer);
	else if (key)
		buf_text(out, "; NOT signed");
	return !key;
}

enum transcript_state transcript_verify(
    const char *path, const struct signing_key *key, struct buf *out)
{
	struct reader *reader = reader_open(path, out);
	enum transcript_state state = TRANSCRIPT_UNREADABLE;

	if (reader)
		state = reader_verify(reader, out);
	if (reader && !signature_verify(reader_report(reader), key, out))
		state = TRANSCRIPT_UNSIGNED;
	reader_free(reader);
	return state;
}
