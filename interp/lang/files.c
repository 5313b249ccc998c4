/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void files_init(struct files *files, struct arena *arena)
{
	*files = (struct files){.arena = arena};
}

void files_done(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		source_free(files->items[i]->source);
	free(files->items);
	*files = (struct files){0};
}

/* Without "." and, where a folder stands before it, "..": one file has one name, or cycles would not be seen. */
static char *simplify(struct arena *arena, struct str path)
{
	char *out = arena_alloc(arena, path.len + 2);
	size_t len = 0;

	while (path.len) {
		ptrdiff_t slash = str_find(path, STR("/"));
		size_t end = slash < 0 ? path.len : (size_t)slash + 1;
		struct str part = str_sub(path, 0, end);
		size_t back = len;

		path = str_sub(path, end, path.len);
		if (str_is(part, "./") || (str_is(part, "/") && len > 0))
			continue;
		while (back > 1 && out[back - 2] != '/')
			back--;
		if (str_is(part, "../") && len > 1 && back > 0 &&
		    !str_is((struct str){out + back - 1, len - back + 1}, "../")) {
			len = back - 1;
			continue;
		}
		memcpy(out + len, part.ptr, part.len);
		len += part.len;
	}
	out[len] = '\0';
	return out;
}

static struct file *add(struct files *files, struct source *source)
{
	struct file *file = arena_alloc(files->arena, sizeof(*file));

	file->source = source;
	file->key = simplify(files->arena, str_from(source->name));
	files->items = mem_grow(
	    files->items, files->count, &files->capacity, sizeof(struct file *));
	files->items[files->count++] = file;
	return file;
}

static struct source *take(const struct file_text *given)
{
	struct source *source = source_new(given->name, given->text);

	source->path = given->path ? mem_strdup(given->path) : NULL;
	return source;
}

struct file *files_add(struct files *files, const struct file_text *text)
{
	return add(files, take(text));
}

static struct source *read_given(const struct files *files, const char *path)
{
	for (size_t i = 0; i < files->given_count; i++)
		if (strcmp(files->given[i].name, path) == 0)
			return take(&files->given[i]);
	errno = ENOENT;
	return NULL;
}

struct file *files_open(
    struct files *files, const char *path, struct span span, struct diags *diags)
{
	const char *key = simplify(files->arena, str_from(path));
	struct source *source;

	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->items[i]->key, key) == 0)
			return files->items[i];
	source = files->given ? read_given(files, path) : source_read(path);
	if (source)
		return add(files, source);
	if (errno == EFBIG)
		diag_error(
		    diags, "unreadable", span, "%s is larger than %d MiB", path, SOURCE_MAX >> 20);
	else
		diag_error(diags, "unreadable", span, "cannot read %s: %s", path, strerror(errno));
	return NULL;
}

struct file *files_open_beside(struct files *files, const struct source *from, struct str name,
    struct span span, struct diags *diags)
{
	const char *slash = strrchr(from->name, '/');
	int folder = slash ? (int)(slash - from->name) + 1 : 0;
	struct str path = arena_printf(files->arena, "%.*s%.*s",
	    name.len && name.ptr[0] == '/' ? 0 : folder, from->name, STR_ARG(name));

	return files_open(files, simplify(files->arena, path), span, diags);
}

/* The folder of a file with a slash at its end; as the disk has it where that is known. */
static struct str folder_of(const struct files *files, const struct source *source)
{
	struct str path = source->path ? str_from(source->path)
				       : str_from(simplify(files->arena, str_from(source->name)));

	while (path.len && path.ptr[path.len - 1] != '/')
		path.len--;
	return path;
}

struct str files_way(const struct files *files, const struct source *from, const struct source *to)
{
	struct str there = folder_of(files, from);
	struct str here = folder_of(files, to);
	size_t common = 0;
	struct str rest;
	struct buf way;

	for (size_t i = 0; i < there.len && i < here.len && there.ptr[i] == here.ptr[i]; i++)
		if (there.ptr[i] == '/')
			common = i + 1;
	rest = str_sub(here, common, here.len);
	/* of a folder above, nobody knows what it is called; nor where a relative one lies */
	if (str_starts(rest, STR("../")) ||
	    (there.len && here.len && (there.ptr[0] == '/') != (here.ptr[0] == '/')))
		return (struct str){0};
	buf_init(&way, BUF_UNBOUNDED);
	for (size_t i = 0; i < rest.len; i++)
		if (rest.ptr[i] == '/')
			buf_text(&way, "../");
	buf_str(&way, str_sub(there, common, there.len));
	rest = arena_str(files->arena, buf_view(&way));
	buf_done(&way);
	return rest;
}

const struct node *file_tree(struct files *files, struct file *file, struct diags *diags)
{
	if (!file->parsed)
		file->tree = tree_parse(files->arena, file->source, diags);
	file->parsed = true;
	return file->tree;
}
