/* SPDX-License-Identifier: Apache-2.0 */
#include "stdlib/backup_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void parts_done(struct parts *parts)
{
	free(parts->parts);
	*parts = (struct parts){0};
}

bool parts_add(struct parts *parts, const struct part *part)
{
	if (parts->count == PARTS_MAX)
		return false;
	parts->parts = mem_grow(
	    parts->parts, parts->count, &parts->capacity, sizeof(*parts->parts));
	parts->parts[parts->count++] = *part;
	return true;
}

const char *parts_title(const struct parts *parts, const char *name)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->parts[i].promised && strcmp(parts->parts[i].name, name) == 0)
			return parts->parts[i].title;
	return name;
}

/* By name, promises first. */
static int order(const void *a, const void *b)
{
	const struct part *left = a;
	const struct part *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : right->promised - left->promised;
}

static bool ends_as_promised(const struct part *promise, const struct part *found)
{
	return promise->end == PART_END_ANY || found->end == PART_END_ANY ||
	    promise->end == found->end;
}

/* One name: promise is NULL for what nobody promised, found for what is not there. */
static bool fits(const struct part *promise, const struct part *found, char *ret_why, size_t size)
{
	if (!promise)
		snprintf(ret_why, size,
		    "it holds data that its table of contents does not name (%s)", found->name);
	else if (!found)
		snprintf(ret_why, size, "the data of %s are missing (%s)", promise->title,
		    promise->name);
	else if (!ends_as_promised(promise, found))
		snprintf(ret_why, size, "the data of %s do not reach their end (%s)",
		    promise->title, promise->name);
	else if (promise->offset && found->offset && promise->offset != found->offset)
		snprintf(ret_why, size,
		    "the data of %s begin at byte %" PRIu64
		    ", and its table of contents says %" PRIu64,
		    promise->title, found->offset, promise->offset);
	else
		return true;
	return false;
}

bool parts_fit(struct parts *parts, char *ret_why, size_t size)
{
	size_t count = parts->count;

	if (count)
		qsort(parts->parts, count, sizeof(*parts->parts), order);
	for (size_t i = 0; i < count;) {
		const struct part *part = &parts->parts[i];
		const struct part *next = i + 1 < count ? part + 1 : NULL;
		bool pair = part->promised && next && !next->promised &&
		    strcmp(part->name, next->name) == 0;

		if (!fits(part->promised ? part : NULL,
			pair                 ? next
			    : part->promised ? NULL
					     : part,
			ret_why, size))
			return false;
		i += pair ? 2 : 1;
	}
	return true;
}
