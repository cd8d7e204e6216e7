/* SPDX-License-Identifier: MIT */

/*
 * tenon-pagemap: in which physical pages a mapping of another process lies.
 *
 * It proves, or refutes, that a buffer is contiguous as the process that uses it sees it: the
 * compositor's own mapping, the kernel's own page tables. It links nothing of Tenon, so that it
 * can contradict it.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_FRAME ((UINT64_C(1) << 55) - 1)
#define BATCH 512

enum verdict {
	CONTIGUOUS = 0,
	SCATTERED = 1,
	USAGE = 2,
	FAILED = 3,
	UNKNOWN = 4,
};

struct mapping {
	uint64_t start, end;
	char path[256];
};

/* What has been seen of a mapping's frames so far. */
struct runs {
	uint64_t pages, present, runs;
	uint64_t run_len; /* of the run being grown, in pages */
	uint64_t longest;
	uint64_t last;
	bool hidden; /* present, but its frame is not shown: not root */
};

static void usage(FILE *to)
{
	fputs("Usage: tenon-pagemap [--least BYTES] PID NAME\n"
	      "\n"
	      "Show in which physical pages the mappings of process PID lie whose path in\n"
	      "/proc/PID/maps contains NAME (\"memfd:tenon\"), and whether each is contiguous.\n"
	      "\n"
	      "  --least BYTES  only mappings of at least so many bytes, and so many in one run\n"
	      "  --help         show this\n"
	      "\n"
	      "Exit status: 0 every mapping found is contiguous, 1 one is not, 2 usage,\n"
	      "3 no such process or mapping, 4 unknown: only root is shown physical pages.\n",
		to);
}

static bool parse_mapping(const char *line, struct mapping *map)
{
	int path = 0;
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %*s %n", &map->start, &map->end,
		    &path) < 2) {
		return false;
	}
	snprintf(map->path, sizeof(map->path), "%s", path > 0 ? line + path : "");
	map->path[strcspn(map->path, "\n")] = '\0';
	return map->end > map->start;
}

static void see_page(struct runs *seen, uint64_t entry)
{
	uint64_t frame = entry & ENTRY_FRAME;
	seen->pages++;
	if (!(entry & ENTRY_PRESENT)) {
		seen->run_len = 0;
		return;
	}
	seen->present++;
	if (frame == 0) {
		seen->hidden = true;
		return;
	}
	if (seen->run_len > 0 && frame == seen->last + 1) {
		seen->run_len++;
	} else {
		seen->runs++;
		seen->run_len = 1;
	}
	seen->last = frame;
	if (seen->run_len > seen->longest) {
		seen->longest = seen->run_len;
	}
}

static int read_runs(int pagemap, const struct mapping *map, uint64_t page, struct runs *seen)
{
	uint64_t entries[BATCH];
	uint64_t at = map->start / page, end = map->end / page;
	while (at < end) {
		size_t want = end - at < BATCH ? (size_t)(end - at) : BATCH;
		ssize_t got = pread(pagemap, entries, want * sizeof(entries[0]),
			(off_t)(at * sizeof(entries[0])));
		if (got < (ssize_t)sizeof(entries[0])) {
			return got < 0 ? -errno : -EIO;
		}
		size_t n = (size_t)got / sizeof(entries[0]);
		for (size_t i = 0; i < n; i++) {
			see_page(seen, entries[i]);
		}
		at += n;
	}
	return 0;
}

/*
 * Pages that nobody has touched through this mapping have no frame in it, such as the padding after
 * the last row; what is there must be one run, in order, of at least the bytes asked for.
 */
static enum verdict judge(const struct runs *seen, uint64_t least_pages)
{
	if (seen->present == 0 || seen->hidden) {
		return UNKNOWN;
	}
	return seen->longest == seen->present && seen->longest >= least_pages ? CONTIGUOUS
									      : SCATTERED;
}

static const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case CONTIGUOUS:
		return "contiguous";
	case SCATTERED:
		return "scattered";
	default:
		return "unknown";
	}
}

static int show(int pagemap, const struct mapping *map, uint64_t page, uint64_t least,
	enum verdict *verdict)
{
	struct runs seen = {0};
	int ret = read_runs(pagemap, map, page, &seen);
	if (ret < 0) {
		return ret;
	}
	*verdict = judge(&seen, (least + page - 1) / page);
	printf("%" PRIx64 "-%" PRIx64 " %s bytes=%" PRIu64 " pages=%" PRIu64 " present=%" PRIu64
	       " runs=%" PRIu64 " longest=%" PRIu64 " %s",
		map->start, map->end, map->path, map->end - map->start, seen.pages, seen.present,
		seen.runs, seen.longest * page, verdict_name(*verdict));
	if (*verdict == CONTIGUOUS) {
		printf(" physical=0x%" PRIx64 "-0x%" PRIx64, (seen.last + 1 - seen.longest) * page,
			(seen.last + 1) * page - 1);
	}
	putchar('\n');
	return 0;
}

static FILE *open_proc(const char *pid, const char *file, const char *mode)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%s/%s", pid, file);
	FILE *f = fopen(path, mode);
	if (f == NULL) {
		fprintf(stderr, "tenon-pagemap: %s: %s\n", path, strerror(errno));
	}
	return f;
}

static enum verdict show_all(FILE *maps, int pagemap, const char *name, uint64_t least)
{
	enum verdict worst = FAILED;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char line[4096];
	while (fgets(line, sizeof(line), maps) != NULL) {
		struct mapping map;
		enum verdict verdict;
		if (!parse_mapping(line, &map) || strstr(map.path, name) == NULL ||
			map.end - map.start < least) {
			continue;
		}
		int ret = show(pagemap, &map, page, least, &verdict);
		if (ret < 0) {
			fprintf(stderr, "tenon-pagemap: pagemap: %s\n", strerror(-ret));
			return FAILED;
		}
		/* scattered outweighs unknown: it is certain */
		if (worst == FAILED || verdict == SCATTERED ||
			(verdict == UNKNOWN && worst == CONTIGUOUS)) {
			worst = verdict;
		}
	}
	if (worst == FAILED) {
		fprintf(stderr,
			"tenon-pagemap: no mapping of \"%s\" with at least %" PRIu64 " bytes\n",
			name, least);
	}
	return worst;
}

static bool parse_args(int argc, char **argv, uint64_t *least)
{
	static const struct option options[] = {
		{"least", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int opt;
	while ((opt = getopt_long(argc, argv, "l:h", options, NULL)) != -1) {
		char *end = NULL;
		switch (opt) {
		case 'l':
			errno = 0;
			*least = strtoull(optarg, &end, 0);
			if (errno != 0 || end == optarg || *end != '\0' || optarg[0] == '-') {
				fprintf(stderr,
					"tenon-pagemap: --least wants a number of bytes, "
					"not \"%s\"\n",
					optarg);
				return false;
			}
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			return false;
		}
	}
	if (argc - optind != 2 || argv[optind][strspn(argv[optind], "0123456789")] != '\0') {
		usage(stderr);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	uint64_t least = 0;
	if (!parse_args(argc, argv, &least)) {
		return USAGE;
	}
	FILE *maps = open_proc(argv[optind], "maps", "re");
	FILE *pagemap = maps != NULL ? open_proc(argv[optind], "pagemap", "re") : NULL;
	enum verdict verdict = FAILED;
	if (pagemap != NULL) {
		verdict = show_all(maps, fileno(pagemap), argv[optind + 1], least);
		fclose(pagemap);
	}
	if (maps != NULL) {
		fclose(maps);
	}
	return verdict;
}
