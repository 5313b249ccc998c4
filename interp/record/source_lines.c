/* SPDX-License-Identifier: Apache-2.0 */
#include "record/source_lines.h"

#include "base/digest.h"
#include "record/codec.h"
#include "record/text_cut.h"

void source_lines(struct str name, struct str text,
    void (*emit)(void *context, const struct message *source), void *context)
{
	char hex[DIGEST_HEX + 1];
	struct message message = {.type = MESSAGE_SOURCE};
	int64_t parts = 0;
	struct str rest = text;

	digest_of(text, hex);
	do {
		rest = str_sub(rest, text_cut(rest, TRANSCRIPT_SOURCE), rest.len);
		parts++;
	} while (rest.len);
	message.source.name = name;
	message.source.sha256 = (struct str){hex, DIGEST_HEX};
	message.source.parts = parts;
	for (int64_t part = 0; part < parts; part++) {
		size_t len = text_cut(text, TRANSCRIPT_SOURCE);

		message.source.part = part;
		message.source.text = str_sub(text, 0, len);
		emit(context, &message);
		text = str_sub(text, len, text.len);
	}
}
