/* SPDX-License-Identifier: MIT */
#include "heap/system.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/page.h"
#include "base/system_file.h"

enum {
	MEMINFO_SIZE = 8192,
};

uint64_t heap_page_size(void)
{
	return page_get_size();
}

int heap_read_number(uint64_t *out, const char *path)
{
	char text[64], *end;
	unsigned long long value;
	int ret = system_read_text(text, sizeof(text), path);

	if (ret < 0) {
		return ret;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	if (strncmp(end, "kB", 2) == 0) {
		end += 2;
	}
	if (end == text || errno != 0 || (*end != '\0' && *end != '\n') || text[0] == '-') {
		return -EINVAL;
	}
	*out = value;
	return 0;
}

/* Of heap_moment_begin(). */
static _Thread_local struct {
	unsigned depth, number;
	char *meminfo; /* NULL: not read yet */
} moment;

void heap_moment_begin(void)
{
	if (moment.depth++ == 0 && ++moment.number == 0) {
		moment.number = 1;
	}
}

void heap_moment_end(void)
{
	if (--moment.depth == 0) {
		free(moment.meminfo);
		moment.meminfo = NULL;
	}
}

unsigned heap_moment(void)
{
	return moment.depth > 0 ? moment.number : 0;
}

/* Reads /proc/meminfo into text, or copies what was read at this moment. */
static int read_meminfo(char text[MEMINFO_SIZE])
{
	int ret;

	if (moment.meminfo != NULL) {
		memcpy(text, moment.meminfo, MEMINFO_SIZE);
		return 0;
	}
	ret = system_read_text(text, MEMINFO_SIZE, "/proc/meminfo");
	if (ret == 0 && moment.depth > 0) {
		moment.meminfo = malloc(MEMINFO_SIZE); /* without, it is read again */
		if (moment.meminfo != NULL) {
			memcpy(moment.meminfo, text, MEMINFO_SIZE);
		}
	}
	return ret;
}

/* A line of /proc/meminfo, in bytes. */
static int find_in_meminfo(uint64_t *out, const char *text, const char *key)
{
	size_t key_len = strlen(key);

	for (const char *line = text; line != NULL;) {
		if (strncmp(line, key, key_len) == 0 && line[key_len] == ':') {
			*out = strtoull(line + key_len + 1, NULL, 10) * 1024;
			return 0;
		}
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return -ENOENT;
}

int heap_read_meminfo(uint64_t *out, const char *key)
{
	char text[MEMINFO_SIZE];
	int ret = read_meminfo(text);

	return ret < 0 ? ret : find_in_meminfo(out, text, key);
}

void heap_read_room(enum heap_area area, uint64_t *free_bytes, uint64_t *total)
{
	static const char *const keys[][2] = {
		[HEAP_AREA_RAM] = {"MemAvailable", "MemTotal"},
		[HEAP_AREA_CMA] = {"CmaFree", "CmaTotal"},
	};
	char text[MEMINFO_SIZE];

	if (read_meminfo(text) >= 0) {
		find_in_meminfo(free_bytes, text, keys[area][0]);
		find_in_meminfo(total, text, keys[area][1]);
	}
}

/* The end of the last zone of memory: every frame there is lies below. */
static int read_end_frame(uint64_t *out)
{
	uint64_t spanned = 0, start, end = 0;
	char line[256];
	int fd = system_open("/proc/zoneinfo", O_RDONLY);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (file == NULL) {
		if (fd >= 0) {
			close(fd);
		}
		return -ENOENT;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		/* of each zone that has frames, the one line comes before the other */
		if (sscanf(line, " spanned %" SCNu64, &spanned) == 1) {
			continue;
		}
		if (sscanf(line, " start_pfn: %" SCNu64, &start) == 1 && start + spanned > end) {
			end = start + spanned;
		}
	}
	fclose(file);
	if (end == 0) {
		return -ENODATA;
	}
	*out = end;
	return 0;
}

/*
 * Reading the zones takes as long as allocating a buffer, and they change only with the amount of
 * memory (it is plugged in), which is asked in one call.
 */
static int get_end_frame(uint64_t *out)
{
	static atomic_uint_least64_t known_end, known_total;
	struct sysinfo now;
	uint64_t total = sysinfo(&now) == 0 ? (uint64_t)now.totalram * now.mem_unit : 0;
	int ret;

	if (total != 0 && atomic_load(&known_total) == total) {
		*out = atomic_load(&known_end);
		return 0;
	}
	ret = read_end_frame(out);
	if (ret == 0) {
		atomic_store(&known_end, *out);
		atomic_store(&known_total, total);
	}
	return ret;
}

void heap_describe_ram(struct tenon_heap_info *info)
{
	uint64_t frames;

	if (get_end_frame(&frames) == 0 && frames <= UINT64_MAX / heap_page_size()) {
		info->address_min = 0;
		info->address_max = frames * heap_page_size() - 1;
	}
}

enum tenon_availability heap_explain_open(
	char *reason, size_t reason_size, const char *node, int error)
{
	system_explain_open(reason, reason_size, node, error);
	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
	case -ENXIO:
	case -ENODEV:
		return TENON_ABSENT;
	default:
		return TENON_REFUSED;
	}
}
