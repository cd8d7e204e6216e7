/* SPDX-License-Identifier: MIT */

/* Connections that break, and bytes that are no messages. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "hostile.h"
#include "tenon-buffer-constraints-v1-client-protocol.h"

/* Sends bytes past libwayland; the compositor may hang up while they are sent. */
static void send_bytes(struct hostile *hostile, const void *data, size_t size)
{
	wl_display_flush(hostile->display);
	(void)!send(wl_display_get_fd(hostile->display), data, size, MSG_NOSIGNAL);
}

/* A message to the negotiation. */
static void send_message(struct hostile *hostile, uint32_t opcode, uint32_t size,
	const uint32_t *arguments, size_t len)
{
	uint32_t message[16] = {
		wl_proxy_get_id((struct wl_proxy *)hostile->negotiation), size << 16 | opcode};

	if (len > 0) {
		memcpy(&message[2], arguments, len * sizeof(message[0]));
	}
	send_bytes(hostile, message, (2 + len) * sizeof(message[0]));
}

static void opcode_that_is_none(struct hostile *hostile)
{
	send_message(hostile, 200, 8, NULL, 0);
}

static void object_that_is_none(struct hostile *hostile)
{
	const uint32_t message[2] = {0x00ffffff, 8u << 16};

	send_bytes(hostile, message, sizeof(message));
}

static void array_longer_than_its_message(struct hostile *hostile)
{
	const uint32_t length[1] = {0x7fffffff};

	send_message(hostile, 1, 12, length, 1); /* add */
}

static void array_of_the_greatest_length(struct hostile *hostile)
{
	const uint32_t length[1] = {UINT32_MAX};

	send_message(hostile, 1, 12, length, 1);
}

static void array_cut_short(struct hostile *hostile)
{
	const uint32_t arguments[] = {64, 64, 0, 16, 0x80000001};

	send_message(hostile, 2, 28, arguments, 5); /* submit: 4 bytes of an array of 16 */
}

static void message_of_size_0(struct hostile *hostile)
{
	send_message(hostile, 1, 0, NULL, 0);
}

static void message_of_the_greatest_size(struct hostile *hostile)
{
	send_message(hostile, 1, 0xffff, NULL, 0);
}

static void half_a_message(struct hostile *hostile)
{
	const uint32_t width[1] = {64};

	send_message(hostile, 2, 24, width, 1); /* submit without its other arguments */
}

static void half_closed(struct hostile *hostile)
{
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
	wl_display_flush(hostile->display);
	shutdown(wl_display_get_fd(hostile->display), SHUT_WR);
}

/* Its answers have nowhere to go. */
static void closed_for_reading(struct hostile *hostile)
{
	shutdown(wl_display_get_fd(hostile->display), SHUT_RD);
	hostile_prepare(hostile);
	hostile_submit(hostile, 64, 64);
	wl_display_flush(hostile->display);
}

static void noise(struct hostile *hostile)
{
	unsigned char bytes[4096];
	uint32_t state = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (unsigned char)(state >> 24);
	}
	send_bytes(hostile, bytes, sizeof(bytes));
}

static void (*const cases[])(struct hostile *hostile) = {
	opcode_that_is_none,
	object_that_is_none,
	array_longer_than_its_message,
	array_of_the_greatest_length,
	array_cut_short,
	message_of_size_0,
	message_of_the_greatest_size,
	half_a_message,
	half_closed,
	closed_for_reading,
	noise,
};

/* A client that is killed in the middle of a negotiation. */
static void run_killed(const struct hostile_target *target)
{
	struct hostile hostile;
	int status;
	pid_t child;

	hostile_connect(&hostile, target);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		hostile_prepare(&hostile);
		wl_display_flush(hostile.display);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	hostile_disconnect(&hostile); /* the other end of the same socket */
	hostile_check_alive(target);
}

/* Requests for events, which are never read, until the socket is full. */
static void run_deaf(const struct hostile_target *target)
{
	struct hostile hostile;
	int fd;

	hostile_connect(&hostile, target);
	fd = wl_display_get_fd(hostile.display);
	for (int i = 0; i < 2000; i++) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

		wl_proxy_destroy(
			(struct wl_proxy *)tenon_buffer_constraints_v1_get_default_constraints(
				hostile.manager));
		if (wl_display_flush(hostile.display) < 0 && errno != EAGAIN) {
			break; /* hung up on, rightly */
		}
		if (poll(&poll_fd, 1, 100) <= 0) {
			break;
		}
	}
	hostile_check_alive(target);
	hostile_disconnect(&hostile);
	hostile_check_alive(target);
}

void hostile_run_raw(const struct hostile_target *target)
{
	int fds;

	hostile_check_alive(target);
	fds = target->count_fds(target->data);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hostile hostile;

		hostile_connect(&hostile, target);
		cases[i](&hostile);
		hostile_check_alive(target);
		hostile_disconnect(&hostile);
		hostile_check_alive(target);
	}
	run_killed(target);
	run_deaf(target);
	assert_int_equal(target->count_fds(target->data), fds);
}
