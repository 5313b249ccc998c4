/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/* Which words of a program are code: what a shell, a database or an interpreter is told to do. */

/* An option whose value is code; it may be given more than once. */
static const struct {
	const char *program;
	const char *name; /* NULL: only a letter */
	const char *with_value;
	enum code code;
	char letter; /* 0: only a name */
} options[] = {
    {"su", "command", "cCgGswT", CODE_SHELL, 'c'},
    {"runuser", "command", "cCgGswTu", CODE_SHELL, 'c'},
    {"sg", NULL, "c", CODE_SHELL, 'c'},
    {"flock", "command", "cwE", CODE_SHELL, 'c'},
    {"script", "command", "cIOBEoT", CODE_SHELL, 'c'},
    {"gcloud", "command", "", CODE_SHELL, 0},
    {"vagrant", "command", "c", CODE_SHELL, 'c'},
    {"psql", "command", "cdUhpvfoLFPRT", CODE_SQL, 'c'},
    {"mysql", "execute", "ehuPSDB", CODE_SQL, 'e'},
    {"mariadb", "execute", "ehuPSDB", CODE_SQL, 'e'},
    {"sqlite3", "cmd", "", CODE_SQL, 0},
    {"cockroach", "execute", "e", CODE_SQL, 'e'},
    {"duckdb", NULL, "c", CODE_SQL, 'c'},
    {"sqlcmd", NULL, "QqSUPdio", CODE_SQL, 'Q'},
    {"sqlcmd", NULL, "QqSUPdio", CODE_SQL, 'q'},
    {"cqlsh", "execute", "eukpfC", CODE_SQL, 'e'},
    {"clickhouse-client", "query", "qhudm", CODE_SQL, 'q'},
    {"influx", "execute", "", CODE_SQL, 0},
    {"mongosh", "eval", "", CODE_PROGRAM, 0},
    {"mongo", "eval", "", CODE_PROGRAM, 0},
    {"python", NULL, "cWXm", CODE_PROGRAM, 'c'},
    {"python3", NULL, "cWXm", CODE_PROGRAM, 'c'},
    {"perl", NULL, "eEIMm", CODE_PROGRAM, 'e'},
    {"perl", NULL, "eEIMm", CODE_PROGRAM, 'E'},
    {"ruby", NULL, "eIrC", CODE_PROGRAM, 'e'},
    {"node", "eval", "epr", CODE_PROGRAM, 'e'},
    {"node", "print", "epr", CODE_PROGRAM, 'p'},
    {"php", "run", "rdcf", CODE_PROGRAM, 'r'},
    {"lua", NULL, "el", CODE_PROGRAM, 'e'},
    {"pwsh", NULL, "", CODE_SHELL, 'c'},
};

/* The first operand that is no option of a shell, when -c stands before it; 0: it reads something else. */
static size_t shell_text_word(const struct command *command)
{
	bool text = false;
	size_t i = 1;

	for (; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--") || str_is(word, "-")) {
			i++;
			break;
		}
		if (word_is_long(word, "rcfile") || word_is_long(word, "init-file"))
			i += str_find(word, STR("=")) < 0;
		else if (word_is_short(word) || str_starts(word, STR("+"))) {
			text |= word.ptr[0] == '-' && word_has_letter(word, 'c', "");
			i += word_takes_next(word, "oO");
		} else if (!str_starts(word, STR("--")))
			break;
	}
	return text && i < command->count ? i : 0;
}

/* Behind `redis-cli … eval` the script; behind the database of sqlite3 a statement; `sh` has its own rules. */
static enum code operand_takes(const struct command *command, size_t word)
{
	struct str verb;
	size_t at;

	if (command_is_shell(command))
		return shell_text_word(command) == word ? CODE_SHELL : CODE_NONE;
	if (command_is(command, "redis-cli") || command_is(command, "valkey-cli")) {
		at = command_operand(command, 1, "hpasnutrdxiX");
		verb = command_word(command, at);
		return at + 1 == word && verb.len == 4 && strncasecmp(verb.ptr, "eval", 4) == 0
		    ? CODE_PROGRAM
		    : CODE_NONE;
	}
	if (!command_is(command, "sqlite3"))
		return CODE_NONE;
	at = command_operand(command, 1, "");
	return word > at && command->words[word].text.len && command->words[word].text.ptr[0] != '-'
	    ? CODE_SQL
	    : CODE_NONE;
}

enum code command_takes(const struct command *command, size_t word)
{
	if (word == 0 || word >= command->count)
		return CODE_NONE;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		size_t at = 1;

		if (!command_is(command, options[i].program))
			continue;
		/* one after another, as far as this word */
		while ((at = command_value(command, at, options[i].letter, options[i].name,
			    options[i].with_value))) {
			if (at == word)
				return options[i].code;
			if (at > word)
				break;
			at++;
		}
	}
	return operand_takes(command, word);
}

/* Programs that do what their standard input says, unless an option or an operand names something else. */
enum code command_takes_stdin(const struct command *command)
{
	static const struct {
		const char *program;
		const char *with_value;
		size_t operands; /* that name no program */
		enum code code;
	} readers[] = {
	    {"psql", "cdUhpvfoLFPRT", 2, CODE_SQL},
	    {"mysql", "ehuPSDB", 1, CODE_SQL},
	    {"mariadb", "ehuPSDB", 1, CODE_SQL},
	    {"sqlite3", "", 1, CODE_SQL},
	    {"ssh", "BbcDEeFIiJLlmOopQRSWw", 1, CODE_SHELL},
	    {"python", "cWXm", 0, CODE_PROGRAM},
	    {"python3", "cWXm", 0, CODE_PROGRAM},
	    {"perl", "eEIMm", 0, CODE_PROGRAM},
	    {"ruby", "eIrC", 0, CODE_PROGRAM},
	};
	size_t at;

	for (size_t i = 1; i < command->count; i++)
		if (command_takes(command, i) != CODE_NONE)
			return CODE_NONE;
	if (command_is_shell(command))
		return command_option(command, 's', NULL, "oO") ||
			command_operand(command, 1, "oO") >= command->count ||
			str_is(command_word(command, command->count - 1), "-")
		    ? CODE_SHELL
		    : CODE_NONE;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		if (!command_is(command, readers[i].program))
			continue;
		at = command_operand(command, 1, readers[i].with_value);
		for (size_t k = 0; k < readers[i].operands && at < command->count; k++)
			at = command_operand(command, at + 1, readers[i].with_value);
		return at >= command->count &&
			!command_option(command, 'f', "file", readers[i].with_value)
		    ? readers[i].code
		    : CODE_NONE;
	}
	return CODE_NONE;
}
