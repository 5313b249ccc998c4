/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lint/lint_parts.h"

/* What is known of programs: a table for each question. What is not known is not reported. */

bool program_is_quick(const struct command *command)
{
	static const char *const quick[] = {"[", "[[", ":", "base64", "basename", "break", "cat",
	    "cd", "chmod", "chown", "continue", "cut", "date", "declare", "dirname", "echo", "exit",
	    "export", "expr", "false", "getent", "grep", "head", "hostname", "id", "jq", "kill",
	    "let", "ln", "local", "ls", "mkdir", "mktemp", "printf", "pwd", "read", "readlink",
	    "readonly", "realpath", "return", "sed", "seq", "set", "shift", "shopt", "sort", "stat",
	    "tail", "tee", "test", "touch", "tr", "trap", "true", "umask", "uname", "uniq", "unset",
	    "wc", "which", "whoami", NULL};

	if (command_is(command, "rm"))
		return !command_option(command, 'r', "recursive", "") &&
		    !command_option(command, 'R', NULL, "");
	return command_is_one(command, quick) && !program_never_ends(command);
}

bool program_is_plain(const struct command *command)
{
	static const char *const plain[] = {"[", "[[", ":", "awk", "basename", "break", "cat", "cd",
	    "continue", "cmp", "cut", "date", "declare", "df", "diff", "dig", "dirname", "du",
	    "echo", "exit", "export", "expr", "false", "getent", "grep", "head", "hostname", "id",
	    "jq", "let", "ln", "local", "ls", "mkdir", "mktemp", "nproc", "pg_isready", "ping",
	    "printf", "ps", "pwd", "read", "readlink", "readonly", "realpath", "return", "seq",
	    "set", "shift", "shopt", "sleep", "sort", "stat", "tail", "test", "touch", "tr", "trap",
	    "true", "uname", "uniq", "unset", "uptime", "wait", "wc", "which", "whoami", NULL};

	return command_is_one(command, plain);
}

/* Words that change the world as the first operands of a program: "volume:rm" are two. */
struct verbs {
	const char *program;
	const char *with_value;
	const char *const *long_with_value;
	const char *verbs; /* separated by spaces */
};

static const char *const kubectl_options[] = {
    "namespace", "context", "kubeconfig", "cluster", "user", "server", NULL};
static const char *const compose_options[] = {
    "profile", "file", "project-name", "env-file", "project-directory", "ansi", NULL};
static const char *const docker_options[] = {"context", "host", "config", "log-level", NULL};
static const char *const no_options[] = {NULL};

static const char docker_verbs[] =
    "rm stop restart kill start pause unpause rmi update rename tag push load import commit "
    "swarm:leave "
    "volume:rm volume:create volume:prune network:rm network:create network:connect "
    "network:disconnect network:prune container:rm container:stop container:restart "
    "container:kill container:start container:prune image:rm image:prune system:prune "
    "service:rm service:scale service:update stack:rm stack:deploy node:update";
static const char compose_verbs[] = "up down stop restart rm start kill create pause unpause scale";

static const struct verbs verbs[] = {
    {"systemctl", "Hnpt", no_options,
	"start stop restart reload try-restart reload-or-restart kill enable disable mask unmask "
	"isolate daemon-reload daemon-reexec reset-failed reboot poweroff halt set-default"},
    {"docker", "Hcl", docker_options, docker_verbs},
    {"podman", "Hcl", docker_options, docker_verbs},
    {"docker-compose", "fp", compose_options, compose_verbs},
    {"kubectl", "ns", kubectl_options,
	"delete apply scale create patch replace edit drain cordon uncordon rollout:restart "
	"rollout:undo rollout:pause rollout:resume annotate label taint set autoscale expose run"},
    {"helm", "n", kubectl_options, "install upgrade rollback uninstall delete"},
    {"git", "Cc", no_options, "push commit reset checkout clean merge rebase pull"},
    {"etcdctl", "w", no_options,
	"del put member:remove member:add member:update snapshot:restore defrag compact "
	"move-leader"},
    {"pg_ctl", "DlmotU", no_options, "start stop restart promote reload"},
    {"apt-get", "ot", no_options, "install remove purge upgrade dist-upgrade autoremove"},
    {"apt", "ot", no_options, "install remove purge upgrade full-upgrade autoremove"},
    {"yum", "", no_options, "install remove update upgrade erase"},
    {"dnf", "", no_options, "install remove update upgrade erase"},
};

static const struct {
	const char *program;
	const char *does;
} mutators[] = {
    {"rm", "removes files"},
    {"rmdir", "removes folders"},
    {"unlink", "removes files"},
    {"shred", "destroys files"},
    {"mv", "moves files"},
    {"dd", "writes to files or devices"},
    {"truncate", "cuts files"},
    {"wipefs", "wipes a device"},
    {"mkswap", "formats a device"},
    {"pkill", "ends processes"},
    {"killall", "ends processes"},
    {"reboot", "restarts the machine"},
    {"shutdown", "stops the machine"},
    {"poweroff", "stops the machine"},
    {"halt", "stops the machine"},
    {"umount", "unmounts"},
    {"dropdb", "drops a database"},
    {"createdb", "makes a database"},
    {"pg_restore", "restores a database"},
    {"pg_resetwal", "resets a database's log"},
};

/* Whether `word` is one of the space-separated words of a list, alone or, with `next`, as "word:next". */
static bool is_listed(const char *list, struct str word, struct str next)
{
	struct str rest = str_from(list);

	while (rest.len) {
		ptrdiff_t space = str_find(rest, STR(" "));
		struct str item = str_sub(rest, 0, space < 0 ? rest.len : (size_t)space);
		ptrdiff_t colon = str_find(item, STR(":"));

		rest = str_sub(rest, item.len + 1, rest.len);
		if (colon < 0 ? str_eq(item, word)
			      : str_eq(str_sub(item, 0, (size_t)colon), word) &&
			    str_eq(str_sub(item, (size_t)colon + 1, item.len), next))
			return true;
	}
	return false;
}

static bool has_verb(const struct command *command, const struct verbs *row, size_t from)
{
	size_t at = command_operand_long(command, from, row->with_value, row->long_with_value);
	size_t next = command_operand_long(command, at + 1, row->with_value, row->long_with_value);
	struct str word = command_word(command, at);

	if (str_is(word, "compose") && row->verbs == docker_verbs)
		return has_verb(command,
		    &(struct verbs){"compose", "fp", compose_options, compose_verbs}, at + 1);
	return word.len && is_listed(row->verbs, word, command_word(command, next));
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A statement that changes data, at the beginning of an SQL text or behind a semicolon. */
static bool sql_changes(struct str sql)
{
	static const char *const words[] = {"drop", "delete", "update", "insert", "truncate",
	    "alter", "create", "grant", "revoke", "vacuum", "reindex"};
	bool begins = true;

	for (size_t i = 0; i < sql.len; i++) {
		struct str rest = str_sub(sql, i, sql.len);

		for (size_t k = 0; begins && k < sizeof(words) / sizeof(*words); k++) {
			size_t len = strlen(words[k]);

			if (rest.len > len && strncasecmp(rest.ptr, words[k], len) == 0 &&
			    !is_word_byte(rest.ptr[len]))
				return true;
		}
		if (sql.ptr[i] == ';')
			begins = true;
		else if (!strchr(" \t\r\n", sql.ptr[i]))
			begins = false;
	}
	return false;
}

static bool runs_sql(const struct command *command)
{
	static const char *const clients[] = {"psql", "mysql", "mariadb", "sqlite3", NULL};

	if (!command_is_one(command, clients))
		return false;
	for (size_t i = 1; i < command->count; i++)
		if (sql_changes(command->words[i].text))
			return true;
	return false;
}

static bool redis_changes(const struct command *command)
{
	static const char *const words[] = {"del", "unlink", "flushall", "flushdb", "set",
	    "shutdown", "failover", "replicaof", "slaveof", "expire", "rename", "hset", "lpush",
	    "rpush"};
	struct str verb = command_word(command, command_operand(command, 1, "hpasnutrdxiX"));

	if (!command_is(command, "redis-cli"))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (verb.len == strlen(words[i]) && strncasecmp(verb.ptr, words[i], verb.len) == 0)
			return true;
	return strncasecmp(verb.ptr ? verb.ptr : "", "config", 6) == 0 &&
	    command_has(command, "SET");
}

static bool curl_changes(const struct command *command)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH"};

	for (size_t i = 1; command_is(command, "curl") && i < command->count; i++)
		for (size_t k = 0; k < sizeof(methods) / sizeof(*methods); k++) {
			struct str word = command_word(command, i);
			bool asked = str_is(command_word(command, i - 1), "-X") ||
			    str_is(command_word(command, i - 1), "--request");

			if ((asked && str_is(word, methods[k])) ||
			    (str_starts(word, STR("-X")) &&
				str_is(str_sub(word, 2, 9), methods[k])))
				return true;
		}
	return false;
}

const char *program_changes(const struct command *command)
{
	struct str name = command_name(command);

	for (size_t i = 0; i < sizeof(mutators) / sizeof(*mutators); i++)
		if (str_is(name, mutators[i].program))
			return mutators[i].does;
	if (str_starts(name, STR("mkfs")))
		return "formats a device";
	if (command_has(command, "--dry-run=server") || command_has(command, "--dry-run=client") ||
	    command_has(command, "--dry-run"))
		return NULL;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		if (str_is(name, verbs[i].program) && has_verb(command, &verbs[i], 1))
			return "changes what it is asked about";
	if (str_is(name, "service") &&
	    is_listed("start stop restart reload", command_word(command, 2), (struct str){0}))
		return "changes a service";
	if (str_is(name, "kill") && !command_has(command, "-0") && !command_has(command, "-l"))
		return "ends processes";
	if (str_is(name, "sed") && command_option(command, 'i', "in-place", "ef"))
		return "rewrites files";
	if (str_is(name, "find") && command_has(command, "-delete"))
		return "removes files";
	if (runs_sql(command) || redis_changes(command))
		return "changes data";
	return curl_changes(command) ? "asks for a change" : NULL;
}

/* -t of `docker exec`, `docker run`, `kubectl exec`, among the options before the container. */
static bool wants_terminal(const struct command *command)
{
	static const char *const programs[] = {
	    "docker", "podman", "nerdctl", "kubectl", "oc", NULL};
	bool runs = false;

	if (!command_is_one(command, programs))
		return false;
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--"))
			return false;
		if (!runs && (str_is(word, "exec") || str_is(word, "run"))) {
			runs = true;
		} else if (str_is(word, "-it") || str_is(word, "-ti") || str_is(word, "-t") ||
		    str_is(word, "--tty") || str_is(word, "-tid") || str_is(word, "-itd")) {
			/* docker run -d -t only gives it one; docker build -t is a name */
			return runs && !command_option(command, 'd', "detach", "evpwu");
		} else if (runs && (word.len == 0 || word.ptr[0] != '-')) {
			return false;
		}
	}
	return false;
}

const char *program_asks(const struct command *command)
{
	static const char *const editors[] = {
	    "nano", "vi", "vim", "nvim", "emacs", "pico", "visudo", "vipw", NULL};
	static const char *const pagers[] = {"less", "more", "most", NULL};
	static const char *const dialogs[] = {
	    "dialog", "whiptail", "passwd", "mysql_secure_installation", "screen", "tmux", NULL};
	static const char *const installers[] = {"apt-get", "apt", "yum", "dnf", NULL};

	if (command_is_one(command, editors))
		return "waits for a person who edits";
	if (command_is_one(command, pagers))
		return "waits for a person who reads";
	if (command_is_one(command, dialogs))
		return "waits for a person at a terminal";
	if (wants_terminal(command))
		return "wants a terminal, and there is none";
	if (command_is(command, "read") && command_option(command, 'p', NULL, "adinNtu"))
		return "asks a question that nobody sees";
	if (command_is(command, "crontab") && command_option(command, 'e', NULL, "u"))
		return "opens an editor";
	if ((command_is(command, "kubectl") || command_is(command, "systemctl")) &&
	    str_is(command_word(command, command_operand_long(command, 1, "n", kubectl_options)),
		"edit"))
		return "opens an editor";
	if (command_is_one(command, installers) && program_changes(command) &&
	    !command_option(command, 'y', "yes", "ot") &&
	    !command_option(command, 0, "assume-yes", "ot") &&
	    !command_option(command, 0, "assumeyes", "ot"))
		return "asks before it does anything";
	return NULL;
}

static bool follows(const struct command *command)
{
	static const char *const loggers[] = {
	    "docker", "podman", "kubectl", "oc", "docker-compose", NULL};

	if (command_is(command, "tail"))
		return command_option(command, 'f', "follow", "ncs") ||
		    command_option(command, 'F', NULL, "ncs");
	if (command_is(command, "journalctl"))
		return command_option(command, 'f', "follow", "nuptgSUo");
	if (!command_is_one(command, loggers) || !command_has(command, "logs"))
		return false;
	for (size_t i = 1; i < command->count; i++)
		if (str_is(command_word(command, i), "logs"))
			return command_option(&(struct command){.words = command->words + i,
						  .count = command->count - i},
			    'f', "follow", "ncl");
	return false;
}

static bool stays_up(const struct command *command)
{
	bool compose = command_is(command, "docker-compose") || command_has(command, "compose");

	return compose && command_has(command, "up") &&
	    !command_option(command, 'd', "detach", "fp") && !command_has(command, "--wait") &&
	    !command_has(command, "--no-start");
}

const char *program_never_ends(const struct command *command)
{
	if (follows(command))
		return "follows a log and never ends";
	if (command_is(command, "watch") || command_is(command, "htop") ||
	    command_is(command, "yes") ||
	    (command_is(command, "top") && !command_option(command, 'b', NULL, "dnopuUEw")))
		return "never ends";
	if (command_is(command, "ping") && !command_option(command, 'c', NULL, "iItWsMmpQSl") &&
	    !command_option(command, 'w', NULL, "iItWsMmpQSlc"))
		return "never ends without -c";
	if ((command_is(command, "kubectl") || command_is(command, "oc")) &&
	    (command_option(command, 0, "watch", "n") || command_has(command, "port-forward") ||
		(command_has(command, "get") && command_option(command, 'w', NULL, "nolLf"))))
		return "never ends";
	if (command_is(command, "tcpdump") && !command_option(command, 'c', NULL, "iwrsBCGF"))
		return "never ends without -c";
	if (command_is(command, "dmesg") && command_option(command, 'w', "follow", "lfn"))
		return "never ends";
	if (command_is(command, "docker") && command_has(command, "stats") &&
	    !command_has(command, "--no-stream"))
		return "never ends without --no-stream";
	if (command_is(command, "sleep") && command_has(command, "infinity"))
		return "never ends";
	return stays_up(command) ? "stays in the foreground without --detach" : NULL;
}
