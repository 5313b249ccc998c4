/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_SERVERS_H
#define TEST_SERVERS_H

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Which script starts them; one that needs others says so before it includes this. */
#ifndef SERVERS_SCRIPT
#define SERVERS_SCRIPT "servers.py"
#endif

/*
 * Real servers from tests/live/servers.py, which lives as long as the test: ask for one, read what it answers. A server
 * that cannot be had fails the test with a sentence.
 */
struct servers {
	pid_t pid;
	FILE *ask;
	FILE *answers;
	char answer[1024];
};

static struct servers servers;

static inline void servers_start(void)
{
	static const char script[] = SOURCE_DIR "/tests/live/" SERVERS_SCRIPT;
	char *argv[] = {(char *)(uintptr_t) "python3", (char *)(uintptr_t)script, NULL};
	posix_spawn_file_actions_t actions;
	int to[2], from[2];

	assert_int_equal(pipe2(to, O_CLOEXEC), 0);
	assert_int_equal(pipe2(from, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], 0);
	posix_spawn_file_actions_adddup2(&actions, from[1], 1);
	assert_int_equal(
	    posix_spawn(&servers.pid, "/usr/bin/python3", &actions, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	servers.ask = fdopen(to[1], "w");
	servers.answers = fdopen(from[0], "r");
}

static inline void servers_stop(void)
{
	fclose(servers.ask);
	waitpid(servers.pid, NULL, 0);
	fclose(servers.answers);
}

/* What it answers: "port=… pid=…"; valid until the next call. */
static inline const char *servers_ask(const char *command)
{
	fprintf(servers.ask, "%s\n", command);
	fflush(servers.ask);
	if (!fgets(servers.answer, sizeof(servers.answer), servers.answers))
		fail_msg("servers.py has ended");
	servers.answer[strcspn(servers.answer, "\n")] = 0;
	if (strncmp(servers.answer, "ok", 2) != 0)
		fail_msg("%s: %s", command, servers.answer);
	return servers.answer;
}

/* The text behind "key=" of the last answer, in a buffer of the caller's. */
static inline const char *servers_text(const char *key, char *into, size_t size)
{
	char pattern[64];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s=", key);
	at = strstr(servers.answer, pattern);
	if (!at)
		fail_msg("no %s in: %s", key, servers.answer);
	else
		snprintf(into, size, "%.*s", (int)strcspn(at + strlen(pattern), " "),
		    at + strlen(pattern));
	return into;
}

static inline int servers_int(const char *key)
{
	char text[64];

	return (int)strtol(servers_text(key, text, sizeof(text)), NULL, 10);
}

static inline int servers_port(const char *command)
{
	servers_ask(command);
	return servers_int("port");
}

#endif
