/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"
#include "lang/load.h"
#include "run/secrets.h"

/* Secrets as a runbook declares them, read in a folder of their own. */
struct vault {
	char folder[64];
	struct load load;
	struct secrets *secrets;
	struct buf said; /* diagnostics */
};

static void put_file(const struct vault *vault, const char *name, const char *bytes, size_t len)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", vault->folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void vault_open(struct vault *vault)
{
	memset(vault, 0, sizeof(*vault));
	snprintf(vault->folder, sizeof(vault->folder), "/tmp/reprise-vault-XXXXXX");
	assert_non_null(mkdtemp(vault->folder));
	buf_init(&vault->said, BUF_UNBOUNDED);
}

static void vault_read(struct vault *vault, const char *secrets, const char *told)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "reprise: 1\nid: vault\ntitle: Secrets\nsecrets: {%s}\nsteps:\n"
	    "  - {id: a, timeout: 1s, fake.read: ok}\n",
	    secrets);
	assert_true(load_text(&vault->load, "vault.yaml", str_from(text), &fake_vocabulary));
	vault->secrets = secrets_read(
	    vault->load.plan, vault->folder, str_from(told), &vault->load.diags);
	load_show(&vault->load, false, &vault->said);
}

static void vault_close(struct vault *vault)
{
	char command[128];

	secrets_free(vault->secrets);
	load_done(&vault->load);
	buf_done(&vault->said);
	snprintf(command, sizeof(command), "rm -r %s", vault->folder);
	assert_int_equal(system(command), 0);
}

static bool says(const struct vault *vault, const char *text)
{
	return str_find(buf_view(&vault->said), str_from(text)) >= 0;
}

/* What a secret is when it is opened. */
static struct str opened(const struct vault *vault, struct arena *arena, const char *name)
{
	struct secret_part part = {.is_secret = true, .text = str_from(name)};
	struct value secret = {.type = VALUE_SECRET, .secret = {.parts = &part, .count = 1}};

	return value_text(secrets_open(vault->secrets, arena, &secret));
}

static void assert_secret(const struct vault *vault, const char *name, const char *wanted)
{
	struct arena *arena = arena_new();
	struct str text = opened(vault, arena, name);

	if (!str_is(text, wanted))
		fail_msg("%s is \"%.*s\"", name, STR_ARG(text));
	arena_free(arena);
}

static bool is_masked(const struct vault *vault, const char *text)
{
	struct arena *arena = arena_new();
	struct str masked = redact_text(secrets_redactor(vault->secrets), arena, str_from(text));
	bool changed = !str_is(masked, text);

	arena_free(arena);
	return changed;
}

static void test_sources(void **state)
{
	struct vault vault;

	(void)state;
	vault_open(&vault);
	setenv("VAULT_ENV", "from-env\n", 1);
	put_file(&vault, "word", "from-file\n\n", 11);
	put_file(&vault, "bare", "bare-file", 9);
	vault_read(&vault,
	    "a: {env: VAULT_ENV}, b: {file: word}, c: {file: bare}, d: {command: [cat, word]}", "");
	assert_non_null(vault.secrets);
	assert_secret(&vault, "a", "from-env\n"); /* taken as it is */
	assert_secret(&vault, "b", "from-file\n"); /* one newline is cut off */
	assert_secret(&vault, "c", "bare-file");
	assert_secret(&vault, "d", "from-file\n");
	assert_true(is_masked(&vault, "the bare-file it is"));
	assert_int_equal(vault.said.len, 0);
	vault_close(&vault);
}

/* All that is missing is told at once. */
static void test_missing(void **state)
{
	struct vault vault;

	(void)state;
	vault_open(&vault);
	unsetenv("VAULT_ENV");
	vault_read(&vault,
	    "a: {env: VAULT_ENV}, b: {file: nowhere}, c: {command: [sh, -c, exit 4]}, d: {file: .}",
	    "");
	assert_null(vault.secrets);
	assert_true(says(
	    &vault, "the secret a cannot be had: the environment variable VAULT_ENV is not set"));
	assert_true(says(&vault, "export VAULT_ENV="));
	assert_true(says(&vault, "/nowhere: No such file or directory"));
	assert_true(says(&vault, "the secret c cannot be had: sh: exit status 4"));
	assert_true(says(&vault, "Is a directory"));
	vault_close(&vault);
}

static void test_too_long(void **state)
{
	struct vault vault;
	char *bytes = malloc(70000);

	(void)state;
	vault_open(&vault);
	memset(bytes, 'x', 70000);
	put_file(&vault, "long", bytes, 65537);
	put_file(&vault, "longest", bytes, 65536);
	vault_read(&vault, "a: {file: long}, b: {command: [cat, long]}, c: {file: longest}", "");
	assert_null(vault.secrets);
	assert_true(says(&vault, "the secret a cannot be had: it has more than 64 KiB"));
	assert_true(says(&vault, "the secret b cannot be had: it has more than 64 KiB"));
	assert_false(says(&vault, "the secret c"));
	free(bytes);
	vault_close(&vault);
}

static void test_short(void **state)
{
	struct vault vault;

	(void)state;
	vault_open(&vault);
	put_file(&vault, "short", "abcd\n", 5);
	put_file(&vault, "empty", "", 0);
	vault_read(&vault, "a: {file: short}, b: {file: empty}", "");
	assert_non_null(vault.secrets);
	assert_true(says(&vault, "the secret a has only 4 bytes"));
	assert_true(says(&vault, "the secret b is empty"));
	assert_secret(&vault, "b", "");
	vault_close(&vault);
}

/* What the record tells anyway is not masked: it would put holes into names. */
static void test_told(void **state)
{
	struct vault vault;

	(void)state;
	vault_open(&vault);
	put_file(&vault, "weak", "aragora\n", 8);
	vault_read(&vault, "a: {file: weak}", "docker exec aragora-postgres");
	assert_non_null(vault.secrets);
	assert_true(says(&vault, "it is not masked"));
	assert_false(is_masked(&vault, "aragora-postgres"));
	assert_secret(&vault, "a", "aragora");
	vault_close(&vault);
}

/* Inside of lists and maps, between other text; what holds none stays as it is. */
static void test_open_inside(void **state)
{
	struct vault vault;
	struct arena *arena = arena_new();
	struct secret_part parts[] = {{.text = STR("x=")}, {.is_secret = true, .text = STR("a")}};
	struct value secret = {.type = VALUE_SECRET, .secret = {.parts = parts, .count = 2}};
	const struct value *items[] = {&secret, value_int(arena, 7)};
	struct map_builder map;
	const struct value *found;

	(void)state;
	vault_open(&vault);
	setenv("VAULT_ENV", "opened", 1);
	vault_read(&vault, "a: {env: VAULT_ENV}", "");
	map_begin(&map, arena);
	map_add(&map, "list", value_list(arena, items, 2));
	found = value_get(secrets_open(vault.secrets, arena, map_end(&map)), "list");
	assert_true(str_is(value_text(found->list.items[0]), "x=opened"));
	assert_ptr_equal(found->list.items[1], items[1]);
	arena_free(arena);
	vault_close(&vault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sources),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_told),
	    cmocka_unit_test(test_open_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
