/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_RUN_FAKE_H
#define TEST_RUN_FAKE_H

#include "act/attempt.h"
#include "value/action.h"

struct rig;

/* Actions whose behaviour the runbook tells (rig.h), and whose calls the rig's log shows. */
extern const struct vocabulary fake_vocabulary;
extern const struct registry fake_registry;

/* From now on they serve this rig. */
void fake_use(struct rig *rig);

/* Those that keep their memory give it back. */
void fake_release(struct rig *rig);

#endif
