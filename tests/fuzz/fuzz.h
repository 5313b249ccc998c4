/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Defined by every fuzz_NAME.c: feeds one input to what it tests, and returns 0. Crashing is the only way to fail. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
