/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_HUGE_TURN_H
#define TENON_TEST_HUGE_TURN_H

/*
 * The machine's huge pages are everybody's: tests that reserve or count them take turns, also
 * between programs that run at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include <tenon/heap.h>

/*
 * Huge pages for the test, in one physical row if run is set, and the turn; or the test is skipped,
 * where there are none, or this process is not shown where they lie.
 */
struct tenon_hugepages *huge_turn_begin(uint64_t page_bytes, uint64_t count, bool run);

/* Puts them back and ends the turn. */
void huge_turn_end(struct tenon_hugepages *pages);

#endif
