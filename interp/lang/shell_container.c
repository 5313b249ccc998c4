/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/* What is run in a container, a pod or a namespace. */
static const char *const containers[] = {"docker", "podman", "nerdctl", NULL};

static const char *const compose_options[] = {
    "profile", "file", "project-name", "env-file", "project-directory", "ansi", NULL};

/* Options of `exec` and `run` whose value is the next word. */
static const char *const run_options[] = {"add-host", "annotation", "cap-add", "cap-drop",
    "cgroupns", "cidfile", "cpus", "device", "dns", "entrypoint", "env", "env-file", "expose",
    "gpus", "hostname", "index", "ipc", "label", "link", "log-driver", "log-opt", "memory", "mount",
    "name", "net", "network", "network-alias", "pid", "platform", "publish", "pull", "restart",
    "runtime", "security-opt", "shm-size", "stop-signal", "stop-timeout", "sysctl", "tmpfs",
    "ulimit", "user", "userns", "volume", "volumes-from", "workdir", NULL};

/* `docker … exec C`, `docker run IMAGE`, the same with compose: the word behind; 0: it is none. */
static size_t container_word(const struct command *command, size_t *ret_verb)
{
	bool compose = command_is(command, "docker-compose");
	size_t at = compose || command_is_one(command, containers)
	    ? command_operand(command, 1, "Hcl")
	    : 0;

	if (!at)
		return 0;
	if (!compose && str_is(command_word(command, at), "compose")) {
		compose = true;
		at++;
	} else if (!compose && str_is(command_word(command, at), "container")) {
		at++;
	}
	if (compose)
		at = command_operand_long(command, at, "fp", compose_options);
	if (!str_is(command_word(command, at), "exec") && !str_is(command_word(command, at), "run"))
		return 0;
	*ret_verb = at;
	return command_operand_long(
		   command, at + 1, compose ? "eluvwp" : "aehlmpuvwc", run_options) +
	    1;
}

/* `kubectl … exec POD -- CMD`, or without the dashes; `run` and `debug` have them. */
static size_t pod_word(const struct command *command)
{
	static const char *const options[] = {"namespace", "container", "context", "kubeconfig",
	    "cluster", "user", "server", "pod-running-timeout", NULL};
	size_t at;

	if (!command_is(command, "kubectl") && !command_is(command, "oc"))
		return 0;
	at = command_operand_long(command, 1, "ncsf", options);
	if (!str_is(command_word(command, at), "exec") &&
	    !str_is(command_word(command, at), "run") &&
	    !str_is(command_word(command, at), "debug") &&
	    !str_is(command_word(command, at), "rsh"))
		return 0;
	for (size_t i = at + 1; i < command->count; i++)
		if (str_is(command_word(command, i), "--"))
			return i + 1;
	if (!str_is(command_word(command, at), "exec") && !str_is(command_word(command, at), "rsh"))
		return 0;
	at = command_operand_long(command, at + 1, "ncf", options);
	return command_operand_long(command, at + 1, "ncf", options);
}

/* Others that name what they enter, and then what runs there. */
static size_t entered_word(const struct command *command)
{
	static const struct {
		const char *name;
		const char *verbs[2];
		const char *with_value;
	} rows[] = {
	    {"ip", {"netns", "exec"}, "n"},
	    {"crictl", {"exec", NULL}, "r"},
	    {"lxc", {"exec", NULL}, ""},
	    {"incus", {"exec", NULL}, ""},
	    {"nomad", {"alloc", "exec"}, ""},
	    {"machinectl", {"shell", NULL}, "M"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t at = command_operand(command, 1, rows[i].with_value);
		bool found = command_is(command, rows[i].name);

		for (size_t k = 0; k < 2 && found && rows[i].verbs[k]; k++) {
			found = str_is(command_word(command, at), rows[i].verbs[k]);
			at = command_operand(command, at + 1, rows[i].with_value);
		}
		if (found) /* behind the name, perhaps dashes */
			return command_operand(command, at + 1, rows[i].with_value);
	}
	return 0;
}

bool container_entered(const struct command *command)
{
	size_t verb;

	return container_word(command, &verb) || pod_word(command);
}

static bool words_from(const struct command *command, size_t at, struct command *ret_inner)
{
	if (!at || at >= command->count)
		return false;
	*ret_inner = *command;
	ret_inner->words += at;
	ret_inner->count -= at;
	ret_inner->span.start = ret_inner->words[0].span.start;
	return true;
}

bool container_command(
    struct arena *arena, const struct command *command, struct command *ret_inner)
{
	size_t verb = 0;
	size_t at = container_word(command, &verb);
	size_t entry = at ? command_value(command, verb + 1, 0, "entrypoint", "") : 0;
	struct word *words;

	if (!at)
		at = pod_word(command);
	if (!at)
		at = entered_word(command);
	if (!entry || entry >= at || str_starts(command->words[entry].text, STR("--")))
		return words_from(command, at, ret_inner);
	/* what stands behind the image are arguments of the entry point */
	words = arena_array(arena, command->count - at + 1, sizeof(*words));
	words[0] = command->words[entry];
	for (size_t i = at; i < command->count; i++)
		words[i - at + 1] = command->words[i];
	*ret_inner = *command;
	ret_inner->words = words;
	ret_inner->count = command->count > at ? command->count - at + 1 : 1;
	return true;
}
