/* SPDX-License-Identifier: MIT */
/*
 * What a negotiation costs, in terms of a wl_display_roundtrip() to the same compositor, which runs
 * in a process of its own: the question, the plan there and the answer, of devices of both sides.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <wayland-client.h>
#include <wayland-server-core.h>

#include <tenon/client.h>
#include <tenon/server.h>

#include "bench.h"
#include "offers.h"

/* The compositor. Does not return. */
static void run_compositor(int fd)
{
	struct tenon_participant screen = {.offer = bench_display(), .roles = TENON_ROLE_SCANOUT};
	struct tenon_server_tranche tranche = {
		.scanout = true, .participants = &screen, .participants_len = 1};
	struct wl_display *display = wl_display_create();
	struct tenon_server_state *state;
	struct tenon_server *server;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_require(display != NULL);
	bench_require(tenon_server_create(&server, display, NULL) == 0);
	bench_require(tenon_server_state_create(&state, &tranche, 1) == 0);
	bench_require(tenon_server_set_default(server, state) == 0);
	bench_require(wl_client_create(display, fd) != NULL);
	wl_display_run(display);
	_exit(0);
}

struct bench {
	struct wl_display *display;
	struct tenon_client *client;
	struct tenon_client_question question;
};

static void run_roundtrip(void *data, size_t n)
{
	struct bench *bench = data;

	for (size_t i = 0; i < n; i++) {
		bench_require(wl_display_roundtrip(bench->display) >= 0);
	}
}

static void run_negotiation(void *data, size_t n)
{
	struct bench *bench = data;

	for (size_t i = 0; i < n; i++) {
		struct tenon_client_negotiation *negotiation;

		bench_require(tenon_client_negotiation_create(&negotiation, bench->client,
				      &bench->question, NULL, NULL) == 0);
		bench_require(tenon_client_negotiation_wait(negotiation) == 0);
		bench_use(tenon_client_negotiation_get_layout(negotiation));
		tenon_client_negotiation_destroy(negotiation);
	}
}

static void measure(struct bench *bench)
{
	static const uint32_t xrgb = DRM_FORMAT_XRGB8888;
	struct tenon_participant gpu = {.offer = bench_gpu(), .roles = TENON_ROLE_RENDER};
	struct tenon_heap_info heaps[2] = {
		{.size = sizeof(heaps[0]), .name = "memfd", .mappable = true},
		{.size = sizeof(heaps[0]),
			.name = "cma",
			.contiguity = TENON_CONTIGUITY_ASSURED,
			.scarcity = 10,
			.address_max = 0x3fffffff,
			.mappable = true},
	};

	heaps[0].free_bytes = heaps[0].total_bytes = UINT64_MAX;
	heaps[1].free_bytes = heaps[1].total_bytes = UINT64_MAX;
	bench->question = (struct tenon_client_question){.size = sizeof(bench->question),
		.width = 1920,
		.height = 1080,
		.formats = &xrgb,
		.formats_len = 1,
		.participants = &gpu,
		.participants_len = 1,
		.heaps = heaps,
		.heaps_len = 2};
	bench_report_max("negotiation with a compositor in another process",
		bench_ratio_waiting((struct bench_work){run_negotiation, bench},
			(struct bench_work){run_roundtrip, bench}),
		"x wl_display_roundtrip", 2);
	tenon_offer_unref(gpu.offer);
}

void bench_main(void)
{
	struct bench bench = {0};
	pid_t compositor;
	int fds[2];

	bench_require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	fflush(NULL);
	compositor = fork();
	bench_require(compositor >= 0);
	if (compositor == 0) {
		close(fds[1]);
		run_compositor(fds[0]);
	}
	close(fds[0]);
	bench.display = wl_display_connect_to_fd(fds[1]);
	bench_require(bench.display != NULL);
	bench_require(tenon_client_create(&bench.client, bench.display, NULL) == 0);
	measure(&bench);
	tenon_client_destroy(bench.client);
	wl_display_disconnect(bench.display);
	kill(compositor, SIGTERM);
	waitpid(compositor, NULL, 0);
}
