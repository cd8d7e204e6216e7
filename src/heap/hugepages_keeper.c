/* SPDX-License-Identifier: MIT */

/*
 * The keeper is forked from a process that may have threads and large mappings: it does nothing but
 * system calls, and drops what it shares with its parent, which else would stay in use with it. It
 * is in a session of its own, so that a Ctrl-C for the program does not end it first.
 */
#include "heap/hugepages_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof(((struct keeper_job *)0)->path) };

struct answer {
	int64_t error;
	uint64_t raised;
};

static int read_count(int fd, uint64_t *out)
{
	char text[32];
	ssize_t len = pread(fd, text, sizeof(text), 0);
	uint64_t value = 0;

	if (len <= 0) {
		return len < 0 ? -errno : -EIO;
	}
	for (ssize_t i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*out = value;
	return 0;
}

static int write_count(int fd, uint64_t value)
{
	char text[24];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	return pwrite(fd, text + at, sizeof(text) - at, 0) < 0 ? -errno : 0;
}

/* The file beside one of a pool's. */
static void path_beside(char out[PATH_SIZE], const char *path, const char *file)
{
	size_t len = 0, slash = 0;

	for (; path[len] != '\0' && len < PATH_SIZE - 1; len++) {
		out[len] = path[len];
		slash = path[len] == '/' ? len + 1 : slash;
	}
	for (len = 0; file[len] != '\0' && slash < PATH_SIZE - 1; len++) {
		out[slash++] = file[len];
	}
	out[slash] = '\0';
}

static uint64_t read_surplus(const char *path)
{
	char beside[PATH_SIZE];
	uint64_t surplus = 0;
	int fd;

	path_beside(beside, path, "surplus_hugepages");
	fd = open(beside, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		read_count(fd, &surplus);
		close(fd);
	}
	return surplus;
}

/*
 * The count that can be written. What is read holds surplus pages, too: those that are to go as
 * soon as nobody uses them any more, because the count has been lowered. Written, it would keep
 * them.
 */
static int read_lasting(int fd, const char *path, uint64_t *out)
{
	uint64_t surplus, again = read_surplus(path), count = 0;
	int ret, tries = 100;

	do {
		surplus = again;
		ret = read_count(fd, &count);
		again = read_surplus(path);
	} while (ret == 0 && surplus != again && --tries > 0);
	*out = count - (surplus < count ? surplus : count);
	return ret;
}

/*
 * Changes a count by so many, up or down, and tells by how many it went up. Others change it too:
 * what matters is the difference, and nobody who goes by the lock comes in between.
 */
static int change_count(const char *path, int64_t by, uint64_t *risen)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint64_t before = 0, after = 0;
	int ret;

	if (fd < 0) {
		return -errno;
	}
	flock(fd, LOCK_EX);
	ret = read_lasting(fd, path, &before);
	if (ret == 0 && by < 0 && before < (uint64_t)-by) {
		by = -(int64_t)before;
	}
	if (ret == 0) {
		ret = write_count(fd, before + (uint64_t)by);
	}
	if (ret == 0) {
		ret = read_lasting(fd, path, &after);
	}
	if (risen != NULL) {
		*risen = ret == 0 && after > before ? after - before : 0;
	}
	close(fd);
	return ret;
}

static int demote(const char *path, uint64_t pages)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret;

	if (fd < 0) {
		return -errno;
	}
	ret = write_count(fd, pages);
	close(fd);
	return ret;
}

/* Raises the larger size and cuts what came; what could not be cut is put back at once. */
static int raise_supplies(const struct keeper_job *job, uint64_t *raised)
{
	uint64_t before = 0, after = 0, risen = 0, uncut;
	int fd = open(job->path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : read_count(fd, &before);

	if (ret == 0) {
		ret = change_count(job->supply_path, (int64_t)job->supplies, &risen);
	}
	if (risen > 0) {
		ret = demote(job->demote_path, risen);
		if (read_count(fd, &after) == 0 && after > before) {
			*raised = after - before;
		}
		uncut = risen - *raised / job->per_supply;
		if (uncut > 0 && uncut <= risen) {
			change_count(job->supply_path, -(int64_t)uncut, NULL);
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	return *raised > 0 ? 0 : ret;
}

static struct answer raise_all(const struct keeper_job *job)
{
	struct answer answer = {0};
	uint64_t risen = 0;

	if (job->supplies > 0) {
		answer.error = raise_supplies(job, &answer.raised);
	}
	if (answer.error == 0 && job->pages > 0) {
		answer.error = change_count(job->path, (int64_t)job->pages, &risen);
		answer.raised += risen;
	}
	return answer;
}

static void close_all_but(const int *keep, size_t len)
{
	struct rlimit limit;
	int most = 65536;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (rlim_t)most) {
		most = (int)limit.rlim_cur;
	}
	for (int fd = 0; fd < most; fd++) {
		bool kept = false;

		for (size_t i = 0; i < len; i++) {
			kept = kept || keep[i] == fd;
		}
		if (!kept) {
			close(fd);
		}
	}
}

/* What is known of a line of /proc/self/maps: "START-END rwxs ...". */
struct maps_line {
	uintptr_t numbers[2];
	unsigned field; /* 0 and 1: the numbers, 2: permissions, 3: the rest */
	unsigned column;
};

static void see_character(struct maps_line *line, char c)
{
	if (c == '\n') {
		*line = (struct maps_line){0};
	} else if (line->field < 2 && (c == '-' || c == ' ')) {
		line->field++;
	} else if (line->field < 2) {
		line->numbers[line->field] = line->numbers[line->field] * 16 +
					     (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	} else if (line->field == 2 && ++line->column == 4) {
		line->field = 3;
		if (c == 's') {
			munmap((void *)line->numbers[0], line->numbers[1] - line->numbers[0]);
		}
	}
}

static void drop_shared_mappings(void)
{
	struct maps_line line = {0};
	char text[1024];
	ssize_t len;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && (len = read(fd, text, sizeof(text))) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			see_character(&line, text[i]);
		}
	}
	close(fd);
}

static void wait_for_end(int told, int parent)
{
	struct pollfd wait[2] = {
		{.fd = told, .events = POLLIN},
		{.fd = parent, .events = POLLIN}, /* a negative one is passed over */
	};

	/* The pipe alone would be held open by other children of the parent. */
	while (poll(wait, 2, -1) < 0 || (wait[0].revents == 0 && wait[1].revents == 0)) {
	}
}

static void keeper_main(const struct keeper_job *job, int told, int answer_fd, int parent)
{
	const int keep[] = {told, answer_fd, parent};
	const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
	struct answer answer;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		signal(ignored[i], SIG_IGN);
	}
	setsid();
	close_all_but(keep, 3);
	drop_shared_mappings();
	answer = raise_all(job);
	if (write(answer_fd, &answer, sizeof(answer)) == (ssize_t)sizeof(answer)) {
		wait_for_end(told, parent);
	}
	if (answer.raised > 0) {
		change_count(job->path, -(int64_t)answer.raised, NULL);
	}
	_exit(0);
}

/* Forks twice, so that the keeper is nobody's child and leaves no zombie. */
static int fork_keeper(const struct keeper_job *job, int told, int answer)
{
	int parent = (int)syscall(SYS_pidfd_open, getpid(), 0); /* -1 before Linux 5.3 */
	pid_t child = fork();
	int status, ret = child < 0 ? -errno : 0;

	if (child == 0) {
		pid_t keeper = fork();

		if (keeper == 0) {
			keeper_main(job, told, answer, parent);
		}
		_exit(0); /* without a keeper the answer is the end of the file */
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	if (parent >= 0) {
		close(parent);
	}
	return ret;
}

static int read_answer(int fd, uint64_t *raised)
{
	struct answer answer;
	ssize_t len;

	do {
		len = read(fd, &answer, sizeof(answer));
	} while (len < 0 && errno == EINTR);
	if (len != (ssize_t)sizeof(answer)) {
		return -EAGAIN;
	}
	*raised = answer.raised;
	return (int)answer.error;
}

int keeper_start(struct keeper *out, const struct keeper_job *job, uint64_t *raised)
{
	int tell[2], answer[2];
	int ret;

	if (pipe2(tell, O_CLOEXEC) < 0) {
		return -errno;
	}
	if (pipe2(answer, O_CLOEXEC) < 0) {
		ret = -errno;
		close(tell[0]);
		close(tell[1]);
		return ret;
	}
	ret = fork_keeper(job, tell[0], answer[1]);
	close(tell[0]);
	close(answer[1]);
	*out = (struct keeper){.tell = tell[1], .answer = answer[0]};
	if (ret == 0) {
		ret = read_answer(answer[0], raised);
	}
	if (ret < 0) {
		keeper_end(out);
	}
	return ret;
}

void keeper_end(struct keeper *keeper)
{
	char nothing;

	close(keeper->tell);
	while (read(keeper->answer, &nothing, 1) < 0 && errno == EINTR) {
	}
	close(keeper->answer);
}
