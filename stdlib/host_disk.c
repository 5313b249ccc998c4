/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "stdlib/args.h"
#include "stdlib/look.h"
#include "stdlib/proc.h"
#include "stdlib/registry.h"
#include "stdlib/text.h"

/* host.disk: the file system that a path lies on, as df tells it. */

static const struct param params[] = {{.name = "path",
					  .kind = PARAM_PATH,
					  .flags = PARAM_REQUIRED | PARAM_PRINCIPAL,
					  .doc = "Any path on the file system."},
    {0}};

static const struct field results[] = {{"size", &type_int, "In bytes."},
    {"free", &type_int, "Bytes that nobody uses."},
    {"available", &type_int, "Bytes of these that other users than root may use."},
    {"used", &type_double, "What is used of what users may use, from 0.0 to 1.0, as df counts."},
    {"inodes", &type_int, "Files it can hold; left out where that is not limited, as the next."},
    {"inodes_free", &type_int, "Files that may still be made."},
    {"inodes_used", &type_double, "What is used of them, from 0.0 to 1.0."},
    {"read_only", &type_bool, "Whether it is mounted read-only."},
    {"device", &type_string, "What is mounted: /dev/sda1, host:/export; left out if hidden."},
    {"type", &type_string, "The kind of file system: ext4, xfs, nfs4; left out if hidden."},
    {"mount", &type_string, "Where it is mounted; left out if hidden."}, {0}};

const struct action_spec host_disk_spec = {
    .name = "host.disk",
    .summary = "How full the file system of a path is.",
    .params = params,
    .results = results,
    .success_doc = "the path exists",
    .here = true,
    .effect = EFFECT_READ,
    .timeout_us = 30000000,
};

enum { MOUNTS_MAX = 8 << 20 };

static double share(double used, double all)
{
	return all > 0 ? used / all : 0;
}

/* "\040" is how the kernel writes a blank within a word. */
static struct str unescape(struct arena *arena, struct str word)
{
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < word.len; i++) {
		const char *at = word.ptr + i;

		if (*at == '\\' && i + 3 < word.len) {
			buf_byte(
			    &buf, (char)((at[1] - '0') * 64 + (at[2] - '0') * 8 + (at[3] - '0')));
			i += 3;
		} else {
			buf_byte(&buf, *at);
		}
	}
	word = arena_str(arena, buf_view(&buf));
	buf_done(&buf);
	return word;
}

static void add_word(struct map_builder *result, const char *field, struct str word)
{
	map_add(result, field, text_value(result->arena, unescape(result->arena, word)));
}

/* The path's line of mountinfo: "36 35 98:0 /root /mount options optional… - type device options". */
static void add_mount(struct map_builder *result, uint64_t id)
{
	struct str text, line, mount;

	if (!proc_read(result->arena, "/proc/self/mountinfo", MOUNTS_MAX, &text))
		return;
	while (str_line(&text, &line)) {
		if (proc_number(&line) != (int64_t)id)
			continue;
		for (int i = 0; i < 3; i++)
			proc_word(&line);
		mount = proc_word(&line);
		while (line.len && !str_is(proc_word(&line), "-"))
			;
		add_word(result, "type", proc_word(&line));
		add_word(result, "device", proc_word(&line));
		add_word(result, "mount", mount);
		return;
	}
}

static const struct value *describe(
    struct arena *arena, const struct statvfs *disk, const struct statx *place)
{
	int64_t block = (int64_t)disk->f_frsize;
	double used = (double)(disk->f_blocks - disk->f_bfree);
	struct map_builder result;

	map_begin(&result, arena);
	map_add(&result, "size", value_int(arena, (int64_t)disk->f_blocks * block));
	map_add(&result, "free", value_int(arena, (int64_t)disk->f_bfree * block));
	map_add(&result, "available", value_int(arena, (int64_t)disk->f_bavail * block));
	map_add(&result, "used", value_double(arena, share(used, used + (double)disk->f_bavail)));
	if (disk->f_files) {
		map_add(&result, "inodes", value_int(arena, (int64_t)disk->f_files));
		map_add(&result, "inodes_free", value_int(arena, (int64_t)disk->f_ffree));
		map_add(&result, "inodes_used",
		    value_double(arena,
			share((double)(disk->f_files - disk->f_ffree), (double)disk->f_files)));
	}
	map_add(&result, "read_only", value_bool(disk->f_flag & ST_RDONLY));
	if (place->stx_mask & STATX_MNT_ID)
		add_mount(&result, place->stx_mnt_id);
	return map_end(&result);
}

static void work(struct look *look)
{
	struct map_builder nothing;
	struct statvfs disk;
	struct statx place;
	struct args args;
	const char *path;

	args_init(&args, look->args, look->arena);
	path = args_cstr(&args, "path");
	if (args.wrong.len || !path) {
		look_error(
		    look, "%.*s", STR_ARG(args.wrong.len ? args.wrong : STR("path is empty")));
	} else if (statvfs(path, &disk) == 0 &&
	    statx(AT_FDCWD, path, 0, STATX_MNT_ID, &place) == 0) {
		look->result = describe(look->arena, &disk, &place);
	} else if (errno == ENOENT || errno == ENOTDIR) {
		map_begin(&nothing, look->arena);
		look->result = map_end(&nothing);
		look_fail(look, "no such file: %s", path);
	} else {
		look_error(look, "cannot look at the file system of %s: %s", path, strerror(errno));
	}
}

static void start(struct attempt *attempt)
{
	look_start(attempt, work, "looking at the file system");
}

const struct action_impl host_disk = {
    .spec = &host_disk_spec, .start = start, .cancel = look_cancel};
