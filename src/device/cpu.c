/* SPDX-License-Identifier: MIT */
#include <tenon/cpu.h>

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/page.h"
#include "device/coherent.h"
#include "device/sysfs.h"

enum {
	LINE_MAX = 4096, /* more is no line of a cache */
};

uint64_t tenon_cpu_get_page_size(void)
{
	return page_get_size();
}

enum tenon_answer tenon_cpu_get_coherent(void)
{
	return coherent_get_rule();
}

static bool is_line(unsigned long bytes)
{
	return bytes >= 4 && bytes <= LINE_MAX && (bytes & (bytes - 1)) == 0;
}

/* The smallest of what the caches in a walk tell. */
struct walk {
	const char *folder;
	uint32_t line; /* 0: none yet */
};

/* "index0": data, instructions, or both. */
static int visit_cache(void *data, const char *name)
{
	struct walk *walk = data;
	char folder[SYSTEM_PATH_SIZE], path[SYSTEM_PATH_SIZE], text[32];
	unsigned long bytes;

	if (sysfs_join(folder, sizeof(folder), walk->folder, name) != 0 ||
		sysfs_join(path, sizeof(path), folder, "type") != 0 ||
		system_read_line(text, sizeof(text), path) != 0 ||
		strcmp(text, "Instruction") == 0 ||
		sysfs_join(path, sizeof(path), folder, "coherency_line_size") != 0 ||
		system_read_line(text, sizeof(text), path) != 0) {
		return 0;
	}
	bytes = strtoul(text, NULL, 10);
	if (is_line(bytes) && (walk->line == 0 || bytes < walk->line)) {
		walk->line = (uint32_t)bytes;
	}
	return 0;
}

/* "cpu0", and not "cpufreq" */
static int visit_cpu(void *data, const char *name)
{
	struct walk *walk = data;
	char cpu[SYSTEM_PATH_SIZE], caches[SYSTEM_PATH_SIZE];
	int ret;

	if (!isdigit((unsigned char)name[3])) {
		return 0;
	}
	ret = sysfs_join(cpu, sizeof(cpu), walk->folder, name);
	if (ret == 0) {
		ret = sysfs_join(caches, sizeof(caches), cpu, "cache");
	}
	if (ret == 0) {
		struct walk below = {.folder = caches, .line = walk->line};

		ret = system_list(caches, "index", visit_cache, &below);
		walk->line = below.line;
	}
	return ret;
}

/* What the C library or the kernel tells this process, where /sys says nothing. */
static uint32_t ask_process(void)
{
	long line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE);

#ifdef AT_L1D_CACHEGEOMETRY
	if (line <= 0) {
		line = (long)(getauxval(AT_L1D_CACHEGEOMETRY) & 0xffff);
	}
#endif
	return line > 0 && is_line((unsigned long)line) ? (uint32_t)line : 0;
}

uint32_t tenon_cpu_get_cache_line(void)
{
	struct walk walk = {.folder = "/sys/devices/system/cpu"};

	/* what cannot be read tells nothing */
	system_list(walk.folder, "cpu", visit_cpu, &walk);
	return walk.line != 0 ? walk.line : ask_process();
}
