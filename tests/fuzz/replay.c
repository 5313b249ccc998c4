/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for libFuzzer: feeds every file of the folders named on the command line to the fuzzer's entry, in the
 * order of their names. No file at all is a failure: a corpus that went missing must not pass for one that holds.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

/* Feeds one file, in memory of exactly its size so that reading beyond it is seen. */
static int replay_file(const char *path)
{
	uint8_t *bytes = NULL;
	struct stat info;
	int status = -1;
	FILE *file = fopen(path, "rb");

	if (!file || fstat(fileno(file), &info))
		goto done;
	bytes = malloc((size_t)info.st_size);
	if ((!bytes && info.st_size) ||
	    fread(bytes, 1, (size_t)info.st_size, file) != (size_t)info.st_size)
		goto done;
	/* Before the call: a crash names its input. */
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(bytes, (size_t)info.st_size);
	status = 0;
done:
	if (status)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	if (file)
		fclose(file);
	free(bytes);
	return status;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Returns how many files were fed, -1 when one could not be read. */
static int replay_folder(const char *folder)
{
	struct dirent **names;
	int count = scandir(folder, &names, is_visible, alphasort);
	int fed = 0;

	if (count < 0) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return -1;
	}
	for (int i = 0; i < count; i++) {
		char *path;

		if (asprintf(&path, "%s/%s", folder, names[i]->d_name) < 0)
			abort();
		if (fed >= 0)
			fed = replay_file(path) ? -1 : fed + 1;
		free(path);
		free(names[i]);
	}
	free(names);
	return fed;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		int fed = replay_folder(argv[i]);

		if (fed < 0)
			return 1;
		total += fed;
	}
	fprintf(stderr, "%d inputs\n", total);
	return total > 0 ? 0 : 1;
}
