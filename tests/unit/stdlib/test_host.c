/* SPDX-License-Identifier: Apache-2.0 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "stdlib/registry.h"

/* host.disk, host.memory and host.load against what the system says by other means. */

static struct loop *loop;
static char folder[] = "/tmp/reprise host-XXXXXX"; /* with a blank, which the kernel escapes */
static bool mounts;

static struct probe *look(const struct action_impl *impl, const char *args)
{
	return probe_run(loop, impl, 0, "%s", args);
}

static int64_t number(const struct probe *probe, const char *field)
{
	const struct value *value = probe_get(probe, field);

	if (!value || value->type != VALUE_INT)
		fail_msg("%s is no number", field);
	return value ? value->integer : 0;
}

static double decimal(const struct probe *probe, const char *field)
{
	const struct value *value = probe_get(probe, field);

	if (!value || value->type != VALUE_DOUBLE)
		fail_msg("%s is no decimal number", field);
	return value ? value->real : 0;
}

static void disk_tells_what_statvfs_does(void **state)
{
	struct statvfs disk;
	struct probe *probe;

	(void)state;
	assert_int_equal(statvfs("/", &disk), 0);
	probe = look(&host_disk, "{\"path\":\"/\"}");
	probe_expect_ok(probe);
	assert_int_equal(number(probe, "size"), (int64_t)(disk.f_blocks * disk.f_frsize));
	assert_true(number(probe, "free") >= number(probe, "available"));
	assert_true(decimal(probe, "used") >= 0 && decimal(probe, "used") <= 1);
	probe_expect(probe, "mount", "\"/\"");
	assert_non_null(probe_get(probe, "type"));
	assert_non_null(probe_get(probe, "device"));
	probe_free(probe);
}

/* A file system of a known size, half full, then read-only. */
static void disk_tells_how_full_it_is(void **state)
{
	struct probe *probe;
	char args[128], mount_point[64], path[64];
	char half[512 << 10] = {0};
	int fd;

	(void)state;
	if (!mounts)
		skip();
	assert_int_equal(mount("shelf", folder, "tmpfs", 0, "size=1m,nr_inodes=100"), 0);
	snprintf(path, sizeof(path), "%s/half", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, half, sizeof(half)), sizeof(half));
	close(fd);
	snprintf(args, sizeof(args), "{\"path\":\"%s\"}", path);
	snprintf(mount_point, sizeof(mount_point), "\"%s\"", folder);
	probe = look(&host_disk, args);
	probe_expect_ok(probe);
	probe_expect(probe, "size", "1048576");
	probe_expect(probe, "free", "524288");
	probe_expect(probe, "used", "0.5");
	probe_expect(probe, "inodes", "100");
	probe_expect(probe, "inodes_free", "98");
	probe_expect(probe, "inodes_used", "0.02");
	probe_expect(probe, "read_only", "false");
	probe_expect(probe, "type", "\"tmpfs\"");
	probe_expect(probe, "device", "\"shelf\"");
	probe_expect(probe, "mount", mount_point);
	probe_free(probe);
	assert_int_equal(mount("shelf", folder, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=1m"), 0);
	probe = look(&host_disk, args);
	probe_expect(probe, "read_only", "true");
	probe_free(probe);
	assert_int_equal(umount(folder), 0);
}

static void disk_does_not_guess(void **state)
{
	struct probe *probe = look(&host_disk, "{\"path\":\"/proc\"}");

	(void)state;
	probe_expect_ok(probe);
	probe_expect(probe, "type", "\"proc\"");
	assert_null(probe_get(probe, "inodes"));
	probe_free(probe);
	probe = look(&host_disk, "{\"path\":\"/nonexistent/at/all\"}");
	assert_false(probe->attempt.result.ok);
	assert_false(probe->attempt.result.error);
	assert_string_equal(probe->attempt.result.why.ptr, "no such file: /nonexistent/at/all");
	assert_null(probe_get(probe, "size"));
	probe_free(probe);
	probe = look(&host_disk, "{\"path\":7}");
	probe_expect_error(probe, "path must be text, not int");
	probe_free(probe);
}

static void memory_tells_what_sysinfo_does(void **state)
{
	struct sysinfo info;
	struct probe *probe = look(&host_memory, "{}");
	int64_t total = number(probe, "total");
	int64_t swap = number(probe, "swap_total");

	(void)state;
	assert_int_equal(sysinfo(&info), 0);
	probe_expect_ok(probe);
	assert_int_equal(total, (int64_t)(info.totalram * info.mem_unit));
	assert_int_equal(swap, (int64_t)(info.totalswap * info.mem_unit));
	assert_true(number(probe, "available") <= total);
	assert_true(
	    decimal(probe, "used") == (double)(total - number(probe, "available")) / (double)total);
	assert_int_equal(swap == 0, probe_get(probe, "swap_used") == NULL);
	probe_free(probe);
}

static void memory_tells_who_waits(void **state)
{
	static const char *const fields[] = {
	    "some10", "some60", "some300", "full10", "full60", "full300"};
	struct probe *probe = look(&host_memory, "{}");
	const struct value *pressure = probe_get(probe, "pressure");

	(void)state;
	assert_int_equal(access("/proc/pressure/memory", R_OK) == 0, pressure != NULL);
	for (size_t i = 0; pressure && i < 6; i++) {
		const struct value *share = value_get(pressure, fields[i]);

		assert_non_null(share);
		assert_true(share->real >= 0 && share->real <= 1);
	}
	probe_free(probe);
}

static int64_t up_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void load_tells_what_the_system_does(void **state)
{
	int64_t before_us = up_us();
	struct probe *probe = look(&host_load, "{}");
	int64_t uptime_us = value_us(probe_get(probe, "uptime"));

	(void)state;
	probe_expect_ok(probe);
	assert_int_equal(number(probe, "processors"), sysconf(_SC_NPROCESSORS_ONLN));
	assert_true(decimal(probe, "load1") >= 0);
	assert_true(decimal(probe, "load5") >= 0);
	assert_true(decimal(probe, "load15") >= 0);
	assert_true(decimal(probe, "per_processor") ==
	    decimal(probe, "load1") / (double)number(probe, "processors"));
	assert_true(number(probe, "running") >= 1);
	assert_true(number(probe, "threads") >= number(probe, "running"));
	/* The kernel tells hundredths of a second. */
	assert_true(uptime_us >= before_us - 10000 && uptime_us <= up_us());
	probe_free(probe);
}

static void can_be_ended(void **state)
{
	static const struct {
		const struct action_impl *impl;
		const char *args;
		const char *why;
	} cases[] = {
	    {&host_disk, "{\"path\":\"/\"}", "ended while looking at the file system"},
	    {&host_memory, "{}", "ended while reading /proc/meminfo"},
	    {&host_load, "{}", "ended while reading /proc/loadavg"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct probe *probe = probe_begin(loop, cases[i].impl, 0, cases[i].args);

		probe_cancel(probe);
		assert_true(probe->released);
		assert_string_equal(probe->attempt.result.why.ptr, cases[i].why);
		probe_free(probe);
	}
}

static int begin(void **state)
{
	(void)state;
	mounts = unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	loop = loop_new();
	return mkdtemp(folder) ? 0 : -1;
}

static int finish(void **state)
{
	(void)state;
	umount(folder); /* where a test failed */
	rmdir(folder);
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(disk_tells_what_statvfs_does),
	    cmocka_unit_test(disk_tells_how_full_it_is),
	    cmocka_unit_test(disk_does_not_guess),
	    cmocka_unit_test(memory_tells_what_sysinfo_does),
	    cmocka_unit_test(memory_tells_who_waits),
	    cmocka_unit_test(load_tells_what_the_system_does),
	    cmocka_unit_test(can_be_ended),
	};

	return cmocka_run_group_tests(tests, begin, finish);
}
