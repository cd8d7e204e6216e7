/* SPDX-License-Identifier: MIT */
/*
 * Contiguous memory without CMA, judged by the kernel: pages that lie one after the other in
 * physical memory, given to the kernel in that order by UDMABUF_CREATE_LIST, are one segment to a
 * device; the same pages in another order are not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "oracle.h"
#include "pages.h"
#include "rig.h"

enum {
	SMALL = 4096,
	HUGE = 2 << 20,
	GIANT = 1 << 30,
	POOL = 100,        /* huge pages */
	POOL_SMALL = 8192, /* 32 MiB */
	FILL = 0x5a,       /* what the oracle puts into a buffer before it asks */
};

static void begin(void)
{
	rig_require();
	assert_int_equal(rig_raise_udmabuf_limits(), 0);
}

/* What the device says to these pages in this order: 0 (accepted), or the errno of the refusal. */
static int ask(
	const struct pages *pages, const size_t *order, size_t len, struct oracle_result *result)
{
	int dmabuf = pages_udmabuf(pages, order, len);

	assert_true(dmabuf >= 0);
	assert_int_equal(oracle_ask(dmabuf, len * pages->page_size, result), 0);
	close(dmabuf);
	return result->refused;
}

/* A pool of huge pages out of order, and the longest run in it. */
static size_t make_pool(struct pages *pages, size_t *run)
{
	size_t len;

	assert_in_range(pages_scramble(HUGE), POOL, 512);
	assert_int_equal(pages_init(pages, POOL, HUGE), 0);
	len = pages_find_run(pages, run);
	assert_true(len >= 4);
	assert_true(pages_are_run(pages, run, len));
	return len;
}

static int compare_sizes(const void *a, const void *b)
{
	size_t x = *(const size_t *)a;
	size_t y = *(const size_t *)b;

	return x < y ? -1 : x > y;
}

TEST_TIMEOUT(huge_pages_in_physical_order_are_contiguous, 120)
{
	struct oracle_result result;
	struct pages pages;
	size_t run[POOL];
	size_t len;

	begin();
	len = make_pool(&pages, run);
	assert_int_equal(ask(&pages, run, 2, &result), 0); /* 720p */
	assert_int_equal(ask(&pages, run, 4, &result), 0); /* 1080p */
	if (len >= 16) {
		assert_int_equal(ask(&pages, run, 16, &result), 0); /* 2160p */
	}
	pages_finish(&pages);
}

TEST_TIMEOUT(huge_pages_in_another_order_are_refused, 120)
{
	struct oracle_result result;
	struct pages pages;
	size_t run[POOL], order[POOL];

	begin();
	make_pool(&pages, run);
	memcpy(order, run, 4 * sizeof(*order));
	qsort(order, 4, sizeof(*order), compare_sizes); /* file order */
	assert_false(pages_are_run(&pages, order, 4));
	assert_int_equal(ask(&pages, order, 4, &result), EFAULT);
	for (size_t i = 0; i < 4; i++) {
		order[i] = run[3 - i];
	}
	assert_int_equal(ask(&pages, order, 4, &result), EFAULT);
	memcpy(order, run, 4 * sizeof(*order));
	order[2] = run[3];
	order[3] = run[2];
	assert_int_equal(ask(&pages, order, 4, &result), EFAULT);
	pages_finish(&pages);
}

TEST_TIMEOUT(small_pages_in_physical_order_are_contiguous, 120)
{
	static size_t run[POOL_SMALL], order[POOL_SMALL];
	struct oracle_result result;
	struct pages pages;
	size_t len;

	begin();
	assert_int_equal(pages_init(&pages, POOL_SMALL, SMALL), 0);
	len = pages_find_run(&pages, run);
	fprintf(stderr, "longest run: %zu pages\n", len);
	assert_true(len >= 900); /* 720p */
	len = len > 2025 ? 2025 : len;
	assert_int_equal(ask(&pages, run, len, &result), 0);
	assert_true(result.pages >= 900);
	assert_int_equal(result.pages_wrong, 0);

	for (size_t i = 0; i < POOL_SMALL; i++) {
		order[i] = i;
	}
	assert_false(pages_are_run(&pages, order, POOL_SMALL));
	assert_int_equal(ask(&pages, order, POOL_SMALL, &result), EFAULT);
	pages_sort(&pages, order); /* sorted, but with gaps */
	assert_false(pages_are_run(&pages, order, POOL_SMALL));
	assert_int_equal(ask(&pages, order, POOL_SMALL, &result), EFAULT);
	pages_finish(&pages);
}

static bool is_filled(const uint8_t *data, size_t size)
{
	return data[0] == FILL && memcmp(data, data + 1, size - 1) == 0;
}

static void make_giant(struct pages *giant, struct pages *slices)
{
	begin();
	if (pages_init(giant, 1, GIANT) < 0) {
		TEST_SKIP("no page of 1 GiB");
	}
	assert_int_equal(pages_slice(slices, giant, HUGE), 0);
}

TEST_TIMEOUT(slices_of_a_1_gib_page_are_contiguous, 120)
{
	struct pages giant, slices;
	struct oracle_result result;
	size_t order[] = {3, 4, 5, 6};

	make_giant(&giant, &slices);
	assert_int_equal(ask(&slices, order, 4, &result), 0);
	order[0] = 4;
	order[1] = 3;
	assert_int_equal(ask(&slices, order, 4, &result), EFAULT);
	pages_finish(&slices);
	pages_finish(&giant);
}

/*
 * 6.12 maps a udmabuf of huge pages wrongly inside the kernel: for each 4 KiB of the buffer it
 * takes the first 4 KiB of the huge page. Whoever writes through such a mapping (vivid does) leaves
 * the last 4 KiB of each huge page's part in its first 4 KiB, and the rest as it was.
 */
static bool is_known_fault(const struct pages *pages, const size_t *order, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const uint8_t *page = pages->map + order[i] * pages->page_size;

		if (is_filled(page, SMALL) || !is_filled(page + SMALL, pages->page_size - SMALL)) {
			return false;
		}
	}
	return true;
}

TEST_TIMEOUT(data_arrives_in_huge_pages, 120)
{
	struct oracle_result result;
	struct pages pages;
	size_t run[POOL];
	bool known;

	begin();
	make_pool(&pages, run);
	assert_int_equal(ask(&pages, run, 4, &result), 0);
	assert_true(result.pages > 0);
	known = is_known_fault(&pages, run, 4);
	pages_finish(&pages);
	if (result.pages_wrong != 0 && known) {
		char reason[160];

		snprintf(reason, sizeof(reason),
			"this kernel maps udmabufs of huge pages wrongly: %zu of %zu pages lost",
			result.pages_wrong, result.pages);
		TEST_SKIP(reason);
	}
	assert_int_equal(result.pages_wrong, 0);
}

/* The same fault, where the list begins inside a huge page: it writes outside of the buffer. */
TEST_TIMEOUT(data_stays_inside_the_list, 120)
{
	struct pages giant, slices;
	struct oracle_result result;
	const size_t order[] = {3, 4, 5, 6};
	bool outside;

	make_giant(&giant, &slices);
	memset(giant.map, FILL, SMALL);
	assert_int_equal(ask(&slices, order, 4, &result), 0);
	outside = !is_filled(giant.map, SMALL);
	pages_finish(&slices);
	pages_finish(&giant);
	if (result.pages_wrong != 0 && outside) {
		TEST_SKIP("this kernel writes outside of udmabufs of huge pages");
	}
	assert_false(outside);
	assert_int_equal(result.pages_wrong, 0);
}
