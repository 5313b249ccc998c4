/* SPDX-License-Identifier: Apache-2.0 */
#include "backup_trial.h"

#include "servers.h"
#include "stdlib/backup_rdb.h"
#include "stdlib/crc64.h"

/*
 * What a real Redis writes, of values of every type: its RDB with and without compression and checksum, its AOF in
 * parts and (made of those) in one file; whole, cut off, and with bytes that are not what they were.
 */

static char cli[256];
static char place[200]; /* the server's folder */

static void fill(void)
{
	FILE *commands = fopen("commands", "we");

	for (int i = 0; i < 140; i++) {
		fprintf(commands, "SET k%d v%d\nSET n%d %d\n", i, i, i, i * i * 1000 - 70000);
		fprintf(commands, "RPUSH list e%d\nSADD set m%d\nSADD ints %d\n", i, i, i);
		fprintf(commands, "ZADD zset %d.5 m%d\nHSET hash f%d %0*d\n", i, i, i, i, i);
		fprintf(commands, "XADD stream * field%d %d other x\n", i % 3, i);
	}
	fprintf(commands, "SET big \"");
	for (int i = 0; i < 5000; i++)
		fprintf(commands, "ab%d", i % 10);
	fprintf(commands, "\"\nEXPIRE k5 100000\nPEXPIREAT k6 4102444800000\n");
	fprintf(commands, "RPUSH small a b c\nZADD szset 1 a 2 b\nHSET shash a 1\nSADD sset a b\n");
	fprintf(commands,
	    "XGROUP CREATE stream g 0\nXGROUP CREATE stream none $\n"
	    "XREADGROUP GROUP g c1 COUNT 5 STREAMS stream >\n"
	    "XREADGROUP GROUP g c2 COUNT 2 STREAMS stream >\n"
	    "SETBIT bits 10000 1\nPFADD hll a b c\nSELECT 3\nSET other 1\n");
	fclose(commands);
	trial_shell("%s <commands >/dev/null", cli);
	trial_shell("%s FUNCTION LOAD \"#!lua name=l\nredis.register_function(\\\"f\\\","
		    " function(k, a) return 1 end)\" >/dev/null",
	    cli);
}

static void make_files(void)
{
	trial_shell("%s SAVE >/dev/null; cp %s/dump.rdb lzf.rdb", cli, place);
	trial_shell("%s CONFIG SET rdbcompression no >/dev/null; %s SAVE >/dev/null;"
		    " cp %s/dump.rdb raw.rdb",
	    cli, cli, place);
	trial_shell("%s CONFIG SET appendonly yes >/dev/null;"
		    " until %s INFO persistence | grep -q aof_rewrite_in_progress:0; do :; done;"
		    " until %s INFO persistence | grep -q aof_last_bgrewrite_status:ok; do :; done",
	    cli, cli, cli);
	trial_shell(
	    "%s CONFIG SET appendfsync always >/dev/null; (for i in $(seq 30); do"
	    " echo SET after$i $i; done; printf \"MULTI\\nSET x 1\\nSET y 2\\nEXEC\\n\") | %s"
	    " >/dev/null; cp -r %s/appendonlydir aof",
	    cli, cli, place);
	trial_shell(
	    "cat aof/*.base.rdb aof/*.1.incr.aof >one.aof; cp aof/*.1.incr.aof commands.aof;"
	    " gzip -nk raw.rdb");
}

static void rdb(void **state)
{
	static const char *const paths[] = {"lzf.rdb", "raw.rdb", "raw.rdb.gz"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct probe *probe = trial_verify(paths[i]);

		probe_expect_ok(probe);
		probe_expect(probe, "kind", "\"redis_rdb\"");
		probe_expect(probe, "records", "294");
		probe_expect(probe, "trailer", "true");
		probe_expect(probe, "checksum", "true");
		probe_expect(probe, "age_from", "\"created\"");
		assert_true(str_starts(value_text(probe_get(probe, "server_version")), STR("7.")));
		assert_null(probe_get(probe, "database"));
		probe_free(probe);
		trial_cut(paths[i], NULL);
		trial_flip(paths[i], 10, 80);
	}
}

/* A server that was told to leave it out writes zeros: then the entries alone tell. */
static void rdb_without_checksum(void **state)
{
	struct trial_bytes bytes = trial_load("raw.rdb");
	struct backup backup;

	(void)state;
	memset(bytes.ptr + bytes.len - 8, 0, 8);
	backup = trial_walk(bytes, bytes.len);
	assert_true(backup.complete);
	assert_false(backup.checksum);
	assert_false(trial_walk(bytes, bytes.len - 1).complete);
	/* The type of the last value becomes one that nobody knows. */
	bytes.ptr[9] = 99;
	backup = trial_walk(bytes, bytes.len);
	assert_false(backup.complete);
	assert_true(backup.doubt);
	assert_non_null(strstr(backup.reason, "of a kind that is not known here (99)"));
	free(bytes.ptr);
}

static void set_checksum(struct trial_bytes *bytes)
{
	struct crc64 crc;

	crc64_init(&crc);
	crc64_add(&crc, (struct str){bytes->ptr, bytes->len - 8});
	for (size_t i = 0; i < 8; i++)
		bytes->ptr[bytes->len - 8 + i] = (char)(crc.value >> 8 * i);
}

/* What a newer server adds is not walked, but its checksum counts. */
static void rdb_of_tomorrow(void **state)
{
	struct trial_bytes bytes = trial_load("raw.rdb");
	struct backup backup;

	(void)state;
	bytes.ptr[9] = 99;
	set_checksum(&bytes);
	backup = trial_walk(bytes, bytes.len);
	assert_true(backup.complete);
	assert_true(backup.checksum);
	for (size_t at = 10; at < bytes.len; at += bytes.len / 40)
		assert_false(trial_walk(bytes, at).complete);
	free(bytes.ptr);
}

/* Lengths that no file can have end where the file does. */
static void hostile_lengths(void **state)
{
	static const struct str bodies[] = {
	    {"\x00\x01k\x81\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12}, /* a string of 2^63 bytes */
	    {"\x01\x01k\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01z", 14}, /* a list of 2^64 */
	    {"\x00\x01k\x82", 4}, /* no length at all */
	    {"\x00\x01k\xC4", 4}, /* no string */
	    {"\x00\x01k\xC3\x81\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 14}, /* compressed */
	    {"\x07\x01k\x01\x09", 5}, /* no piece of a module's value */
	    {"\x15\x01k\0\0\0\0\0\0\0\0\0\x01\x01g\0\0\0\xFF", 19}, /* a stream's groups */
	};
	char content[64] = "REDIS0010";

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct trial_bytes bytes = {content, 9 + bodies[i].len + 6, 0, SIZE_MAX};

		memcpy(content + 9, bodies[i].ptr, bodies[i].len);
		memcpy(content + 9 + bodies[i].len, "abcdef", 6);
		assert_false(trial_walk(bytes, bytes.len).complete);
	}
}

/* Behind a whole command nothing tells that another should come. */
static bool between_commands(const struct trial_bytes *bytes, size_t at)
{
	return at > 2 && bytes->ptr[at] == '*' && memcmp(bytes->ptr + at - 2, "\r\n", 2) == 0;
}

/* Nor behind the RDB that an AOF begins with. */
static bool between_commands_or_behind_rdb(const struct trial_bytes *bytes, size_t at)
{
	return between_commands(bytes, at) ||
	    (bytes->ptr[at] == '*' && trial_walk(*bytes, at).kind == BACKUP_REDIS_RDB);
}

static void aof(void **state)
{
	struct probe *probe = trial_verify("commands.aof");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "kind", "\"redis_aof\"");
	probe_expect(probe, "records", "32");
	probe_expect(probe, "checksum", "false");
	probe_expect(probe, "age_from", "\"mtime\"");
	assert_null(probe_get(probe, "trailer"));
	probe_free(probe);
	probe = trial_verify("one.aof");
	probe_expect_ok(probe);
	probe_expect(probe, "kind", "\"redis_aof\"");
	probe_expect(probe, "records", "326");
	probe_expect(probe, "age_from", "\"mtime\"");
	probe_free(probe);
	trial_cut("commands.aof", between_commands);
	trial_cut("one.aof", between_commands_or_behind_rdb);
}

static void aof_of_parts(void **state)
{
	struct probe *probe = trial_verify("aof");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "kind", "\"redis_aof\"");
	probe_expect(probe, "records", "326");
	assert_non_null(probe_get(probe, "digest"));
	probe_free(probe);
	probe = trial_verify("aof/appendonly.aof.manifest");
	probe_expect_ok(probe);
	probe_expect(probe, "records", "326");
	probe_free(probe);
}

static void aof_broken(void **state)
{
	struct probe *probe;

	static const char *const cases[][2] = {
	    {"rm *.incr.aof", "the manifest names appendonly.aof.1.incr.aof, which is missing"},
	    {"truncate -s -1 *.incr.aof", "incr.aof: it is cut off"},
	    {"truncate -s -1 *.base.rdb", "base.rdb: it is cut off"},
	    {"truncate -s 0 *.base.rdb", "base.rdb: it is empty"},
	    {"truncate -s -2 *.manifest", "manifest: it is cut off"},
	    {"truncate -s 0 *.manifest", "manifest: it is cut off"},
	    {"echo nonsense >>*.manifest", "does not name a file of it"},
	    {"sed -i s,incr.aof,../x, *.manifest", "does not name a file of it"},
	    {"printf \"*1\\r\\n\\$5\\r\\nMULTI\\r\\n\" >>*.incr.aof",
		"a transaction that MULTI began"},
	    {"printf \"*1\\r\\n\\$-5\\r\\n\" >>*.incr.aof", "should stand a number"},
	    {"printf \"*99999999999\\r\\n\" >>*.incr.aof", "should stand a number"},
	    {"printf \"*1\\r\\n\\$2\\r\\nabc\\r\\n\" >>*.incr.aof", "does not end"},
	    {"head -c 3000 /dev/zero >>*.incr.aof", "stands no line"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		trial_shell("rm -rf d && cp -r aof d && cd d && %s", cases[i][0]);
		probe = trial_verify("d");
		trial_expect_broken(probe, "redis_aof", cases[i][1]);
		probe_free(probe);
	}
	/* One that was not written to yet. */
	trial_shell("rm -rf d && cp -r aof d && truncate -s 0 d/*.incr.aof");
	probe = trial_verify("d");
	probe_expect_ok(probe);
	probe_free(probe);
}

static void checks_as_redis_does(void **state)
{
	struct crc64 crc;

	(void)state;
	crc64_init(&crc);
	crc64_add(&crc, STR("1234"));
	crc64_add(&crc, STR("56789"));
	assert_int_equal(crc.value, 0xE9C6D914C4B8D9CA);
}

static int begin(void **state)
{
	char socket[200];

	if (trial_begin(state) < 0)
		return -1;
	servers_start();
	servers_ask("redis");
	servers_text("socket", socket, sizeof(socket));
	snprintf(cli, sizeof(cli), "redis-cli -e -s %s --no-auth-warning -a secret", socket);
	snprintf(place, sizeof(place), "%.*s", (int)(strrchr(socket, '/') - socket), socket);
	fill();
	make_files();
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
	    cmocka_unit_test(rdb),
	    cmocka_unit_test(rdb_without_checksum),
	    cmocka_unit_test(rdb_of_tomorrow),
	    cmocka_unit_test(hostile_lengths),
	    cmocka_unit_test(aof),
	    cmocka_unit_test(aof_of_parts),
	    cmocka_unit_test(aof_broken),
	    cmocka_unit_test(checks_as_redis_does),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
