/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include <tenon/cpu.h>

#include "fake_tree.h"
#include "harness.h"

static void add_cache(const char *cache, const char *type, const char *line)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s/type", cache);
	tree_file(path, type);
	snprintf(path, sizeof(path), "/sys/devices/system/cpu/%s/coherency_line_size", cache);
	tree_file(path, line);
}

TEST(smallest_line_of_a_data_cache_is_told)
{
	tree_start();
	tree_file("/sys/devices/system/cpu/cpufreq/boost", "1\n");
	add_cache("cpu0/cache/index0", "Data\n", "128\n");
	add_cache("cpu0/cache/index1", "Instruction\n", "16\n");
	assert_int_equal(tenon_cpu_get_cache_line(), 128);
	add_cache("cpu4/cache/index0", "Data\n", "64\n");
	assert_int_equal(tenon_cpu_get_cache_line(), 64);
	add_cache("cpu5/cache/index2", "Unified\n", "32\n");
	assert_int_equal(tenon_cpu_get_cache_line(), 32);
	tree_finish();
}

TEST(nonsense_is_not_believed)
{
	uint32_t without;

	tree_start();
	without = tenon_cpu_get_cache_line(); /* what the C library tells */
	assert_true(without == 0 || (without & (without - 1)) == 0);
	add_cache("cpu0/cache/index0", "Data\n", "0\n");
	add_cache("cpu0/cache/index1", "Data\n", "48\n");
	add_cache("cpu0/cache/index2", "Data\n", "1048576\n");
	add_cache("cpu0/cache/index3", "Data\n", "-64\n");
	add_cache("cpu0/cache/index4", "Data\n", "\n");
	assert_int_equal(tenon_cpu_get_cache_line(), without);
	tree_finish();
}

TEST(page_size_is_the_kernels)
{
	assert_int_equal(tenon_cpu_get_page_size(), sysconf(_SC_PAGESIZE));
}

TEST(coherence_is_a_rule_on_x86)
{
#if defined(__x86_64__) || defined(__i386__)
	assert_int_equal(tenon_cpu_get_coherent(), TENON_YES);
#elif defined(__aarch64__) || defined(__arm__)
	assert_int_equal(tenon_cpu_get_coherent(), TENON_UNKNOWN);
#else
	TEST_SKIP("no rule that this test knows");
#endif
}
