/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <dirent.h>
#include <signal.h>

#include "files.h"
#define SERVERS_SCRIPT "net_servers.py"
#include "servers.h"
#include "stdlib/registry.h"

/*
 * Five hundred probes at once, one in three ended at a random moment, against servers that answer and ports that do
 * not. None may leave a handle, a descriptor, a file that is not finished or (under the sanitizers) a byte.
 */
enum { PROBES = 500, KINDS = 100, PROBE_US = 2000000, CANCEL_MS = 400 };

enum { BACKUPS = 3 };

static struct loop *loop;
static char backups[] = "/tmp/reprise-storm-XXXXXX";
static char *kinds[KINDS];
static const struct action_impl *impls[KINDS];
static size_t kind_count;
static bool all_done;
static size_t left;

/* xorshift: the same storm for the same seed. */
static uint64_t seed;

static uint64_t roll(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void add_kind(const struct action_impl *impl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_kind(const struct action_impl *impl, const char *format, ...)
{
	va_list list;

	assert_true(kind_count < KINDS);
	va_start(list, format);
	assert_true(vasprintf(&kinds[kind_count], format, list) >= 0);
	va_end(list);
	impls[kind_count++] = impl;
}

static void add_port(int port)
{
	add_kind(&postgres_ready, "{\"connection\":{\"port\":%d,\"user\":\"a\"}}", port);
	add_kind(&redis_ping, "{\"connection\":{\"port\":%d,\"password\":\"x\"}}", port);
	add_kind(&http_request, "{\"url\":\"http%s://localhost:%d/\"}", port % 2 ? "" : "s", port);
	add_kind(&net_tls, "{\"host\":\"localhost\",\"port\":%d}", port);
	add_kind(&net_tcp, "{\"host\":\"localhost\",\"port\":%d,\"expect\":\"x\"}", port);
}

static void add_dns(const char *name, int port)
{
	add_kind(&net_dns, "{\"name\":\"%s\",\"server\":\"127.0.0.1\",\"port\":%d}", name, port);
}

static size_t descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

/* Beside the probe's own timer, which times it out. */
struct storm_probe {
	struct probe *probe;
	struct loop_timer *timer;
	bool counted;
};

static void cancel_now(void *self)
{
	probe_cancel(((struct storm_probe *)self)->probe);
}

static void count_finished(struct storm_probe *probes)
{
	for (size_t i = 0; i < PROBES; i++) {
		if (probes[i].counted || !probes[i].probe->finished)
			continue;
		probes[i].counted = true;
		left--;
	}
	all_done = left == 0;
}

static size_t run_storm(void)
{
	struct storm_probe *probes = mem_alloc(PROBES * sizeof(*probes));
	size_t succeeded = 0;

	left = PROBES;
	all_done = false;
	for (size_t i = 0; i < PROBES; i++) {
		size_t kind = roll(kind_count);

		probes[i].probe = probe_begin(loop, impls[kind], PROBE_US, kinds[kind]);
		if (i % 3)
			continue;
		probes[i].timer = loop_timer_new(loop, cancel_now, &probes[i]);
		loop_timer_start(probes[i].timer, (int64_t)roll(CANCEL_MS) * 1000);
	}
	while (!all_done) {
		uv_run(&loop->uv, UV_RUN_ONCE);
		count_finished(probes);
	}
	for (size_t i = 0; i < PROBES; i++) {
		assert_true(probes[i].probe->released);
		succeeded += probes[i].probe->attempt.result.ok;
		loop_timer_free(probes[i].timer);
		probe_free(probes[i].probe);
	}
	free(probes);
	/* Only what closes, and look-ups that were given up, are still under way. */
	assert_int_equal(loop_open_handles(loop), 0);
	while (uv_loop_alive(&loop->uv))
		uv_run(&loop->uv, UV_RUN_ONCE);
	return succeeded;
}

/* Files that were made under another name, and did not get their own. */
static size_t drafts(void)
{
	DIR *folder = opendir(files_folder);
	const struct dirent *entry;
	size_t count = 0;

	while ((entry = readdir(folder)))
		count += strstr(entry->d_name, ".reprise-") != NULL;
	closedir(folder);
	return count;
}

static void leaves_nothing_behind(void **state)
{
	const char *said = getenv("STORM_SEED");
	size_t before;

	(void)state;
	seed = said ? strtoull(said, NULL, 10) : 20261122;
	assert_true(run_storm() > 0); /* libraries open what they keep for ever */
	before = descriptors();
	for (int round = 0; round < 2; round++) {
		assert_true(run_storm() > 0);
		assert_int_equal(descriptors(), before);
		assert_int_equal(drafts(), 0);
	}
}

/* Three dumps, the newest of some size and cut off. */
static void write_backups(void)
{
	static const char head[] = "--\n-- PostgreSQL database dump\n--\n\n";
	static const char tail[] = "--\n-- PostgreSQL database dump complete\n--\n\n";

	assert_non_null(mkdtemp(backups));
	for (int day = 1; day <= BACKUPS; day++) {
		FILE *file;
		char path[64];

		snprintf(path, sizeof(path), "%s/app-2026010%d.sql", backups, day);
		file = fopen(path, "we");
		fputs(head, file);
		for (int i = 0; i < (day == BACKUPS ? 20000 : 10); i++)
			fprintf(file, "SELECT pg_catalog.lo_create(%d);\n", i);
		fputs(day == BACKUPS ? "" : tail, file);
		fclose(file);
	}
}

static void remove_backups(void)
{
	char path[64];

	for (int day = 1; day <= BACKUPS; day++) {
		snprintf(path, sizeof(path), "%s/app-2026010%d.sql", backups, day);
		unlink(path);
	}
	rmdir(backups);
}

static int begin(void **state)
{
	char path[256], address[300];

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	loop = loop_new();
	assert_non_null(mkdtemp(files_folder));
	servers_start();
	servers_ask("bus");
	snprintf(
	    address, sizeof(address), "unix:path=%s", servers_text("socket", path, sizeof(path)));
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1); /* without systemd: all are refused */
	servers_ask("postgres");
	add_kind(&postgres_ready,
	    "{\"connection\":{\"port\":%d,\"user\":\"aragora\",\"dbname\":\"postgres\","
	    "\"password\":\"secret\"}}",
	    servers_int("port"));
	add_kind(&postgres_query,
	    "{\"connection\":{\"host\":\"%s\",\"port\":%d,\"user\":\"aragora\","
	    "\"dbname\":\"postgres\",\"password\":\"secret\"},"
	    "\"sql\":\"SELECT i, repeat('x', 200) FROM generate_series(1, 500) i\"}",
	    servers_text("socket", path, sizeof(path)), servers_int("port"));
	add_kind(&postgres_replication,
	    "{\"connection\":{\"port\":%d,\"user\":\"aragora\",\"dbname\":\"postgres\","
	    "\"password\":\"secret\"}}",
	    servers_int("port"));
	add_kind(&postgres_tables,
	    "{\"connection\":{\"port\":%d,\"user\":\"aragora\",\"dbname\":\"postgres\","
	    "\"password\":\"secret\"},\"schemas\":[\"information_schema\"]}",
	    servers_int("port"));
	servers_ask("redis");
	add_kind(&redis_info, "{\"connection\":{\"port\":%d,\"password\":\"secret\"}}",
	    servers_int("port"));
	add_kind(&redis_command,
	    "{\"connection\":{\"host\":\"localhost\",\"port\":%d,\"password\":\"secret\"},"
	    "\"command\":[\"BLPOP\",\"nothing\",\"0.2\"]}",
	    servers_int("port"));
	add_kind(&redis_persistence, "{\"connection\":{\"port\":%d,\"password\":\"secret\"}}",
	    servers_int("port"));
	add_kind(&redis_replication,
	    "{\"connection\":{\"port\":%d,\"password\":\"secret\",\"db\":2}}", servers_int("port"));
	add_kind(&redis_ping,
	    "{\"connection\":{\"host\":\"localhost\",\"port\":%d,\"password\":\"secret\"}}",
	    servers_int("port"));
	servers_ask("nginx");
	add_kind(&http_request, "{\"url\":\"http://127.0.0.1:%d/big\"}", servers_int("port"));
	add_kind(&http_request, "{\"url\":\"http://localhost:%d/slow\"}", servers_int("port"));
	add_kind(&http_request, "{\"url\":\"http://127.0.0.1:%d/away\"}", servers_int("port"));
	add_kind(&http_request, "{\"url\":\"https://localhost:%d/ok.json\",\"tls_verify\":false}",
	    servers_int("tls"));
	snprintf(path, sizeof(path), "%s/edited", files_folder);
	files_put(path, "A=12\n");
	add_kind(&file_edit,
	    "{\"path\":\"%s\",\"replace\":{\"pattern\":\"(\\\\d)(\\\\d)\",\"with\":\"\\\\2\\\\1\"},"
	    "\"backup\":false}",
	    path);
	add_kind(&file_copy, "{\"path\":\"/etc/services\",\"to\":\"%s/copied\",\"replace\":true}",
	    files_folder);
	add_kind(&file_move, "{\"path\":\"%s/copied\"}", files_folder);
	add_kind(&file_write, "{\"path\":\"%s/written\",\"content\":\"%0999d\"}", files_folder, 0);
	add_kind(&file_stat, "{\"path\":\"%s\"}", "/etc/passwd");
	write_backups();
	add_kind(&backup_verify, "{\"path\":\"%s/app-20260103.sql\"}", backups);
	add_kind(&backup_latest, "{\"path\":\"%s\"}", backups);
	add_kind(&backup_prune, "{\"path\":\"%s\",\"pattern\":\"app-*\",\"keep_last\":2}", backups);
	add_kind(&file_digest, "{\"path\":\"%s\"}", "/usr/bin/python3");
	add_kind(&file_checksums, "{\"path\":\"%s\"}", "/var/lib/dpkg/info/coreutils.md5sums");
	add_kind(&file_match, "{\"path\":\"%s\",\"pattern\":\"(\\\\d+)/tcp\"}", "/etc/services");
	add_kind(&file_read, "{\"path\":\"%s\"}", "/etc/services");
	add_kind(&system_wait, "{\"for\":{\"$duration\":\"0.3s\"},\"reason\":\"%s\"}", "a storm");
	add_kind(&system_service, "{\"unit\":\"%s\"}", "nginx");
	add_kind(&system_log, "{\"message\":\"%s\"}", "a storm");
	add_kind(&host_clock, "{\"url\":\"http://localhost:%d/\"}", servers_int("port"));
	add_kind(&host_clock, "{\"ntp\":\"localhost\",\"port\":%d}", servers_port("ntp fine 0"));
	add_kind(&host_clock, "{\"ntp\":\"127.0.0.1\",\"port\":%d}", servers_port("ntp silent 0"));
	add_kind(&host_disk, "{\"path\":\"/\"}");
	add_kind(&host_memory, "{}");
	add_kind(&host_load, "{}");
	add_kind(&host_process, "{\"pattern\":\"python3\",\"command\":true}");
	add_kind(&host_port, "{\"port\":%d}", servers_int("port"));
	add_kind(&net_route, "{\"host\":\"localhost\"}");
	servers_ask("tls");
	add_kind(&net_tls, "{\"host\":\"localhost\",\"port\":%d,\"ca\":\"%s\"}",
	    servers_int("good"), servers_text("ca", path, sizeof(path)));
	add_kind(&net_tls, "{\"host\":\"127.0.0.1\",\"port\":%d}", servers_int("expired"));
	add_kind(&net_tls, "{\"host\":\"127.0.0.1\",\"port\":%d,\"starttls\":\"smtp\"}",
	    servers_port("smtp"));
	servers_ask("dns");
	add_dns("a.test", servers_int("port"));
	add_dns("big.test", servers_int("port"));
	add_dns("silent.test", servers_int("port"));
	add_dns("stuck.test", servers_int("port"));
	add_port(servers_port("dead"));
	add_port(servers_port("hang"));
	add_port(servers_port("close"));
	add_port(servers_port("noise"));
	return 0;
}

static int finish(void **state)
{
	(void)state;
	for (size_t i = 0; i < kind_count; i++)
		free(kinds[i]);
	remove_backups();
	servers_stop();
	loop_free(loop);
	nftw(files_folder, files_remove, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
