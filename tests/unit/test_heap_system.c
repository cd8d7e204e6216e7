/* SPDX-License-Identifier: MIT */

/* What the heap room reads of the machine, from a tree of files in place of the real one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_file.h"
#include "harness/harness.h"
#include "heap/system.h"

static char root[] = "/tmp/tenon-system-XXXXXX";

static void write_zoneinfo(const char *text)
{
	char path[256];
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/proc", root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/proc/zoneinfo", root);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	_tenon_system_root = root;
}

static void remove_root(void)
{
	char path[256];
	_tenon_system_root = "";
	snprintf(path, sizeof(path), "%s/proc/zoneinfo", root);
	unlink(path);
	snprintf(path, sizeof(path), "%s/proc", root);
	rmdir(path);
	rmdir(root);
}

static struct tenon_heap_info describe(const char *zoneinfo)
{
	struct tenon_heap_info info = {.size = sizeof(info)};
	write_zoneinfo(zoneinfo);
	heap_describe_ram(&info);
	remove_root();
	return info;
}

TEST(ram_ends_with_the_last_zone)
{
	struct tenon_heap_info info = describe("Node 0, zone      DMA\n"
					       "  pages free     3840\n"
					       "        spanned  4095\n"
					       "        present  3998\n"
					       "  start_pfn:           1\n"
					       "Node 0, zone   Normal\n"
					       "        spanned  4096\n"
					       "  start_pfn:           1048576\n"
					       "Node 0, zone  Movable\n"
					       "        spanned  0\n");
	assert_int_equal(info.address_min, 0);
	assert_int_equal(info.address_max, (UINT64_C(1048576) + 4096) * heap_page_size() - 1);
}

TEST(zones_need_not_be_in_order)
{
	struct tenon_heap_info info = describe("        spanned  100\n"
					       "  start_pfn:           1000\n"
					       "        spanned  10\n"
					       "  start_pfn:           1\n");
	assert_int_equal(info.address_max, 1100 * heap_page_size() - 1);
}

/* Zones are not read for each buffer: they are there as long as the amount of memory is the same.
 */
TEST(zones_are_read_once)
{
	struct tenon_heap_info info = {.size = sizeof(info)};
	write_zoneinfo("  spanned 100\n  start_pfn: 1000\n");
	heap_describe_ram(&info);
	remove_root();
	heap_describe_ram(&info);
	assert_int_equal(info.address_max, 1100 * heap_page_size() - 1);
}

TEST(without_a_word_it_stays_unknown)
{
	assert_int_equal(describe("").address_max, 0);
}

/* Whoever is asked within a moment sees the same machine, and only within it. */
TEST(meminfo_is_that_of_the_moment)
{
	uint64_t available = 0, total = 0;
	heap_moment_begin();
	assert_true(heap_moment() > 0);
	heap_read_room(HEAP_AREA_RAM, &available, &total);
	assert_in_range(available, 1, total);
	uint64_t before = available;
	heap_moment_begin();
	_tenon_system_root = "/nowhere";
	heap_moment_end();
	heap_read_room(HEAP_AREA_RAM, &available, &total);
	assert_int_equal(available, before);
	heap_moment_end();
	assert_int_equal(heap_moment(), 0);
	assert_int_equal(heap_read_meminfo(&available, "MemAvailable"), -ENOENT);
	_tenon_system_root = "";
	assert_int_equal(heap_read_meminfo(&available, "MemAvailable"), 0);
}

TEST(numbers_that_make_no_sense_are_not_believed)
{
	assert_int_equal(
		describe("  spanned 18446744073709551615\n  start_pfn: 0\n").address_max, 0);
}
