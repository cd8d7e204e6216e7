/* SPDX-License-Identifier: MIT */

/* Hostile clients against the bare compositor. */

#include <unistd.h>

#include "bare.h"
#include "fds.h"
#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

static int connect_bare(void *data)
{
	return bare_connect_fd(data);
}

/* The compositor is in this process; clients that are gone are noticed soon. */
static int count_bare_fds(void *data)
{
	for (int i = 0; i < 500 && bare_count_clients(data) > 0; i++) {
		usleep(2000);
	}
	assert_int_equal(bare_count_clients(data), 0);
	return test_count_fds();
}

static void run(void (*fn)(const struct hostile_target *target))
{
	struct bare *bare = bare_start(NULL);
	const struct hostile_target target = {connect_bare, count_bare_fds, bare};

	fn(&target);
	bare_stop(bare);
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

static void ask_for_statistics(struct hostile *hostile)
{
	wl_proxy_destroy((struct wl_proxy *)tenon_buffer_constraints_v1_get_surface_statistics(
		hostile->manager, hostile->surface));
}

static const struct hostile_case no_statistics = {"no_statistics", ask_for_statistics,
	"tenon_buffer_constraints_v1", TENON_BUFFER_CONSTRAINTS_V1_ERROR_NO_STATISTICS};

static void run_no_statistics(const struct hostile_target *target)
{
	hostile_run(target, &no_statistics, 1);
}

TEST(the_statistics_that_are_none)
{
	run(run_no_statistics);
}
