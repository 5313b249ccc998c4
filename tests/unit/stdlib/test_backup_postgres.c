/* SPDX-License-Identifier: Apache-2.0 */
#include "backup_trial.h"

#include "servers.h"

/*
 * Every format of a real pg_dump, of a database that does its best to look like the end of a dump; whole, cut off at
 * hundreds of places, and with bytes that are not what they were.
 */

static const char trouble[] =
    "create table lines (a text, \"b,(c\" int);\n"
    "insert into lines select '-- PostgreSQL database dump complete', i from generate_series(1,40) "
    "i;\n"
    "insert into lines select E'--\\n-- PostgreSQL database dump complete\\n--\\n\\n', i\n"
    "  from generate_series(1,40) i;\n"
    "insert into lines select E'\\\\.\\n\\\\.\\t''\"$$;', i from generate_series(1,40) i;\n"
    "create table one (line text);\n"
    "insert into one values ('-- PostgreSQL database dump complete'), ('\\.'), (''), (null);\n"
    "create table none ();\ninsert into none default values;\n"
    "create table empty (a int, g int generated always as (a + 1) stored);\n"
    "create table \"odd \"\"name, (FROM stdin;\" (\"a\"\"b\" text default E'it''s \\\\ \\n;', c "
    "jsonb);\n"
    "insert into \"odd \"\"name, (FROM stdin;\" values (E'\\t\\r\\n\\f\\\\', '{\"a\": \"\\n\"}');\n"
    "comment on table one is E'\\n--\\n-- PostgreSQL database dump complete\\n--\\n\\n';\n"
    "create function f() returns text language plpgsql as $x$ begin return $$\n"
    "--\n-- PostgreSQL database dump complete\n--\n\n$$ || 'it''s'; /* $x */ end $x$;\n"
    "create function g(int) returns int language sql begin atomic select 1; select $1; end;\n"
    "create view v as select a || E'\\n\\\\--''' as \"v;w\" from lines;\n"
    "create table many as select i as id, md5(i::text) as m, now() as t, array[i,i] as r\n"
    "  from generate_series(1,400) i;\n"
    "select lo_from_bytea(0, 'hello'), lo_from_bytea(0, ''),\n"
    "  lo_from_bytea(0, convert_to(repeat('-- PostgreSQL database dump complete' || chr(10), 90), "
    "'UTF8'));\n";

/* Rows of COPY in it. */
#define ROWS "526"

static void expect_whole(const char *path, const char *kind, const char *records)
{
	struct probe *probe = trial_verify(path);
	char quoted[64];

	probe_expect_ok(probe);
	snprintf(quoted, sizeof(quoted), "\"%s\"", kind);
	probe_expect(probe, "complete", "true");
	probe_expect(probe, "kind", quoted);
	assert_null(probe_get(probe, "reason"));
	assert_true(str_starts(value_text(probe_get(probe, "server_version")), STR("15.")));
	if (records)
		probe_expect(probe, "records", records);
	else
		assert_null(probe_get(probe, "records"));
	probe_free(probe);
}

static void plain(void **state)
{
	(void)state;
	expect_whole("plain.sql", "postgres_plain", ROWS);
	expect_whole("inserts.sql", "postgres_plain", NULL);
	expect_whole("schema.sql", "postgres_plain", "0");
	trial_cut("plain.sql", NULL);
	trial_cut("inserts.sql", NULL);
	trial_cut("old.sql", NULL);
	trial_cut("crlf.sql", NULL);
}

static void says_what_it_knows(void **state)
{
	struct probe *probe = trial_verify("create.sql");
	struct trial_bytes bytes = trial_load("create.sql");
	char size[32], digest[DIGEST_HEX + 1], quoted[DIGEST_HEX + 3];

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "database", "\"trouble\"");
	probe_expect(probe, "age_from", "\"created\""); /* pg_dump --verbose tells it */
	probe_expect(probe, "trailer", "true");
	probe_expect(probe, "checksum", "false");
	probe_expect(probe, "compression", "\"none\"");
	probe_expect(probe, "changed", "false");
	digest_of((struct str){bytes.ptr, bytes.len}, digest);
	snprintf(quoted, sizeof(quoted), "\"%s\"", digest);
	probe_expect(probe, "digest", quoted);
	snprintf(size, sizeof(size), "%zu", bytes.len);
	free(bytes.ptr);
	probe_expect(probe, "size", size);
	probe_expect(probe, "content_size", size);
	assert_true(value_us(probe_get(probe, "age")) < (int64_t)3600 * 1000000);
	probe_free(probe);
	probe = trial_verify("custom.dump");
	probe_expect(probe, "database", "\"trouble\"");
	probe_expect(probe, "age_from", "\"created\"");
	probe_expect(probe, "checksum", "true");
	assert_null(probe_get(probe, "trailer"));
	assert_true(value_us(probe_get(probe, "created")) <= value_us(probe_get(probe, "mtime")));
	probe_free(probe);
}

static void cluster(void **state)
{
	(void)state;
	expect_whole("all.sql", "postgres_cluster", ROWS);
	trial_cut("all.sql", NULL);
}

static void custom(void **state)
{
	(void)state;
	expect_whole("custom.dump", "postgres_custom", ROWS);
	expect_whole("custom0.dump", "postgres_custom", ROWS);
	expect_whole("piped.dump", "postgres_custom", ROWS);
	expect_whole("custom-inserts.dump", "postgres_custom", NULL);
	expect_whole("schema.dump", "postgres_custom", "0");
	trial_cut("custom.dump", NULL);
	trial_cut("custom0.dump", NULL);
	trial_cut("piped.dump", NULL);
	trial_cut("custom-inserts.dump", NULL);
	trial_cut("schema.dump", NULL);
}

/* The data are packed by zlib, each behind its own checksum: those of many are far behind the table of contents. */
static void custom_sees_other_bytes(void **state)
{
	struct trial_bytes bytes = trial_load("custom.dump");
	struct backup backup;
	unsigned seen = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		size_t at = bytes.len / 2 + trial_roll(bytes.len / 2);

		bytes.ptr[at] ^= 4;
		backup = trial_walk(bytes, bytes.len);
		seen += !backup.complete;
		bytes.ptr[at] ^= 4;
	}
	/* A few bits mean nothing, or lead to the same content by another way. */
	assert_true(seen >= 90);
	bytes.ptr[bytes.len / 3 * 2] ^= 4;
	backup = trial_walk(bytes, bytes.len);
	assert_non_null(strstr(backup.reason, "the packed data of table "));
	free(bytes.ptr);
}

static void tar(void **state)
{
	(void)state;
	expect_whole("dump.tar", "postgres_tar", ROWS);
	trial_cut("dump.tar", NULL);
}

static void directory(void **state)
{
	char said[DIGEST_HEX + 4] = "\"";
	struct probe *probe;
	FILE *sum;

	(void)state;
	expect_whole("dir", "postgres_directory", ROWS);
	expect_whole("dir0", "postgres_directory", ROWS);
	trial_shell("cd dir && sha256sum * | sha256sum >../dir.sum");
	sum = fopen("dir.sum", "re");
	assert_int_equal(fread(said + 1, 1, DIGEST_HEX, sum), DIGEST_HEX);
	said[DIGEST_HEX + 1] = '"';
	fclose(sum);
	probe = trial_verify("dir");
	probe_expect(probe, "digest", said);
	probe_expect(probe, "compression", "\"gzip\"");
	probe_free(probe);
}

/* Each in a copy of the folder. */
static void directory_broken(void **state)
{
	static const char *const cases[][3] = {
	    {"dir", "rm $(ls [0-9]*.dat.gz | head -1)", "are missing"},
	    {"dir", "rm blob_*.dat.gz", "the data of large object"},
	    {"dir", "f=$(ls -S [0-9]*.dat.gz | head -1); truncate -s -9 $f",
		"the gzip around it is cut off"},
	    {"dir0", "f=$(ls -S [0-9]*.dat | head -1); truncate -s -9 $f",
		"do not reach their end"},
	    {"dir", "truncate -s -1 toc.dat", "toc.dat: it is cut off"},
	    {"dir", "truncate -s -3 blobs.toc", "blobs.toc: it is cut off"},
	    {"dir", "rm toc.dat", "it is a folder, but no backup"},
	    {"dir", "cp toc.dat x.manifest", "two indexes"},
	    {"dir", "echo 1 >1.dat", "that its table of contents does not name (1.dat)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe;

		trial_shell("rm -rf d && cp -r %s d && cd d && %s", cases[i][0], cases[i][1]);
		probe = trial_verify("d");
		assert_false(probe->attempt.result.ok);
		if (str_find(probe->attempt.result.why, str_from(cases[i][2])) < 0)
			fail_msg("%s: %.*s", cases[i][1], STR_ARG(probe->attempt.result.why));
		probe_free(probe);
	}
	trial_shell("echo hello >d/README; rm -rf d; cp -r dir d; echo hello >d/README");
	expect_whole("d", "postgres_directory", ROWS);
}

static void packed(void **state)
{
	static const char *const files[][2] = {{"plain.sql", "postgres_plain"},
	    {"custom.dump", "postgres_custom"}, {"dump.tar", "postgres_tar"},
	    {"all.sql", "postgres_cluster"}};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		for (size_t j = 0; j < 2; j++) {
			struct probe *probe;

			snprintf(path, sizeof(path), "%s.%s", files[i][0], j ? "zst" : "gz");
			expect_whole(path, files[i][1], ROWS);
			probe = trial_verify(path);
			probe_expect(probe, "compression", j ? "\"zstd\"" : "\"gzip\"");
			probe_expect(probe, "checksum", "true");
			probe_free(probe);
			trial_cut(path, NULL);
		}
	}
	trial_flip("plain.sql.gz", 10, 60); /* behind the header, most of which means nothing */
	trial_flip("plain.sql.zst", 14, 60);
	expect_whole("members.sql.gz", "postgres_plain", ROWS);
	expect_whole("frames.sql.zst", "postgres_plain", ROWS);
	trial_cut("members.sql.gz", NULL);
	trial_cut("frames.sql.zst", NULL);
}

/* What pipes and terminals do to dumps. */
static void spoiled(void **state)
{
	static const char *const cases[][3] = {
	    {"(echo \"pg_dump: warning: there are circular foreign keys\"; cat plain.sql)",
		"postgres_plain", "psql would stop: pg_dump: warning: there are circular"},
	    {"(head -c 9000 plain.sql; echo \"pg_dump: error: query failed: server closed\")",
		"postgres_plain", "does not have"},
	    {"(cat plain.sql; echo \"SELECT 1;\")", "postgres_plain",
		"a statement follows the end of the dump"},
	    {"(cat plain.sql; echo \"pg_dump: error: x\")", "postgres_plain", "what is no SQL"},
	    {"(head -n 60 plain.sql; cat plain.sql)", "postgres_plain", "it is cut off"},
	    {"(cat old.sql | head -n -12; cat old.sql)", "postgres_plain",
		"the dump of a database begins, and the one before it has no end"},
	    {"(cat plain.sql; head -c 4096 /dev/zero)", "postgres_plain", "a byte of zero"},
	    {"sed \"s/^.unrestrict .*/\\\\\\\\unrestrict other/\" plain.sql", "postgres_plain",
		"is not that of"},
	    {"grep -v \"database cluster dump complete\" all.sql", "postgres_cluster",
		"the line \"-- PostgreSQL database cluster dump complete\" is missing"},
	    {"echo \"pg_dump: error: connection to server failed\"", "unknown",
		"what a program complained of: pg_dump: error: connection to server failed"},
	    {"(cat plain.sql.gz; echo rubbish)", "postgres_plain",
		"something else follows its end"},
	    {"gzip -c plain.sql.gz", "unknown", "it is packed by gzip twice"},
	    {"(cat custom0.dump; echo)", "postgres_custom", "within the head of a block"},
	    {"(cat dump.tar; echo)", "postgres_tar", "the two blocks of zeros"},
	    {"tar -c plain.sql", "unknown", "not one of pg_dump"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe;

		trial_shell("%s >spoiled 2>/dev/null || true", cases[i][0]);
		probe = trial_verify("spoiled");
		trial_expect_broken(probe, cases[i][1], cases[i][2]);
		probe_free(probe);
	}
	trial_shell("cat plain.sql plain.sql >twice.sql; cat plain.sql.gz >padded.gz;"
		    " head -c 700 /dev/zero >>padded.gz; cat dump.tar >padded.tar;"
		    " head -c 9216 /dev/zero >>padded.tar");
	expect_whole("twice.sql", "postgres_plain", "1052");
	expect_whole("padded.gz", "postgres_plain", ROWS);
	expect_whole("padded.tar", "postgres_tar", ROWS);
}

/* A cursor that copies an archive's head and table of contents, in which every int has five bytes. */
struct copier {
	const char *from;
	struct buf to;
};

static void copy_bytes(struct copier *copier, size_t len)
{
	buf_append(&copier->to, copier->from, len);
	copier->from += len;
}

static int32_t next_int(const struct copier *copier)
{
	int32_t value;

	memcpy(&value, copier->from + 1, sizeof(value));
	return *copier->from ? -value : value;
}

/* Texts are lengths and bytes; an absent one has a length of -1. */
static void copy_texts(struct copier *copier, int count)
{
	for (; count > 0; count--)
		copy_bytes(copier, 5 + (next_int(copier) < 0 ? 0 : (size_t)next_int(copier)));
}

/* custom0.dump, which is of version 1.14, as pg_dump of another version would have written it. */
static struct trial_bytes of_version(const char *path, char minor, char algorithm)
{
	struct trial_bytes bytes = trial_load(path);
	struct copier copier = {.from = bytes.ptr};
	size_t before;
	int32_t count;

	assert_int_equal(bytes.ptr[6], 14);
	buf_init(&copier.to, BUF_UNBOUNDED);
	copy_bytes(&copier, 11);
	copier.to.ptr[6] = minor;
	if (minor < 15)
		copy_bytes(&copier, 5); /* the level */
	else
		buf_byte(&copier.to, algorithm);
	copier.from = bytes.ptr + 16;
	copy_bytes(&copier, 7 * 5);
	copy_texts(&copier, 3);
	count = next_int(&copier);
	for (copy_bytes(&copier, 5); count > 0; count--) {
		copy_bytes(&copier, 2 * 5);
		copy_texts(&copier, 4);
		copy_bytes(&copier, 5);
		copy_texts(&copier, 5); /* up to the tablespace */
		before = copier.to.len;
		copy_texts(&copier, 1);
		if (minor < 14)
			copier.to.len = before; /* the access method */
		if (minor >= 16)
			buf_append(&copier.to, "\0r\0\0\0", 5); /* the kind of relation */
		copy_texts(&copier, 2);
		while (next_int(&copier) >= 0)
			copy_texts(&copier, 1);
		copy_bytes(&copier, 5 + 9); /* the end of the dependencies; where the data are */
	}
	copy_bytes(&copier, (size_t)(bytes.ptr + bytes.len - copier.from));
	free(bytes.ptr);
	bytes.len = copier.to.len;
	bytes.ptr = buf_take(&copier.to);
	return bytes;
}

static void other_versions(void **state)
{
	(void)state;
	for (char minor = 12; minor <= 17; minor++) {
		struct trial_bytes bytes = of_version("piped0.dump", minor, 0);
		struct backup backup = trial_walk(bytes, bytes.len);
		FILE *file = fopen("other.dump", "we");

		assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
		fclose(file);
		if (minor <= 14) /* the pg_restore that is there reads no newer ones */
			trial_shell("pg_restore -l other.dump >/dev/null");
		if (minor <= 16 && !backup.complete)
			fail_msg("1.%d: %s", minor, backup.reason);
		if (minor <= 16)
			trial_cut("other.dump", NULL);
		else
			assert_non_null(strstr(backup.reason, "an archive of version 1.17"));
		assert_int_equal(backup.doubt, minor > 16);
		free(bytes.ptr);
	}
}

static void other_packings(void **state)
{
	static const char *const why[] = {NULL, "are damaged behind byte", NULL,
	    "are damaged behind byte", "packed in a way that is not known here (4)"};

	(void)state;
	for (char algorithm = 0; algorithm <= 4; algorithm++) {
		struct trial_bytes bytes = of_version("piped0.dump", 15, algorithm);
		struct backup backup = trial_walk(bytes, bytes.len);

		if (why[(size_t)algorithm] && !strstr(backup.reason, why[(size_t)algorithm]))
			fail_msg("%d: %s", algorithm, backup.reason);
		/* LZ4 is not unpacked here: its pieces are walked, its rows not counted. */
		assert_int_equal(backup.complete, algorithm == 0 || algorithm == 2);
		assert_int_equal(backup.records, algorithm == 0 ? strtol(ROWS, NULL, 10) : -1);
		free(bytes.ptr);
	}
}

/* The table of contents says where the data begin; if that is somewhere else, pieces are missing or too many. */
static void compares_offsets(void **state)
{
	struct trial_bytes bytes = of_version("custom0.dump", 15, 0);

	(void)state;
	/* One int less in the head, and everything lies four bytes before its place. */
	assert_non_null(
	    strstr(trial_walk(bytes, bytes.len).reason, "and its table of contents says"));
	free(bytes.ptr);
}

static void make_dumps(void)
{
	FILE *sql = fopen("trouble.sql", "we");

	assert_true(fputs(trouble, sql) >= 0);
	fclose(sql);
	trial_shell("psql -qX -v ON_ERROR_STOP=1 -c \"create database trouble\" postgres");
	trial_shell("psql -qX -v ON_ERROR_STOP=1 -f trouble.sql trouble >/dev/null");
	trial_shell(
	    "export PGDATABASE=trouble; pg_dump -f plain.sql; pg_dump --inserts -f inserts.sql;"
	    " pg_dump -s -f schema.sql; pg_dump -v -C -f create.sql 2>/dev/null;"
	    " pg_dump -Fc -f custom.dump; pg_dump -Fc -Z0 -f custom0.dump;"
	    " pg_dump -Fc | cat >piped.dump; pg_dump -Fc -Z0 | cat >piped0.dump; pg_dump -Fc -Z0 "
	    "--inserts -f custom-inserts.dump;"
	    " pg_dump -Fc -s -f schema.dump; pg_dump -Ft -f dump.tar; pg_dump -Fd -f dir;"
	    " pg_dump -Fd -Z0 -f dir0; PGDATABASE= pg_dumpall -l postgres -f all.sql");
	trial_shell(
	    "grep -v ^.restrict plain.sql | grep -v ^.unrestrict | sed -e \"\\$d\" >old.sql;"
	    " sed \"s/\\$/\\r/\" plain.sql >crlf.sql");
	trial_shell(
	    "for f in plain.sql custom.dump dump.tar all.sql; do gzip -nk $f; zstd -q $f; done;"
	    " (head -c 20000 plain.sql | gzip; tail -c +20001 plain.sql | gzip) >members.sql.gz;"
	    " (head -c 20000 plain.sql | zstd; tail -c +20001 plain.sql | zstd) >frames.sql.zst");
}

static int begin(void **state)
{
	char port[16];

	if (trial_begin(state) < 0)
		return -1;
	servers_start();
	servers_ask("postgres");
	setenv("PGHOST", "127.0.0.1", 1);
	setenv("PGPORT", servers_text("port", port, sizeof(port)), 1);
	setenv("PGUSER", "aragora", 1);
	setenv("PGPASSWORD", "secret", 1);
	make_dumps();
	return 0;
}

static int finish(void **state)
{
	servers_stop();
	return trial_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain),
	    cmocka_unit_test(says_what_it_knows),
	    cmocka_unit_test(cluster),
	    cmocka_unit_test(custom),
	    cmocka_unit_test(custom_sees_other_bytes),
	    cmocka_unit_test(tar),
	    cmocka_unit_test(directory),
	    cmocka_unit_test(directory_broken),
	    cmocka_unit_test(packed),
	    cmocka_unit_test(spoiled),
	    cmocka_unit_test(other_versions),
	    cmocka_unit_test(other_packings),
	    cmocka_unit_test(compares_offsets),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
