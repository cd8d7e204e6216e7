/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_PAGES_H
#define TENON_TEST_RIG_PAGES_H

/*
 * Pages of a memfd whose physical places are known, and udmabufs over a list of them in any order.
 * Needs root: the kernel shows physical addresses to nobody else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pages {
	int fd;
	uint8_t *map;     /* all of it, in file order */
	size_t len;       /* pages */
	size_t page_size; /* bytes: 4 KiB, 2 MiB or 1 GiB */
	uint64_t *frames; /* len: physical address / 4096 */
};

/* page_size 4096: ordinary pages; otherwise huge ones. 0 or a negative errno. */
int pages_init(struct pages *pages, size_t len, size_t page_size);
void pages_finish(struct pages *pages);

/* Slices of page_size of one huge page as pages of their own. The slices share its file and
 * mapping: finish the slices first. */
int pages_slice(struct pages *slices, const struct pages *huge, size_t page_size);

/* The longest physical run: the indices of its pages, in physical order, into run (len long);
 * returns its length. */
size_t pages_find_run(const struct pages *pages, size_t *run);

/* All indices, by physical address. */
void pages_sort(const struct pages *pages, size_t *order);

/* Whether these pages, in this order, are one physical run. */
bool pages_are_run(const struct pages *pages, const size_t *order, size_t len);

/*
 * The free huge pages are handed out in the order of a list. Takes all of them and gives them back
 * out of order, so that file order and physical order are not the same by chance. How many there
 * are, or a negative errno.
 */
int pages_scramble(size_t page_size);

/* A udmabuf over these pages, in this order; a negative errno. */
int pages_udmabuf(const struct pages *pages, const size_t *order, size_t len);

#endif
