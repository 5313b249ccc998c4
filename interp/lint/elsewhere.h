/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LINT_ELSEWHERE_H
#define LINT_ELSEWHERE_H

#include "lint/lint_parts.h"

/*
 * Where a command leads that is written by hand (`ssh db1 sudo -u postgres psql`), as the keys of a step would say it.
 * What a target cannot say, no elsewhere is made of: tunnels, terminals, what ssh is told by a file.
 */
struct elsewhere {
	const char *by; /* "ssh", "docker exec" */
	const char *why; /* "goes elsewhere by hand: a timeout ends this end only" */
	struct str target; /* {ssh: db1, become: postgres}; empty: not known here */
	struct str run; /* an argv, or a script in quotes; empty: not known here */
	struct str env; /* {NAME: value}, or empty */
	struct str cwd; /* or empty */
	bool many; /* the machines of a loop, which the target goes through itself */
	bool within; /* in a script that does more */
};

/*
 * Finds where a command leads; false: nowhere, or no target says so. Of a loop over machines, `each`, the target has
 * all of them. A sudo that can only be root, and asks nothing, is a plain one.
 */
bool elsewhere_find(struct arena *arena, const struct command *command, const struct each *each,
    struct elsewhere *ret_elsewhere, bool *ret_plain);

/* Whether no shell would take anything of a text for more than words between spaces. */
bool elsewhere_is_plain(struct str text);

/* The first byte of its kind outside of templates; the text's length when there is none. */
size_t elsewhere_index(struct str text, char c);

/*
 * A word as it would stand in a runbook, without the quotes that a shell there would take off, where one has `joined`
 * it; false: it cannot.
 */
bool elsewhere_word(
    struct arena *arena, const struct word *word, bool joined, struct str *ret_text);

/* Text as a value of YAML in one line; false: it would need more. */
bool elsewhere_scalar(struct buf *out, struct str text);

/* The same of a command of a process; false also where it does not begin here. (rules_target.c) */
bool lint_elsewhere(struct lint *lint, const struct process *process, size_t index,
    struct elsewhere *ret_elsewhere);

/* The lines to write; `also` is put behind them. */
void lint_help_elsewhere(struct lint *lint, struct diag *diag, const struct process *process,
    const struct elsewhere *elsewhere, const char *also);

#endif
