/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/recorded.h"

#include <stdlib.h>

#include "base/mem.h"
#include "record/transcript_reader.h"
#include "stdlib/registry.h"

/* A file as it is put together from its `source` lines. */
struct recorded_file {
	struct buf name;
	struct buf text;
};

struct recorded_files {
	struct recorded_file *items;
	size_t count;
	size_t capacity;
};

static void forget(struct recorded_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		buf_done(&files->items[i].name);
		buf_done(&files->items[i].text);
	}
	files->count = 0;
}

static void add_part(struct recorded_files *files, const struct message *source)
{
	struct recorded_file *last;

	if (source->source.part == 0) {
		files->items = mem_grow(
		    files->items, files->count, &files->capacity, sizeof(*files->items));
		last = &files->items[files->count++];
		buf_init(&last->name, BUF_UNBOUNDED);
		buf_init(&last->text, BUF_UNBOUNDED);
		buf_str(&last->name, source->source.name);
		buf_byte(&last->name, '\0');
	}
	if (files->count)
		buf_str(&files->items[files->count - 1].text, source->source.text);
}

/* The sources stand together, behind the line that begins the run or goes on with it. */
static void read_files(const char *path, struct recorded_files *files)
{
	struct arena *arena = arena_new();
	struct reader *reader;
	struct buf error;
	struct line line;
	bool together = false;

	buf_init(&error, BUF_UNBOUNDED);
	reader = reader_open(path, &error);
	while (reader && reader_next(reader, arena, &line)) {
		bool is_source = line.known && line.message.type == MESSAGE_SOURCE;

		if (is_source && !together)
			forget(files);
		if (is_source)
			add_part(files, &line.message);
		together = is_source;
		arena_reset(arena);
	}
	reader_free(reader);
	arena_free(arena);
	buf_done(&error);
}

bool recorded_load(const char *transcript, struct load *load)
{
	struct recorded_files files = {0};
	struct file_text *texts;
	bool ok;

	read_files(transcript, &files);
	texts = mem_alloc((files.count + 1) * sizeof(*texts));
	texts[0].name = "";
	for (size_t i = 0; i < files.count; i++)
		texts[i] = (struct file_text){
		    files.items[i].name.ptr, buf_view(&files.items[i].text)};
	ok = load_texts(load, texts, files.count ? files.count : 1, &stdlib_vocabulary);
	free(texts);
	forget(&files);
	free(files.items);
	return ok;
}
