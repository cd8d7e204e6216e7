/* SPDX-License-Identifier: MIT */
#include "heap/hugepages.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/system_file.h"
#include "heap/hugepages_keeper.h"
#include "heap/system.h"

struct tenon_hugepages {
	uint64_t raised;
	bool kept; /* the keeper runs */
	struct keeper keeper;
};

/* Where a sentence goes. */
struct sentence {
	char *text;
	size_t size;
};

static int say(const struct sentence *to, int error, const char *format, ...) TENON_PRINTF(3, 4);

static int say(const struct sentence *to, int error, const char *format, ...)
{
	va_list args;

	if (to->text != NULL && to->size > 0) {
		va_start(args, format);
		vsnprintf(to->text, to->size, format, args);
		va_end(args);
	}
	return error;
}

static void full_path(char *out, size_t size, uint64_t page_bytes, const char *file)
{
	char path[128];

	hugepages_path(path, sizeof(path), page_bytes, file);
	snprintf(out, size, "%s%s", _tenon_system_root, path);
}

static int check_writable(const char *path, const struct sentence *reason)
{
	char text[256];
	int error;

	if (access(path, W_OK) == 0) {
		return 0;
	}
	error = -errno;
	heap_explain_open(text, sizeof(text), path, error);
	return say(reason, error == -ENOENT ? error : -EACCES, "%s", text);
}

/* Raises and fails if that was less than asked. */
static int raise_by(struct tenon_hugepages *pages, const struct keeper_job *job, uint64_t wanted,
	const struct sentence *reason)
{
	int ret = check_writable(job->path, reason);

	if (ret < 0) {
		return ret;
	}
	ret = keeper_start(&pages->keeper, job, &pages->raised);
	if (ret < 0) {
		return say(
			reason, ret == -EPERM ? -EACCES : ret, "%s: %s", job->path, strerror(-ret));
	}
	if (pages->raised < wanted) {
		keeper_end(&pages->keeper);
		return say(reason, -ENOMEM,
			"%" PRIu64 " more huge pages are needed, the kernel found %" PRIu64, wanted,
			pages->raised);
	}
	pages->kept = true;
	return 0;
}

static int reserve_any(struct tenon_hugepages *pages, const struct hugepages_pool *pool,
	uint64_t count, const struct sentence *reason)
{
	struct keeper_job job = {0};

	if (pool->free >= count) {
		return 0;
	}
	job.pages = count - pool->free;
	full_path(job.path, sizeof(job.path), pool->page_bytes, "nr_hugepages");
	return raise_by(pages, &job, job.pages, reason);
}

/*
 * The kernel can move others out of the way for a page of 1 GiB, even on a machine where it finds
 * no two pages of 2 MiB side by side; and it can cut that page.
 */
static int reserve_run(struct tenon_hugepages *pages, const struct hugepages_pool *pool,
	uint64_t count, const struct sentence *reason)
{
	struct keeper_job job = {0};
	uint64_t cut_into = 0;
	char path[128];

	job.per_supply = HUGEPAGES_1G / pool->page_bytes;
	job.supplies = (count + job.per_supply - 1) / job.per_supply;
	hugepages_path(path, sizeof(path), HUGEPAGES_1G, "demote_size");
	if (pool->page_bytes >= HUGEPAGES_1G || job.supplies > 1 ||
		heap_read_number(&cut_into, path) < 0 || cut_into * 1024 != pool->page_bytes) {
		return say(reason, -ENOTSUP, "the kernel cannot cut larger huge pages into these");
	}
	full_path(job.path, sizeof(job.path), pool->page_bytes, "nr_hugepages");
	full_path(job.supply_path, sizeof(job.supply_path), HUGEPAGES_1G, "nr_hugepages");
	full_path(job.demote_path, sizeof(job.demote_path), HUGEPAGES_1G, "demote");
	return raise_by(pages, &job, job.supplies * job.per_supply, reason);
}

typedef int (*reserve_fn)(struct tenon_hugepages *pages, const struct hugepages_pool *pool,
	uint64_t count, const struct sentence *reason);

static int create(struct tenon_hugepages **out, uint64_t page_bytes, uint64_t count,
	const struct sentence *reason, reserve_fn reserve)
{
	struct tenon_hugepages *pages;
	struct hugepages_pool pool;
	char path[128];
	int ret;

	if (out == NULL || count == 0 || count > UINT32_MAX) {
		return say(reason, -EINVAL, "no such count of huge pages");
	}
	if (page_bytes == 0 && hugepages_default_size(&page_bytes) < 0) {
		return say(reason, -ENOENT, "the kernel has no huge pages");
	}
	ret = hugepages_read_pool(&pool, page_bytes);
	if (ret < 0) {
		hugepages_path(path, sizeof(path), page_bytes, "nr_hugepages");
		return say(reason, ret, "%s: %s", path, strerror(-ret));
	}
	pages = calloc(1, sizeof(*pages));
	if (pages == NULL) {
		return say(reason, -ENOMEM, "out of memory");
	}
	ret = reserve(pages, &pool, count, reason);
	if (ret < 0) {
		free(pages);
		return ret;
	}
	*out = pages;
	return 0;
}

int tenon_hugepages_reserve(struct tenon_hugepages **out, uint64_t page_bytes, uint64_t count,
	char *reason, size_t reason_size)
{
	const struct sentence sentence = {reason, reason_size};

	return create(out, page_bytes, count, &sentence, reserve_any);
}

int tenon_hugepages_reserve_run(struct tenon_hugepages **out, uint64_t page_bytes, uint64_t count,
	char *reason, size_t reason_size)
{
	const struct sentence sentence = {reason, reason_size};

	return create(out, page_bytes, count, &sentence, reserve_run);
}

uint64_t tenon_hugepages_get_raised(const struct tenon_hugepages *pages)
{
	return pages->raised;
}

void tenon_hugepages_release(struct tenon_hugepages *pages)
{
	if (pages == NULL) {
		return;
	}
	if (pages->kept) {
		keeper_end(&pages->keeper);
	}
	free(pages);
}
