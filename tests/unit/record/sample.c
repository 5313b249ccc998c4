/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/signature.h"

char sample_dir[64];

int sample_setup(void **state)
{
	(void)state;
	memcpy(sample_dir, "/tmp/reprise-record-XXXXXX", sizeof("/tmp/reprise-record-XXXXXX"));
	return mkdtemp(sample_dir) ? 0 : -1;
}

int sample_clean(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", sample_dir);
	return system(command);
}

const char *sample_path(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", sample_dir, name);
	return path;
}

struct writer *sample_writer(const char *name)
{
	struct writer_options options = {.path = sample_path(name)};
	struct buf error;
	struct writer *writer;

	buf_init(&error, 1000);
	writer = writer_new(&options, &error);
	if (!writer)
		fail_msg("%.*s", STR_ARG(buf_view(&error)));
	buf_done(&error);
	return writer;
}

static int64_t at(int number)
{
	return 1795316645000000 + number * 1234567;
}

void sample_begin(struct writer *writer)
{
	struct message message = {.type = MESSAGE_RUN_STARTED,
	    .at_us = at(0),
	    .run_started = {.format = 1,
		.run = STR("r1"),
		.mode = STR("run"),
		.runbook = STR("sample"),
		.seed = STR("00")}};

	assert_true(writer_append(writer, &message));
}

void sample_note(struct writer *writer, int number)
{
	char text[200];
	struct message message = {.type = MESSAGE_NOTE, .at_us = at(number), .t_us = number * 1000};

	snprintf(text, sizeof(text), "note %d %.*s", number, number * 7 % 90,
	    "......................................................................................"
	    "........");
	message.note.text = str_from(text);
	assert_true(writer_append(writer, &message));
}

void sample_end(struct writer *writer)
{
	struct message message = {.type = MESSAGE_RUN_FINISHED, .at_us = at(100), .t_us = 900000};

	assert_true(writer_append(writer, &message));
}

void sample_read(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	do {
		len = fread(buf_reserve(out, 65536), 1, 65536, file);
		buf_added(out, len);
	} while (len);
	fclose(file);
}

void sample_sealed(const char *name, int notes)
{
	struct writer *writer = sample_writer(name);

	sample_begin(writer);
	for (int i = 1; i <= notes; i++)
		sample_note(writer, i);
	sample_end(writer);
	assert_true(writer_seal(writer));
	assert_true(writer_finish(writer));
	writer_free(writer);
}

/* A generator of our own: the same numbers on every machine. */
static uint64_t seed = 88172645463325252U;

uint64_t sample_dice(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

void assert_str(struct str a, struct str b)
{
	assert_int_equal(a.len, b.len);
	if (a.len)
		assert_memory_equal(a.ptr, b.ptr, a.len);
}

enum transcript_state sample_state(const char *path)
{
	struct buf out;
	enum transcript_state state;

	buf_init(&out, 10000);
	state = transcript_verify(path, NULL, &out);
	buf_done(&out);
	return state;
}
