/* SPDX-License-Identifier: Apache-2.0 */
#include "run/secrets.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "run/capture.h"

enum { SECRET_MAX = 64 << 10, PIECE = 4096, COMMAND_MS = 30000 };

struct secrets {
	struct secret_text *items; /* values are heap memory of their own */
	size_t count;
	size_t capacity;
	size_t declared; /* the first ones: their names are the runbook's */
	struct secret_text *masked; /* those that are worth it */
	size_t masked_count;
	size_t masked_capacity;
	struct str *lacking; /* names of those that only contacts need, and that cannot be had */
	size_t lacking_count;
	size_t lacking_capacity;
	struct redactor **redactors; /* the last one knows most; the others may be in use still */
	size_t redactor_count;
	size_t redactor_capacity;
};

static struct str own(struct buf *buf)
{
	size_t len = buf->len;

	return (struct str){buf_take(buf), len};
}

static bool read_env(const struct secret_decl *decl, struct buf *out, struct buf *error)
{
	char *name = mem_strndup(decl->env.ptr, decl->env.len);
	const char *value = getenv(name);

	free(name);
	if (!value) {
		buf_printf(error, "the environment variable %.*s is not set", STR_ARG(decl->env));
		return false;
	}
	if (!buf_text(out, value)) {
		buf_text(error, "it is too long");
		return false;
	}
	return true;
}

/* As read() does: the number of bytes that came, 0 at the end. */
static ssize_t read_piece(int fd, struct buf *out)
{
	ssize_t got;

	do
		got = read(fd, buf_reserve(out, PIECE), PIECE);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		buf_added(out, (size_t)got);
	return got;
}

static bool read_file(
    const struct secret_decl *decl, const char *folder, struct buf *out, struct buf *error)
{
	struct buf path;
	ssize_t got = -1;
	int fd;

	buf_init(&path, BUF_UNBOUNDED);
	if (decl->env.len == 0 || decl->env.ptr[0] != '/')
		buf_printf(&path, "%s/", folder);
	buf_printf(&path, "%.*s", STR_ARG(decl->env));
	buf_byte(&path, '\0');
	fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && out->len <= SECRET_MAX && (got = read_piece(fd, out)) > 0)
		continue;
	if (got < 0)
		buf_printf(error, "cannot read %s: %s", path.ptr, strerror(errno));
	if (fd >= 0)
		close(fd);
	buf_done(&path);
	return got >= 0;
}

static bool read_command(
    const struct secret_decl *decl, const char *folder, struct buf *out, struct buf *error)
{
	char **argv = mem_alloc((decl->argc + 1) * sizeof(*argv));
	bool ok;

	for (size_t i = 0; i < decl->argc; i++)
		argv[i] = mem_strndup(decl->argv[i].ptr, decl->argv[i].len);
	ok = capture_command(argv, folder, COMMAND_MS, out, error);
	for (size_t i = 0; i < decl->argc; i++)
		free(argv[i]);
	free(argv);
	return ok;
}

static bool read_one(
    const struct secret_decl *decl, const char *folder, struct buf *out, struct buf *error)
{
	bool ok;

	switch (decl->from) {
	case SECRET_ENV:
		ok = read_env(decl, out, error);
		break;
	case SECRET_FILE:
		ok = read_file(decl, folder, out, error);
		break;
	case SECRET_COMMAND:
		ok = read_command(decl, folder, out, error);
		break;
	default:
		assert(false);
		return false;
	}
	if (ok && decl->from != SECRET_ENV && out->len && out->ptr[out->len - 1] == '\n')
		out->len--;
	if (ok && out->len > SECRET_MAX) {
		buf_printf(error, "it has more than %d KiB", SECRET_MAX >> 10);
		return false;
	}
	return ok;
}

static void report(
    const struct secret_decl *decl, bool spare, struct diags *diags, struct str error)
{
	struct diag *diag = (spare ? diag_warning : diag_error)(diags, "missing-secret", decl->span,
	    "the secret %.*s cannot be had: %.*s%s", STR_ARG(decl->name), STR_ARG(error),
	    spare ? "; contacts that are told with it will not be told" : "");

	if (decl->from == SECRET_ENV)
		diag_help(diags, diag, "set it before the run: export %.*s=…", STR_ARG(decl->env));
}

/* Whether a secret is worth masking; warns where it is not, or where it will mask other text too. */
static bool is_masked(
    const struct secret_decl *decl, struct str secret, struct str told, struct diags *diags)
{
	struct diag *diag;

	if (secret.len && str_find(told, secret) >= 0) {
		diag = diag_warning(diags, "told-secret", decl->span,
		    "the secret %.*s is also a word in the runbook or its parameters: it is not "
		    "masked",
		    STR_ARG(decl->name));
		diag_help(diags, diag, "it needs a better password, when there is time for it");
		return false;
	}
	if (secret.len == 0)
		diag_warning(diags, "short-secret", decl->span, "the secret %.*s is empty",
		    STR_ARG(decl->name));
	else if (secret.len < SECRET_SHORT)
		diag_warning(diags, "short-secret", decl->span,
		    "the secret %.*s has only %zu bytes: masking it may mask other text too",
		    STR_ARG(decl->name), secret.len);
	return true;
}

static void keep(struct secrets *secrets, struct secret_text secret)
{
	secrets->items = mem_grow(
	    secrets->items, secrets->count, &secrets->capacity, sizeof(*secrets->items));
	secrets->items[secrets->count++] = secret;
}

static void mask(struct secrets *secrets, struct secret_text secret)
{
	secrets->masked = mem_grow(secrets->masked, secrets->masked_count,
	    &secrets->masked_capacity, sizeof(*secrets->masked));
	secrets->masked[secrets->masked_count++] = secret;
}

static void renew_redactor(struct secrets *secrets)
{
	secrets->redactors = mem_grow(secrets->redactors, secrets->redactor_count,
	    &secrets->redactor_capacity, sizeof(struct redactor *));
	secrets->redactors[secrets->redactor_count++] = redactor_new(
	    secrets->masked, secrets->masked_count);
}

void secrets_add(struct secrets *secrets, struct str name, struct str value)
{
	struct secret_text secret = {
	    {mem_strndup(name.ptr, name.len), name.len},
	    {mem_strndup(value.ptr, value.len), value.len},
	};

	keep(secrets, secret);
	mask(secrets, secret);
	renew_redactor(secrets);
}

static const struct secret_text *find(const struct secrets *secrets, struct str name)
{
	for (size_t i = secrets->count; i-- > 0;) /* of a step that was tried again, the last */
		if (str_eq(secrets->items[i].name, name))
			return &secrets->items[i];
	return NULL;
}

static bool lacks(const struct secrets *secrets, struct str name)
{
	for (size_t i = 0; i < secrets->lacking_count; i++)
		if (str_eq(secrets->lacking[i], name))
			return true;
	return false;
}

static void keep_lack(struct secrets *secrets, struct str name)
{
	secrets->lacking = mem_grow(secrets->lacking, secrets->lacking_count,
	    &secrets->lacking_capacity, sizeof(*secrets->lacking));
	secrets->lacking[secrets->lacking_count++] = name;
}

/* The folder of a file, to be freed; NULL where it cannot be had. */
static char *folder_of(const struct source *source)
{
	char *real = source->path ? mem_strdup(source->path) : NULL;

	if (real && strrchr(real, '/') > real)
		*strrchr(real, '/') = '\0';
	return real;
}

/*
 * The secrets of a runbook, but for those that were read already: names mean the same in all. What serves only to tell
 * contacts may be missing: a recovery does not wait for the key of a pager.
 */
static bool read_book(struct secrets *secrets, const struct plan *plan,
    const struct runbook *runbook, const char *folder, struct str told, struct diags *diags)
{
	bool ok = true;

	for (size_t i = 0; i < runbook->secret_count; i++) {
		const struct secret_decl *decl = &runbook->secrets[i];
		bool spare = plan_secret_is_spare(plan, decl->name);
		bool had;
		bool included = decl->span.source != runbook->source;
		char *own_folder;
		struct buf text;
		struct buf error;

		if (find(secrets, decl->name) || lacks(secrets, decl->name) ||
		    !plan_has_secret(plan, runbook, decl))
			continue;
		own_folder = included ? folder_of(decl->span.source) : NULL;
		buf_init(&text, SECRET_MAX + 2 * PIECE);
		buf_init(&error, BUF_UNBOUNDED);
		had = read_one(decl, own_folder ? own_folder : folder, &text, &error);
		if (!had)
			report(decl, spare, diags, buf_view(&error));
		free(own_folder);
		buf_done(&error);
		if (!had && spare) {
			buf_done(&text);
			keep_lack(secrets, decl->name);
			continue;
		}
		ok &= had;
		keep(secrets, (struct secret_text){decl->name, own(&text)});
		if (ok && is_masked(decl, secrets->items[secrets->count - 1].value, told, diags))
			mask(secrets, secrets->items[secrets->count - 1]);
	}
	return ok;
}

struct secrets *secrets_read(
    const struct plan *plan, const char *folder, struct str told, struct diags *diags)
{
	const struct runbook *runbook = plan->runbook;
	struct secrets *secrets = mem_alloc(sizeof(*secrets));
	bool ok = read_book(secrets, plan, runbook, folder, told, diags);

	for (size_t i = 0; i < runbook->book_count; i++) {
		char *own_folder = folder_of(runbook->books[i]->source);

		ok &= read_book(secrets, plan, runbook->books[i], own_folder ? own_folder : folder,
		    told, diags);
		free(own_folder);
	}
	secrets->declared = secrets->count;
	if (ok)
		renew_redactor(secrets);
	else
		secrets_free(secrets);
	return ok ? secrets : NULL;
}

void secrets_free(struct secrets *secrets)
{
	if (!secrets)
		return;
	for (size_t i = 0; i < secrets->count; i++) {
		char *text = (char *)(uintptr_t)secrets->items[i].value.ptr;

		if (text)
			explicit_bzero(text, secrets->items[i].value.len);
		free(text);
		if (i >= secrets->declared)
			free((char *)(uintptr_t)secrets->items[i].name.ptr);
	}
	for (size_t i = 0; i < secrets->redactor_count; i++)
		redactor_free(secrets->redactors[i]);
	free(secrets->redactors);
	free(secrets->masked);
	free(secrets->lacking);
	free(secrets->items);
	free(secrets);
}

const struct redactor *secrets_redactor(const struct secrets *secrets)
{
	return secrets->redactors[secrets->redactor_count - 1];
}

static const struct value *open_text(
    const struct secrets *secrets, struct arena *arena, const struct value *value)
{
	struct str text;
	struct buf buf;

	buf_init(&buf, BUF_UNBOUNDED);
	for (size_t i = 0; i < value->secret.count; i++) {
		const struct secret_part *part = &value->secret.parts[i];
		const struct secret_text *secret = part->is_secret ? find(secrets, part->text)
								   : NULL;

		assert(!part->is_secret || secret); /* names were checked */
		buf_str(&buf, secret ? secret->value : part->text);
	}
	text = arena_str(arena, buf_view(&buf));
	if (buf.len)
		explicit_bzero(buf.ptr, buf.len);
	buf_done(&buf);
	return value_string(arena, text);
}

size_t secrets_declared(const struct secrets *secrets)
{
	return secrets->declared;
}

const struct secret_text *secrets_at(const struct secrets *secrets, size_t number)
{
	assert(number < secrets->declared);
	return &secrets->items[number];
}

static bool is_declared(const struct secrets *secrets, struct str name)
{
	for (size_t i = 0; i < secrets->declared; i++)
		if (str_eq(secrets->items[i].name, name))
			return true;
	return false;
}

bool secrets_has_given(const struct secrets *secrets, const struct value *value)
{
	bool given = false;

	if (value->type == VALUE_SECRET)
		for (size_t i = 0; i < value->secret.count; i++)
			given = given ||
			    (value->secret.parts[i].is_secret &&
				!is_declared(secrets, value->secret.parts[i].text));
	if (value->type == VALUE_LIST)
		for (size_t i = 0; i < value->list.count; i++)
			given = given || secrets_has_given(secrets, value->list.items[i]);
	if (value->type == VALUE_MAP)
		for (size_t i = 0; i < value->map.count; i++)
			given = given || secrets_has_given(secrets, value->map.entries[i].value);
	return given;
}

struct str secrets_missing(const struct secrets *secrets, const struct value *value)
{
	struct str missing = {0};

	if (value->type == VALUE_SECRET)
		for (size_t i = 0; i < value->secret.count && !missing.len; i++)
			if (value->secret.parts[i].is_secret &&
			    !find(secrets, value->secret.parts[i].text))
				missing = value->secret.parts[i].text;
	if (value->type == VALUE_LIST)
		for (size_t i = 0; i < value->list.count && !missing.len; i++)
			missing = secrets_missing(secrets, value->list.items[i]);
	if (value->type == VALUE_MAP)
		for (size_t i = 0; i < value->map.count && !missing.len; i++)
			missing = secrets_missing(secrets, value->map.entries[i].value);
	return missing;
}

const struct value *secrets_open(
    const struct secrets *secrets, struct arena *arena, const struct value *value)
{
	const struct value **items;
	struct map_builder map;

	switch (value->type) {
	case VALUE_SECRET:
		return open_text(secrets, arena, value);
	case VALUE_LIST:
		items = arena_array(arena, value->list.count, sizeof(*items));
		for (size_t i = 0; i < value->list.count; i++)
			items[i] = secrets_open(secrets, arena, value->list.items[i]);
		return value_list(arena, items, value->list.count);
	case VALUE_MAP:
		map_begin(&map, arena);
		for (size_t i = 0; i < value->map.count; i++)
			map_add_str(&map, value_text(value->map.entries[i].key),
			    secrets_open(secrets, arena, value->map.entries[i].value));
		return map_end(&map);
	default:
		return value;
	}
}
