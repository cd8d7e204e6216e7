/* SPDX-License-Identifier: MIT */
#include "weston.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

enum {
	START_MS = 20000,
	STOP_MS = 20000,
};

struct weston {
	pid_t pid;
	char dir[64];
	char log[96], ini[96], socket[96];
};

static void sleep_ms(long ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&time, NULL);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t size = 1 << 20;
	char *text = calloc(1, size);
	size_t len;

	assert_non_null(text);
	if (file != NULL) {
		len = fread(text, 1, size - 1, file);
		text[len] = '\0';
		fclose(file);
	}
	return text;
}

/* On a display: no other seat daemon and no terminal; what libraries say goes to the log, too. */
static void own_the_seat(const struct weston *weston)
{
	int log = open(weston->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	setenv("LIBSEAT_BACKEND", "builtin", 1);
	setenv("SEATD_VTBOUND", "0", 1);
	if (log >= 0) {
		dup2(log, STDERR_FILENO);
	}
}

static void exec_weston(struct weston *weston, const struct weston_options *options)
{
	char renderer[32], width[32], height[32], config[112], log[112], modules[2048];
	bool drm = options->drm_device != NULL;
	const char *argv[] = {"weston", drm ? "--backend=drm" : "--backend=headless", renderer,
		"--shell=kiosk", config, width, height, "--socket=tenon", "--idle-time=0",
		"--debug", log, modules, NULL};

	snprintf(renderer, sizeof(renderer), "--renderer=%s", options->renderer);
	snprintf(width, sizeof(width), "--width=%d", options->width > 0 ? options->width : 1920);
	snprintf(height, sizeof(height), "--height=%d",
		options->height > 0 ? options->height : 1080);
	if (drm) {
		snprintf(width, sizeof(width), "--drm-device=%s", options->drm_device);
		snprintf(height, sizeof(height), "--continue-without-input");
		own_the_seat(weston);
	}
	snprintf(config, sizeof(config), "--config=%s", weston->ini);
	snprintf(log, sizeof(log), "--log=%s", weston->log);
	snprintf(modules, sizeof(modules), "--modules=%s%s%s%s",
		options->modules != NULL ? options->modules : "",
		options->second_output ? TEST_SECOND_OUTPUT "," : "",
		options->stock ? "" : TEST_TENON_WESTON, "");
	if (options->stock && !options->second_output && options->modules == NULL) {
		argv[11] = NULL;
	}
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("DISPLAY");
	setenv("XDG_RUNTIME_DIR", weston->dir, 1);
	setenv("TENON_CONFIG", "", 1);
	test_before_exec();
	execvp("weston", (char **)argv); /* it changes none */
	_exit(127);
}

static bool has_weston(void)
{
	return system("weston --version 2>/dev/null | grep -q '^weston 14\\.'") == 0;
}

static struct weston *spawn(const struct weston_options *options)
{
	struct weston *weston;

	if (!has_weston()) {
		TEST_SKIP("no weston 14");
	}
	weston = calloc(1, sizeof(*weston));
	assert_non_null(weston);
	snprintf(weston->dir, sizeof(weston->dir), "/tmp/tenon-test-XXXXXX");
	assert_non_null(mkdtemp(weston->dir)); /* mode 0700 */
	snprintf(weston->log, sizeof(weston->log), "%s/log", weston->dir);
	snprintf(weston->ini, sizeof(weston->ini), "%s/weston.ini", weston->dir);
	snprintf(weston->socket, sizeof(weston->socket), "%s/tenon", weston->dir);
	write_file(weston->ini, options->ini != NULL ? options->ini : "");
	weston->pid = fork();
	assert_true(weston->pid >= 0);
	if (weston->pid == 0) {
		exec_weston(weston, options);
	}
	return weston;
}

static void remove_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			unlinkat(dirfd(dir), entry->d_name, 0);
		}
	}
	if (dir != NULL) {
		closedir(dir);
	}
	rmdir(path);
}

/* Waits for its end. False when the time is over. */
static bool wait_end(struct weston *weston, int ms, int *status)
{
	for (int waited = 0; waited < ms; waited += 5) {
		if (waitpid(weston->pid, status, WNOHANG) == weston->pid) {
			return true;
		}
		sleep_ms(5);
	}
	kill(weston->pid, SIGKILL);
	waitpid(weston->pid, status, 0);
	return false;
}

/* The socket is there before the modules are; an answer comes when all is. Closes the fd. */
static bool is_ready(int fd)
{
	struct wl_display *display = wl_display_connect_to_fd(fd);
	bool ready = display != NULL && wl_display_roundtrip(display) >= 0;

	if (display != NULL) {
		wl_display_disconnect(display);
	}
	return ready;
}

struct weston *weston_start(const struct weston_options *options)
{
	struct weston *weston = spawn(options);
	int status;

	for (int waited = 0; waited < START_MS; waited += 5) {
		int fd = weston_connect_fd(weston);

		if (fd >= 0 && is_ready(fd)) {
			return weston;
		}
		if (waitpid(weston->pid, &status, WNOHANG) == weston->pid) {
			break;
		}
		sleep_ms(5);
	}
	kill(weston->pid, SIGKILL);
	fprintf(stderr, "%s\n", read_file(weston->log)); /* the process ends */
	remove_dir(weston->dir);
	fail_msg("weston did not start");
	return NULL;
}

char *weston_start_and_fail(const struct weston_options *options)
{
	struct weston *weston = spawn(options);
	int status = 0;
	char *log;
	bool ended = wait_end(weston, START_MS, &status);

	log = read_file(weston->log);
	remove_dir(weston->dir);
	free(weston);
	assert_true(ended);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	return log;
}

/* What a healthy Weston does not say. */
static bool is_clean(const char *log)
{
	static const char *const bad[] = {"ERROR: AddressSanitizer", "runtime error:", "assertion",
		"Assertion", "leaked", "corrupt", "CRITICAL"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (strstr(log, bad[i]) != NULL) {
			return false;
		}
	}
	return true;
}

void weston_stop(struct weston *weston)
{
	int status = 0;
	bool ended, clean;
	char *log;

	kill(weston->pid, SIGTERM);
	ended = wait_end(weston, STOP_MS, &status);
	log = read_file(weston->log);
	clean = is_clean(log);
	if (!ended || !clean || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "%s\nstatus 0x%x\n", log, (unsigned)status);
	}
	free(log);
	remove_dir(weston->dir);
	free(weston);
	assert_true(ended);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(clean);
}

int weston_connect_fd(struct weston *weston)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", weston->socket);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

struct wl_display *weston_connect(struct weston *weston)
{
	struct wl_display *display = wl_display_connect_to_fd(weston_connect_fd(weston));

	assert_non_null(display);
	return display;
}

void weston_set_environment(struct weston *weston)
{
	setenv("XDG_RUNTIME_DIR", weston->dir, 1);
	setenv("WAYLAND_DISPLAY", "tenon", 1);
}

static int count_fds(struct weston *weston)
{
	char path[64];
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)weston->pid);
	dir = opendir(path);
	assert_non_null(dir);
	while (readdir(dir) != NULL) {
		count++;
	}
	closedir(dir);
	return count - 2; /* . and .. */
}

int weston_count_fds(struct weston *weston)
{
	int count = count_fds(weston);

	/* a connection that was closed goes when Weston gets round to it */
	for (int same = 0; same < 10; same++) {
		int now;

		sleep_ms(10);
		now = count_fds(weston);
		if (now != count) {
			count = now;
			same = 0;
		}
	}
	return count;
}

pid_t weston_get_pid(struct weston *weston)
{
	return weston->pid;
}

char *weston_dup_log(struct weston *weston)
{
	return read_file(weston->log);
}
