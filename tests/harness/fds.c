/* SPDX-License-Identifier: MIT */
#include "fds.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Calls visit for each open fd but the one that lists them; returns how many there are. */
static int each_fd(void (*visit)(int fd))
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int n = 0;

	if (dir == NULL) {
		perror("/proc/self/fd");
		abort();
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(dir)) {
			continue;
		}
		n++;
		if (visit != NULL) {
			visit(atoi(entry->d_name));
		}
	}
	closedir(dir);
	return n;
}

int test_count_fds(void)
{
	return each_fd(NULL);
}

static void print_fd(int fd)
{
	char link[64];
	char target[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, target, sizeof(target) - 1);
	target[len < 0 ? 0 : len] = '\0';
	fprintf(stderr, "  fd %d: %s\n", fd, target);
}

void test_print_fds(void)
{
	each_fd(print_fd);
}
