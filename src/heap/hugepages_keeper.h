/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_HEAP_HUGEPAGES_KEEPER_H
#define TENON_SRC_HEAP_HUGEPAGES_KEEPER_H

/*
 * A process of its own that raises a count of huge pages and puts it back whatever happens: when it
 * is told to, or when the process that started it has gone without telling. It does the raising,
 * too, so that there is no moment in which pages are raised and nobody knows.
 */

#include <stdint.h>

struct keeper_job {
	char path[256]; /* the count to raise */
	uint64_t pages; /* by how many; 0: by none, supplies only */
	/*
	 * Pages of the next larger size to raise first and to cut into ones of this size, which so
	 * lie in a row. Each gives per_supply.
	 */
	char supply_path[256], demote_path[256];
	uint64_t supplies, per_supply;
};

struct keeper {
	int tell;   /* end of file there: put back */
	int answer; /* end of file there: it is done */
};

/*
 * Start it and wait until it has raised what it could. Returns 0 and writes by how many pages the
 * count has been raised; or a negative errno, and nothing is raised. The caller must end it with
 * keeper_end().
 */
int keeper_start(struct keeper *out, const struct keeper_job *job, uint64_t *raised);

/* Have everything put back, and wait until it is. */
void keeper_end(struct keeper *keeper);

#endif
