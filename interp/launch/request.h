/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LAUNCH_REQUEST_H
#define LAUNCH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "launch/protocol.h"

enum { REQUEST_POINTERS = 4096 };

/*
 * A received BEGIN, laid out for execve(). It owns its descriptors and the memory that it mapped; the strings live
 * until request_done(). One exists per launcher, reused.
 */
struct request {
	struct launch_begin begin;
	int fds[LAUNCH_FDS]; /* -1: not there */
	const char *cwd;
	const char *run_dir;
	const char *writable; /* begin.writable strings, one behind the other's NUL */
	char **argv
	    [LAUNCH_STAGES_MAX]; /* each with a free slot in front, for the shell of a file without "#!" */
	char **env;
	void *mapped; /* the memfd, or NULL */
	size_t mapped_size;
	char **pointers; /* where argv and env lie: `few`, or mapped */
	size_t pointers_size;
	char *few[REQUEST_POINTERS];
	char packet[sizeof(struct launch_begin) + LAUNCH_INLINE_MAX];
};

/* Any message of the interpreter, as it came. */
union message {
	struct launch_head head;
	struct launch_begin begin;
	struct launch_stop stop;
};

/* What request_receive() met. */
enum received { RECEIVED_NOTHING, RECEIVED_MESSAGE, RECEIVED_BROKEN, RECEIVED_CLOSED };

/*
 * Takes one packet off the socket, descriptors included, without waiting. BROKEN: a BEGIN that cannot be carried out,
 * with *ret_error the reason; its serial number is valid.
 */
enum received request_receive(
    struct request *request, int socket, union message *ret_message, int *ret_error);

/* Lays out the strings of a BEGIN; 0 or an error number. */
int request_lay_out(struct request *request);

/* Closes the descriptors that are still its own and unmaps. */
void request_done(struct request *request);

#endif
