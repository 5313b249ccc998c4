/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/shell_parts.h"

/* What is asked of the words of a command. */

struct str command_word(const struct command *command, size_t i)
{
	if (i >= command->count || !command->words[i].known)
		return (struct str){0};
	return command->words[i].text;
}

struct str command_name(const struct command *command)
{
	struct str name = command_word(command, 0);
	ptrdiff_t slash;

	while ((slash = str_find(name, STR("/"))) >= 0)
		name = str_sub(name, (size_t)slash + 1, name.len);
	return name;
}

bool command_is(const struct command *command, const char *name)
{
	return str_is(command_name(command), name);
}

bool command_is_one(const struct command *command, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (command_is(command, names[i]))
			return true;
	return false;
}

bool command_has(const struct command *command, const char *word)
{
	for (size_t i = 1; i < command->count; i++)
		if (str_is(command_word(command, i), word))
			return true;
	return false;
}

bool word_takes_next(struct str word, const char *with_value)
{
	for (size_t i = 1; i < word.len; i++)
		if (word.ptr[i] && strchr(with_value, word.ptr[i]))
			return i + 1 == word.len;
	return false;
}

bool word_is_short(struct str word)
{
	return word.len > 1 && word.ptr[0] == '-' && word.ptr[1] != '-';
}

bool word_has_letter(struct str word, char letter, const char *with_value)
{
	for (size_t i = 1; i < word.len; i++) {
		if (word.ptr[i] == letter)
			return true;
		if (strchr(with_value, word.ptr[i]))
			return false;
	}
	return false;
}

bool word_is_long(struct str word, const char *name)
{
	struct str wanted = str_from(name);

	return str_starts(word, STR("--")) && str_starts(str_sub(word, 2, word.len), wanted) &&
	    (word.len == wanted.len + 2 || word.ptr[wanted.len + 2] == '=');
}

bool command_option(
    const struct command *command, char letter, const char *name, const char *with_value)
{
	for (size_t i = 1; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--"))
			return false;
		if (name && word_is_long(word, name))
			return true;
		if (!word_is_short(word))
			continue;
		if (letter && word_has_letter(word, letter, with_value))
			return true;
		i += word_takes_next(word, with_value);
	}
	return false;
}

size_t command_value(const struct command *command, size_t from, char letter, const char *name,
    const char *with_value)
{
	for (size_t i = from; i < command->count; i++) {
		struct str word = command->words[i].text;
		size_t len = name ? strlen(name) + 2 : 0;

		if (str_is(word, "--"))
			return 0;
		if (name && word_is_long(word, name))
			return word.len > len ? i : i + 1;
		if (!word_is_short(word))
			continue;
		if (letter && word_has_letter(word, letter, with_value))
			return word.ptr[word.len - 1] == letter ? i + 1 : i;
		i += word_takes_next(word, with_value);
	}
	return 0;
}

size_t command_operand(const struct command *command, size_t from, const char *with_value)
{
	for (size_t i = from; i < command->count; i++) {
		struct str word = command->words[i].text;

		if (str_is(word, "--"))
			return i + 1;
		if (word.len == 0 || word.ptr[0] != '-')
			return i;
		if (word_is_short(word))
			i += word_takes_next(word, with_value);
	}
	return command->count;
}

size_t command_operand_long(const struct command *command, size_t from, const char *with_value,
    const char *const *long_with_value)
{
	size_t at = command_operand(command, from, with_value);

	for (size_t i = from; i < at && i < command->count; i++) {
		struct str word = command->words[i].text;

		for (size_t k = 0; long_with_value[k]; k++)
			if (str_starts(word, STR("--")) &&
			    str_is(str_sub(word, 2, word.len), long_with_value[k]) && i + 1 == at)
				return command_operand_long(
				    command, at + 1, with_value, long_with_value);
	}
	return at;
}
