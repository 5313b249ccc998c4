/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "stdlib/process_result.h"

/*
 * What programs say when the kernel refuses them a file, without the first letter, which some write large. They may
 * say it in another language: then only their own words tell.
 */
static const char *const refusals[] = {
    "ermission denied", "ead-only file system", "peration not permitted", "eadonly database"};

static bool holds_refusal(const char *bytes, size_t len)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (memmem(bytes, len, refusals[i], strlen(refusals[i])))
			return true;
	return false;
}

void process_hear(struct process_denial *denial, struct str bytes)
{
	char seam[2 * sizeof(denial->end)];
	size_t head = bytes.len < sizeof(denial->end) ? bytes.len : sizeof(denial->end);
	size_t both = denial->len + head;
	size_t kept;

	if (denial->heard || !bytes.len)
		return;
	memcpy(seam, denial->end, denial->len);
	memcpy(seam + denial->len, bytes.ptr, head);
	denial->heard = holds_refusal(seam, both) || holds_refusal(bytes.ptr, bytes.len);
	/* A long piece speaks for itself; a short one is put behind what came before. */
	if (head == sizeof(denial->end)) {
		memcpy(denial->end, bytes.ptr + bytes.len - head, head);
		denial->len = head;
		return;
	}
	kept = both < sizeof(denial->end) ? both : sizeof(denial->end);
	memcpy(denial->end, seam + both - kept, kept);
	denial->len = kept;
}

struct str process_advice(bool is_check)
{
	if (is_check)
		return STR("a check can write nothing outside its scratch folder ($TMPDIR): what "
			   "is meant to "
			   "change something must be a step");
	return STR("a step with effect `read` can write nothing outside its scratch folder "
		   "($TMPDIR): if it "
		   "is meant to change something, say `effect: change`");
}
