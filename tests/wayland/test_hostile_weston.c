/* SPDX-License-Identifier: MIT */

/* Hostile clients against a real Weston. */

#include "harness.h"
#include "hostile.h"
#include "weston.h"

static int connect_weston(void *data)
{
	return weston_connect_fd(data);
}

static int count_weston_fds(void *data)
{
	return weston_count_fds(data);
}

static void run(void (*fn)(const struct hostile_target *target))
{
	const struct weston_options options = {
		.renderer = "pixman", .ini = "[tenon]\ndevices=vc4\n"};
	struct weston *weston = weston_start(&options);
	const struct hostile_target target = {connect_weston, count_weston_fds, weston};

	fn(&target);
	weston_stop(weston);
}

TEST_TIMEOUT(requests, 120)
{
	run(hostile_run_requests);
}

TEST_TIMEOUT(records, 120)
{
	run(hostile_run_records);
}

TEST_TIMEOUT(memory, 60)
{
	run(hostile_run_memory);
}

TEST_TIMEOUT(raw, 60)
{
	run(hostile_run_raw);
}
