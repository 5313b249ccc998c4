/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks every FOLDER/NAME.yaml and compares what is printed with NAME.txt, byte for byte. A runbook without its text
 * is a failure, and a text without its runbook too. With UPDATE=1 in the environment the texts are written anew.
 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/source.h"
#include "lang/load.h"
#include "stdlib/registry.h"

struct counts {
	int good;
	int bad;
};

static int has_suffix(const struct dirent *entry, const char *suffix)
{
	return str_ends(str_from(entry->d_name), str_from(suffix));
}

static int is_case(const struct dirent *entry)
{
	return has_suffix(entry, ".yaml");
}

static int is_text(const struct dirent *entry)
{
	return has_suffix(entry, ".txt");
}

static char *with_suffix(const char *name, const char *suffix)
{
	char *path;

	if (asprintf(&path, "%.*s%s", (int)(strrchr(name, '.') - name), name, suffix) < 0)
		abort();
	return path;
}

static bool write_text(const char *path, struct str text)
{
	FILE *file = fopen(path, "wb");
	bool ok = file && (!text.len || fwrite(text.ptr, 1, text.len, file) == text.len);

	if (file && fclose(file))
		ok = false;
	if (!ok)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return ok;
}

static bool compare(const char *path, struct str shown)
{
	struct source *wanted = source_read(path);
	bool same;

	if (!wanted) {
		fprintf(stderr, "FAIL %s: %s\n%.*s", path, strerror(errno), STR_ARG(shown));
		return false;
	}
	same = str_eq((struct str){wanted->bytes, wanted->len}, shown);
	if (!same)
		fprintf(stderr, "FAIL %s\n--- wanted\n%.*s--- shown\n%.*s---\n", path,
		    (int)wanted->len, wanted->bytes, STR_ARG(shown));
	source_free(wanted);
	return same;
}

/* One runbook; its diagnostics and its verdict must agree. */
static bool run_case(const char *name, bool update)
{
	struct load load;
	struct buf shown;
	char *path = with_suffix(name, ".txt");
	bool clean = load_file(&load, name, &stdlib_vocabulary);
	bool ok;

	buf_init(&shown, BUF_UNBOUNDED);
	load_show(&load, false, &shown);
	ok = clean == (load.diags.errors == 0) && (clean || shown.len > 0);
	if (!ok)
		fprintf(stderr, "FAIL %s: the verdict contradicts the diagnostics\n", name);
	else if (update)
		ok = write_text(path, buf_view(&shown));
	else
		ok = compare(path, buf_view(&shown));
	buf_done(&shown);
	load_done(&load);
	free(path);
	return ok;
}

static bool has_case(const char *name, bool update)
{
	char *path = with_suffix(name, ".yaml");
	bool found = access(path, R_OK) == 0;

	(void)update;
	if (!found)
		fprintf(stderr, "FAIL %s has no runbook\n", name);
	free(path);
	return found;
}

static void each(struct counts *counts, int (*pick)(const struct dirent *),
    bool (*run)(const char *, bool), bool update)
{
	struct dirent **names;
	int count = scandir(".", &names, pick, alphasort);

	for (int i = 0; i < count; i++) {
		if (run(names[i]->d_name, update))
			counts->good++;
		else
			counts->bad++;
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	const char *update = getenv("UPDATE");
	struct counts counts = {0};
	struct counts texts = {0};

	if (argc != 2 || chdir(argv[1])) {
		fprintf(stderr, "usage: check_runner FOLDER\n");
		return 2;
	}
	each(&counts, is_case, run_case, update && !strcmp(update, "1"));
	each(&texts, is_text, has_case, false);
	printf("%d good, %d bad\n", counts.good, counts.bad + texts.bad);
	return counts.bad || texts.bad || !counts.good;
}
