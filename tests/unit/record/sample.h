/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_RECORD_SAMPLE_H
#define TEST_RECORD_SAMPLE_H

#include <stdint.h>

#include "base/buf.h"
#include "record/transcript_reader.h"
#include "record/transcript_writer.h"

/* A directory for one test, removed with all that is in it by sample_clean(). */
extern char sample_dir[64];

int sample_setup(void **state);
int sample_clean(void **state);

/* sample_dir/name, valid until the next call. */
const char *sample_path(const char *name);

struct writer *sample_writer(const char *name);

/* A run's lines: run.started, then `notes` notes (the texts differ in length), then run.finished. */
void sample_begin(struct writer *writer);
void sample_note(struct writer *writer, int number);
void sample_end(struct writer *writer);

/* A number below `below`: the same ones in every run. */
uint64_t sample_dice(uint64_t below);

void assert_str(struct str a, struct str b);

/* All bytes of a file. */
void sample_read(const char *path, struct buf *out);

/* What verifying a transcript finds. */
enum transcript_state sample_state(const char *path);

/* A whole transcript of `notes` + 3 lines, sealed, in sample_dir/name. */
void sample_sealed(const char *name, int notes);

#endif
