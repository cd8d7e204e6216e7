/* SPDX-License-Identifier: MIT */

/* The compositor of doc/protocol.md runs, and answers. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wayland-client.h>

#include <tenon/client.h>

#include "harness.h"

/* Starts it; writes the socket's name, which it prints. */
static pid_t start(char *name, size_t size)
{
	FILE *from;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(TEST_EXAMPLE_COMPOSITOR, TEST_EXAMPLE_COMPOSITOR, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	from = fdopen(fds[0], "r");
	assert_non_null(fgets(name, (int)size, from));
	name[strcspn(name, "\n")] = '\0';
	fclose(from);
	return pid;
}

TEST(example_compositor_negotiates)
{
	struct tenon_client_question question = {
		.size = sizeof(question), .width = 1366, .height = 768};
	struct tenon_client_negotiation *negotiation;
	char dir[] = "/tmp/tenon-test-XXXXXX";
	struct tenon_plane_layout plane;
	struct tenon_client *client;
	struct wl_display *display;
	char name[64], path[160];
	pid_t pid;

	assert_non_null(mkdtemp(dir));
	setenv("XDG_RUNTIME_DIR", dir, 1);
	pid = start(name, sizeof(name));
	display = wl_display_connect(name);
	assert_non_null(display);
	assert_int_equal(tenon_client_create(&client, display, NULL), 0);
	assert_int_equal(tenon_client_get_source(client), TENON_CLIENT_SOURCE_CONSTRAINTS);
	assert_int_equal(
		tenon_client_negotiation_create(&negotiation, client, &question, NULL, NULL), 0);
	assert_int_equal(tenon_client_negotiation_wait(negotiation), 0);
	tenon_layout_get_plane(tenon_client_negotiation_get_layout(negotiation), 0, &plane);
	assert_int_equal(plane.pitch, 5632); /* its screen's multiple of 256 */
	assert_true(tenon_client_negotiation_needs_contiguous(negotiation));
	tenon_client_negotiation_destroy(negotiation);
	tenon_client_destroy(client);
	wl_display_disconnect(display);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s.lock", dir, name);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}
