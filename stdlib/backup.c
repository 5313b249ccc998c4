/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "act/loop.h"
#include "stdlib/text.h"

static const char *const names[] = {
    [BACKUP_UNKNOWN] = "unknown",
    [BACKUP_POSTGRES_PLAIN] = "postgres_plain",
    [BACKUP_POSTGRES_CLUSTER] = "postgres_cluster",
    [BACKUP_POSTGRES_CUSTOM] = "postgres_custom",
    [BACKUP_POSTGRES_TAR] = "postgres_tar",
    [BACKUP_POSTGRES_DIRECTORY] = "postgres_directory",
    [BACKUP_REDIS_RDB] = "redis_rdb",
    [BACKUP_REDIS_AOF] = "redis_aof",
};

const char *const backup_kinds[] = {"postgres", "redis", "postgres_plain", "postgres_cluster",
    "postgres_custom", "postgres_tar", "postgres_directory", "redis_rdb", "redis_aof", NULL};

void backup_init(struct backup *backup)
{
	*backup = (struct backup){.offset = -1, .content_size = -1, .records = -1};
}

const char *backup_kind_name(enum backup_kind kind)
{
	return names[kind];
}

bool backup_is_kind(enum backup_kind kind, struct str wanted)
{
	struct str name = str_from(names[kind]);

	return str_starts(name, wanted) &&
	    (wanted.len == 0 || wanted.len == name.len || name.ptr[wanted.len] == '_');
}

bool backup_vbroken(struct backup *backup, int64_t offset, const char *format, va_list args)
{
	if (backup->reason[0])
		return false;
	backup->complete = false;
	backup->offset = offset;
	vsnprintf(backup->reason, sizeof(backup->reason), format, args);
	return false;
}

bool backup_broken(struct backup *backup, int64_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	backup_vbroken(backup, offset, format, args);
	va_end(args);
	return false;
}

void backup_text(char *into, size_t size, struct str foreign)
{
	size_t len = foreign.len < size - 1 ? foreign.len : size - 1;

	for (size_t i = 0; i < len; i++)
		into[i] = (unsigned char)foreign.ptr[i] < ' ' || foreign.ptr[i] == 0x7F
		    ? '?'
		    : foreign.ptr[i];
	into[len] = '\0';
}

void backup_complaint(char *into, size_t size, struct str line)
{
	enum { PREFIX_BYTES = 40 };
	ptrdiff_t colon = str_find(str_sub(line, 0, PREFIX_BYTES), STR(": "));
	struct str rest = str_sub(line, (size_t)(colon + 1), line.len);

	*into = '\0';
	for (ptrdiff_t i = 0; i < colon; i++)
		if (!isalnum((unsigned char)line.ptr[i]) && !strchr(" _-./", line.ptr[i]))
			return;
	if (colon > 0 && str_find(rest, STR(": ")) >= 0)
		backup_text(into, size, line);
}

static bool believes_created(const struct backup *backup)
{
	return backup->created_us && backup->created_us <= backup->mtime_us;
}

int64_t backup_taken_us(const struct backup *backup)
{
	return believes_created(backup) ? backup->created_us : backup->mtime_us;
}

struct str backup_reason(struct arena *arena, const struct backup *backup)
{
	return value_text(text_value(arena, str_from(backup->reason)));
}

static void give_text(struct map_builder *result, const char *key, const char *text)
{
	if (*text)
		map_add(result, key, text_value(result->arena, str_from(text)));
}

static void give_int(struct map_builder *result, const char *key, int64_t number)
{
	if (number >= 0)
		map_add(result, key, value_int(result->arena, number));
}

static void give_times(struct map_builder *result, const struct backup *backup)
{
	struct arena *arena = result->arena;
	const char *from = believes_created(backup) ? "created" : "mtime";

	map_add(result, "age", value_duration_us(arena, loop_wall_us() - backup_taken_us(backup)));
	map_add(result, "age_from", value_string(arena, str_from(from)));
	if (backup->created_us)
		map_add(result, "created", value_timestamp_us(arena, backup->created_us));
	map_add(result, "mtime", value_timestamp_us(arena, backup->mtime_us));
}

void backup_give(struct map_builder *result, const struct backup *backup)
{
	struct arena *arena = result->arena;

	map_add(result, "complete", value_bool(backup->complete));
	give_text(result, "reason", backup->reason);
	give_int(result, "offset", backup->offset);
	map_add(result, "kind", value_string(arena, str_from(names[backup->kind])));
	if (backup->missing)
		return;
	map_add(
	    result, "compression", value_string(arena, str_from(packing_name(backup->packing))));
	if (backup->trailer != TRAILER_NONE)
		map_add(result, "trailer", value_bool(backup->trailer == TRAILER_FOUND));
	map_add(result, "checksum", value_bool(backup->checksum));
	give_int(result, "records", backup->records);
	map_add(result, "size", value_int(arena, backup->size));
	give_int(result, "content_size", backup->content_size);
	give_text(result, "digest", backup->digest);
	give_times(result, backup);
	give_text(result, "server_version", backup->server_version);
	give_text(result, "database", backup->database);
	map_add(result, "changed", value_bool(backup->changed));
}
