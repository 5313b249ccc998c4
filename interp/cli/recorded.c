/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/recorded.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/mem.h"
#include "record/transcript_reader.h"
#include "stdlib/registry.h"

/* A file as it is put together from its `source` lines. */
struct recorded_file {
	struct buf name;
	struct buf path; /* empty: not recorded */
	struct buf text;
};

struct recorded_files {
	struct recorded_file *items;
	size_t count;
	size_t capacity;
	const struct value *facts; /* what the line in front of them says that they are */
	struct arena *arena; /* of the facts */
};

static void forget(struct recorded_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		buf_done(&files->items[i].name);
		buf_done(&files->items[i].path);
		buf_done(&files->items[i].text);
	}
	files->count = 0;
	files->facts = NULL;
}

static void add_part(struct recorded_files *files, const struct message *source)
{
	struct recorded_file *last;

	if (source->source.part == 0) {
		files->items = mem_grow(
		    files->items, files->count, &files->capacity, sizeof(*files->items));
		last = &files->items[files->count++];
		buf_init(&last->name, BUF_UNBOUNDED);
		buf_init(&last->path, BUF_UNBOUNDED);
		buf_init(&last->text, BUF_UNBOUNDED);
		buf_str(&last->name, source->source.name);
		buf_byte(&last->name, '\0');
	}
	if (files->count)
		buf_str(&files->items[files->count - 1].text, source->source.text);
}

/* A set of sources begins: the line stays, for what it says of them. */
static const struct value *facts_of(const struct line *line)
{
	if (!line->known)
		return NULL;
	if (line->message.type == MESSAGE_RUN_STARTED)
		return line->message.run_started.sources;
	return line->message.type == MESSAGE_RUN_RESUMED ? line->message.run_resumed.sources : NULL;
}

static void read_files(struct reader *reader, struct recorded_files *files)
{
	struct arena *arena = arena_new();
	struct line line;

	while (reader_next(reader, arena, &line)) {
		const struct value *facts = facts_of(&line);

		if (facts) {
			struct arena *before = files->arena;

			forget(files);
			files->facts = facts;
			files->arena = arena;
			arena = before;
		} else if (line.known && line.message.type == MESSAGE_SOURCE) {
			add_part(files, &line.message);
		}
		arena_reset(arena);
	}
	arena_free(arena);
}

static struct str fact(const struct value *facts, const char *name)
{
	const struct value *value = facts->type == VALUE_MAP ? value_get(facts, name) : NULL;

	return value && value->type == VALUE_STRING ? value_text(value) : (struct str){0};
}

/* Whether the texts are all there, and whole: a run may be cut off while they are written. */
static bool are_whole(struct recorded_files *files)
{
	const struct value *facts = files->facts;

	if (!facts || facts->type != VALUE_LIST || facts->list.count != files->count)
		return false;
	for (size_t i = 0; i < files->count; i++) {
		struct recorded_file *file = &files->items[i];
		const struct value *known = facts->list.items[i];
		char hex[DIGEST_HEX + 1];

		digest_of(buf_view(&file->text), hex);
		if (!str_is(fact(known, "sha256"), hex))
			return false;
		buf_str(&file->path, fact(known, "path"));
		buf_byte(&file->path, '\0');
	}
	return files->count > 0;
}

static bool load(const struct recorded_files *files, struct load *load)
{
	struct file_text *texts = mem_alloc(files->count * sizeof(*texts));
	bool ok;

	for (size_t i = 0; i < files->count; i++) {
		const struct recorded_file *file = &files->items[i];

		texts[i] = (struct file_text){file->name.ptr,
		    file->path.len > 1 ? file->path.ptr : NULL, buf_view(&file->text)};
	}
	ok = load_texts(load, texts, files->count, &stdlib_vocabulary);
	free(texts);
	return ok;
}

bool recorded_load(const char *transcript, struct load *ret_load)
{
	struct recorded_files files = {.arena = arena_new()};
	struct reader *reader;
	struct buf error;
	bool whole;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(transcript, &error);
	if (reader)
		read_files(reader, &files);
	whole = are_whole(&files);
	if (whole)
		load(&files, ret_load);
	reader_free(reader);
	buf_done(&error);
	forget(&files);
	free(files.items);
	arena_free(files.arena);
	return whole;
}
