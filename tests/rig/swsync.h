/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_RIG_SWSYNC_H
#define TENON_TEST_RIG_SWSYNC_H

/*
 * Fences that the test signals itself: a software timeline of the kernel's debugfs. A fence is a
 * sync_file, signalled once the timeline's counter has reached its value. Closing the timeline
 * signals all its fences with an error.
 */

#include <stdint.h>

/* A timeline at 0, as a file descriptor; or a negative errno. */
int swsync_open(void);

/* A fence (sync_file) that is signalled at this value; or a negative errno. */
int swsync_fence(int timeline, uint32_t value);

/* Moves the timeline on. */
int swsync_advance(int timeline, uint32_t by);

#endif
