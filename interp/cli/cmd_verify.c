/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/kept.h"
#include "cli/key_file.h"
#include "record/signature.h"

static const struct option_row options[] = {
    {"key", 0, "FILE", "hold the signature against this public key (Ed25519, PEM)"},
    {0},
};

/* Says what a transcript is; false when it is not to be trusted. */
static bool verify(const char *path, const struct signing_key *key)
{
	enum transcript_state state;
	struct buf out;

	buf_init(&out, BUF_UNBOUNDED);
	buf_printf(&out, "%s: ", path);
	state = transcript_verify(path, key, &out);
	buf_byte(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_done(&out);
	return state == TRANSCRIPT_SEALED || state == TRANSCRIPT_INCOMPLETE ||
	    state == TRANSCRIPT_TORN;
}

static int run(const struct invocation *invocation)
{
	struct signing_key *key;
	struct arena *arena;
	struct kept kept;
	bool found = true;
	bool ok = true;

	if (!key_file_public(invocation, "key", &key))
		return STATUS_WRONG;
	arena = arena_new();
	for (size_t i = 0; i < invocation->arg_count; i++) {
		if (kept_find(arena, invocation->args[i], &kept))
			ok = verify(kept.transcript, key) && ok;
		else
			found = false;
	}
	arena_free(arena);
	signing_key_free(key);
	if (!ok)
		return STATUS_DAMAGED;
	return found ? STATUS_OK : STATUS_WRONG;
}

static const struct example_row examples[] = {
    {"reprise verify RUN", "whether the record is whole and unchanged"},
    {"reprise verify --key team.pem RUN", "and whether it was signed with the key of team.pem"},
    {0},
};

const struct command command_verify = {
    .name = "verify",
    .arguments = "RUN…",
    .least = 1,
    .most = (size_t)-1,
    .summary = "check that a transcript is whole and unchanged, and by whom it is signed",
    .details = KEPT_RUN
    "\n"
    "Every line holds the SHA-256 of the line before it. By hand, for line 8:\n"
    "  sed -n 7p TRANSCRIPT | sha256sum        must give the `prev` of line 8.\n"
    "With --key, what is sealed must be signed by that key, or the status is 6.\n"
    "A run that has not finished is incomplete, which is no damage: the status is 0 then, and\n"
    "it is not signed yet.",
    .options = options,
    .examples = examples,
    .run = run,
};
