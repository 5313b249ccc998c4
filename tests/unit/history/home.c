/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/source.h"

void home_make(struct home *home)
{
	memset(home, 0, sizeof(*home));
	snprintf(home->path, sizeof(home->path), "/tmp/reprise-history-XXXXXX");
	assert_non_null(mkdtemp(home->path));
	home->arena = arena_new();
	assert_int_equal(mkdir(home_file(home, "runs"), 0700), 0);
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *ftw)
{
	(void)status;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void home_remove(struct home *home)
{
	home_close(home);
	assert_int_equal(nftw(home->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_free(home->arena);
}

const char *home_file(struct home *home, const char *name)
{
	return arena_printf(home->arena, "%s/%s", home->path, name).ptr;
}

static const char *run_file(struct home *home, const char *name)
{
	return arena_printf(home->arena, "%s/runs/%s.jsonl", home->path, name).ptr;
}

void home_keep(struct home *home, const char *from, const char *name)
{
	char path[512];
	struct source *source;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/record/kept/%s.jsonl", SOURCE_DIR, from);
	source = source_read(path);
	assert_non_null(source);
	file = fopen(run_file(home, name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(source->bytes, 1, source->len, file), source->len);
	assert_int_equal(fclose(file), 0);
	source_free(source);
}

void home_forget(struct home *home, const char *name)
{
	assert_int_equal(unlink(run_file(home, name)), 0);
}

struct index_refreshed home_refresh(struct home *home, const struct index_help *help)
{
	static const struct index_help none = {.patience_ms = 10000};
	const struct index_scope all = {0};

	if (!home->index)
		home->index = index_open(home->path, help ? help : &none);
	return index_refresh(home->index, &all);
}

void home_close(struct home *home)
{
	index_close(home->index);
	home->index = NULL;
}

static struct str name_of(struct str path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	return slash ? str_sub(path, (size_t)(slash + 1 - path.ptr), SIZE_MAX) : path;
}

static void say_run(const struct past_run *run, struct buf *out)
{
	buf_printf(out, "%.*s %.*s %.*s %.*s %.*s %.*s %.*s %.*s %.*s\n",
	    STR_ARG(name_of(run->path)), STR_ARG(run->run), STR_ARG(run->runbook),
	    STR_ARG(run->sha256), STR_ARG(run->texts), STR_ARG(run->mode), STR_ARG(run->alone),
	    STR_ARG(run->follows), STR_ARG(run->why));
	buf_printf(out, "  %d%d%d %d %lld %lld %lld %lld %lld\n", run->rehearsal, run->resumed,
	    run->finished, (int)run->outcome, (long long)run->began_at_us,
	    (long long)run->heard_at_us, (long long)run->duration_us, (long long)run->open_us,
	    (long long)run->rto_us);
	for (size_t i = 0; i < run->step_count; i++) {
		const struct past_step *step = &run->steps[i];

		buf_printf(out, "  %.*s %.*s %d %d%d%d%d%d%d%d %u %lld %lld %lld\n",
		    STR_ARG(step->node), STR_ARG(step->path), (int)step->outcome, step->allowed,
		    step->performed, step->checked, step->assumed, step->is_block, step->is_loop,
		    step->is_manual, step->attempts, (long long)step->began_us,
		    (long long)step->duration_us, (long long)step->open_us);
	}
}

void home_say(struct home *home, struct run_index *index, struct buf *out)
{
	const struct past_query all = {.steps = true};
	struct index_trouble *troubles;
	struct past past;
	size_t count;

	index_past(index, home->arena, &all, &past);
	for (size_t i = 0; i < past.count; i++)
		say_run(&past.runs[i], out);
	troubles = index_troubles(index, home->arena, &count);
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%.*s: %.*s\n", STR_ARG(name_of(troubles[i].path)),
		    STR_ARG(troubles[i].why));
}

/* A place beside it, over the same runs. */
void home_is_right(struct home *home)
{
	struct home other;
	struct buf said;
	struct buf wanted;

	home_make(&other);
	/* in memory, since there is no place for a file */
	assert_int_equal(mkdir(home_file(&other, "history.sqlite"), 0700), 0);
	assert_int_equal(rmdir(home_file(&other, "runs")), 0);
	assert_int_equal(symlink(home_file(home, "runs"), home_file(&other, "runs")), 0);
	home_refresh(&other, NULL);
	buf_init(&said, BUF_UNBOUNDED);
	buf_init(&wanted, BUF_UNBOUNDED);
	home_say(home, home->index, &said);
	home_say(&other, other.index, &wanted);
	if (!str_eq(buf_view(&said), buf_view(&wanted)))
		fail_msg("the files say\n%.*s\nand the index\n%.*s", STR_ARG(buf_view(&wanted)),
		    STR_ARG(buf_view(&said)));
	buf_done(&said);
	buf_done(&wanted);
	home_remove(&other);
}
