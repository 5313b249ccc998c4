/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/spell.h"
#include "cli/command.h"
#include "cli/help.h"

const struct command *const commands[] = {
    &command_check,
    &command_plan,
    &command_rehearse,
    &command_match,
    &command_run,
    &command_resume,
    &command_replay,
    &command_watch,
    &command_note,
    &command_report,
    &command_diff,
    &command_coverage,
    &command_history,
    &command_verify,
    &command_eval,
    &command_export,
    &command_actions,
    &command_schema,
    &command_manual,
    &command_complete,
    NULL,
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void unknown_command(const char *name)
{
	struct spell spell;
	struct str best;

	spell_init(&spell, str_from(name));
	for (size_t i = 0; commands[i]; i++)
		spell_try(&spell, str_from(commands[i]->name));
	best = spell_best(&spell);
	if (best.len)
		complain("there is no command %s; did you mean %.*s?", name, STR_ARG(best));
	else
		complain("there is no %s %s; see reprise --help",
		    name[0] == '-' ? "option" : "command", name);
}

/*
 * Whoever starts us may have closed standard input, output or error. What is opened next would take that number, and a
 * transcript would be taken for standard output. The holes are filled with what cannot be written to, so that it shows.
 */
static void fill_holes(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

/* Output that nobody got is a failure, though the command went well. */
static int check_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain("cannot write to standard output: %s", strerror(errno));
	return status == STATUS_OK ? STATUS_WRONG : status;
}

static int dispatch(const struct command *command, int argc, char **argv)
{
	struct invocation invocation;
	int status = invocation_parse(command, argc, argv, &invocation);

	if (status)
		return status < 0 ? STATUS_OK : status;
	status = command->run(&invocation);
	invocation_done(&invocation);
	return status;
}

static int help(int argc, char **argv)
{
	const struct command *command = argc > 2 ? command_find(argv[2]) : NULL;

	if (command)
		return dispatch(command, 1, (char *[]){"--help", NULL});
	if (argc > 2) {
		unknown_command(argv[2]);
		return STATUS_WRONG;
	}
	help_overall(stdout);
	return STATUS_OK;
}

int main(int argc, char **argv)
{
	const struct command *command;

	fill_holes();
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told as a full disk is */
	if (argc < 2) {
		help_overall(stderr);
		return STATUS_WRONG;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return check_output(help(argc, argv));
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("reprise %s\n", REPRISE_VERSION);
		return check_output(STATUS_OK);
	}
	command = command_find(argv[1]);
	if (!command) {
		unknown_command(argv[1]);
		return STATUS_WRONG;
	}
	return check_output(dispatch(command, argc - 2, argv + 2));
}
