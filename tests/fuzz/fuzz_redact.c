/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redaction against a slow and plain one of this file: whole, and streamed in pieces of any size, it must give the
 * same. The input: one byte for the number of secrets, each with a byte for its length, and a text in which 0xFF and
 * a byte insert one of the forms of a secret.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "record/redact.h"
#include "record/secret_forms.h"

enum { SECRETS = 4, FORMS = 1024, TEXT = 4096 };

struct form {
	struct str text;
	uint32_t secret;
};

struct forms {
	struct arena *arena;
	struct form forms[FORMS];
	size_t count;
	uint32_t secret;
};

static const char *const names[SECRETS] = {"a", "b", "c", "d"};

static void add_form(void *context, struct str form)
{
	struct forms *forms = context;

	if (forms->count < FORMS)
		forms->forms[forms->count++] = (struct form){
		    arena_str(forms->arena, form), forms->secret};
}

static unsigned take(struct str *input)
{
	unsigned byte = input->len ? (unsigned char)input->ptr[0] : 0;

	*input = str_sub(*input, 1, input->len);
	return byte;
}

static size_t take_secrets(struct str *input, struct secret_text *secrets, struct forms *forms)
{
	size_t count = 1 + take(input) % SECRETS;

	for (size_t i = 0; i < count; i++) {
		size_t len = take(input) % 32;

		secrets[i] = (struct secret_text){str_from(names[i]), str_sub(*input, 0, len)};
		*input = str_sub(*input, len, input->len);
		forms->secret = (uint32_t)i;
		secret_forms(secrets[i].value, add_form, forms);
	}
	return count;
}

static void take_text(struct str input, const struct forms *forms, struct buf *text)
{
	while (input.len && text->len < TEXT) {
		unsigned byte = take(&input);

		if (byte == 0xFF && forms->count)
			buf_str(text, forms->forms[take(&input) * 7U % forms->count].text);
		else
			buf_byte(text, (char)byte);
	}
}

/* The longest form at the start of text; of equals the first. */
static const struct form *form_at(const struct forms *forms, struct str text)
{
	const struct form *best = NULL;

	for (size_t i = 0; i < forms->count; i++)
		if (str_starts(text, forms->forms[i].text) &&
		    (!best || forms->forms[i].text.len > best->text.len))
			best = &forms->forms[i];
	return best;
}

static void mask_slowly(const struct forms *forms, struct str text, struct buf *out)
{
	size_t covered = 0;
	uint32_t last = 0;

	for (size_t at = 0; at < text.len; at++) {
		const struct form *form = form_at(forms, str_sub(text, at, text.len));

		if (form && at + form->text.len > covered) {
			if (at >= covered || form->secret != last)
				buf_printf(out, "${{ secrets.%s }}", names[form->secret]);
			covered = at + form->text.len;
			last = form->secret;
		}
		if (at >= covered)
			buf_byte(out, text.ptr[at]);
	}
}

static void mask_in_pieces(
    const struct redactor *redactor, struct str text, uint32_t seed, struct buf *out)
{
	struct redact_stream stream;

	redact_stream_begin(&stream, redactor);
	while (text.len) {
		struct str piece;
		char *copy;

		seed = seed * 1664525U + 1013904223U;
		piece = str_sub(text, 0, seed >> 28 ? seed >> 28 : seed >> 20 & 0xFF);
		copy = mem_strndup(piece.ptr, piece.len); /* gone as soon as it was fed */
		piece.ptr = copy;
		if (redactor_longest(redactor))
			buf_str(out, redact_stream_feed(&stream, piece));
		else
			buf_str(out, piece);
		free(copy);
		text = str_sub(text, piece.len, text.len);
	}
	buf_str(out, redact_stream_end(&stream));
	redact_stream_done(&stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str input = {(const char *)data, size};
	struct forms *forms = mem_alloc(sizeof(*forms));
	struct secret_text secrets[SECRETS];
	struct redactor *redactor;
	size_t count;
	struct buf text;
	struct buf expected;
	struct buf seen;

	buf_init(&text, BUF_UNBOUNDED);
	buf_init(&expected, BUF_UNBOUNDED);
	buf_init(&seen, BUF_UNBOUNDED);
	forms->arena = arena_new();
	count = take_secrets(&input, secrets, forms);
	redactor = redactor_new(secrets, count);
	take_text(input, forms, &text);
	mask_slowly(forms, buf_view(&text), &expected);
	if (!str_eq(redact_text(redactor, forms->arena, buf_view(&text)), buf_view(&expected)))
		abort();
	mask_in_pieces(redactor, buf_view(&text), (uint32_t)size * 2654435761U, &seen);
	if (!str_eq(buf_view(&seen), buf_view(&expected)))
		abort();
	redactor_free(redactor);
	arena_free(forms->arena);
	free(forms);
	buf_done(&text);
	buf_done(&expected);
	buf_done(&seen);
	return 0;
}
