/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REPORT_ANSWERS_H
#define CLI_REPORT_ANSWERS_H

#include "cli/command.h"
#include "view/incident.h"

/*
 * Reads a file of answers for the report, YAML; its texts live in the arena. False after saying on standard error what
 * is wrong with it: all of it at once.
 */
bool report_answers_read(const struct invocation *invocation, const char *path, struct arena *arena,
    struct incident_answers *ret_answers);

#endif
