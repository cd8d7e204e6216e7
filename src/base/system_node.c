/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/system_file.h"

int system_open_node(const char *node, int flags)
{
	int fd;

	do {
		fd = open(node, flags | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

static void name_owner(char *text, size_t size, const struct stat *status)
{
	char buffer[1024];
	char user[64], group[64];
	struct passwd password, *found_user = NULL;
	struct group entry, *found_group = NULL;

	snprintf(user, sizeof(user), "%u", (unsigned)status->st_uid);
	snprintf(group, sizeof(group), "%u", (unsigned)status->st_gid);
	if (getpwuid_r(status->st_uid, &password, buffer, sizeof(buffer), &found_user) == 0 &&
		found_user != NULL) {
		snprintf(user, sizeof(user), "%s", found_user->pw_name);
	}
	if (getgrgid_r(status->st_gid, &entry, buffer, sizeof(buffer), &found_group) == 0 &&
		found_group != NULL) {
		snprintf(group, sizeof(group), "%s", found_group->gr_name);
	}
	snprintf(text, size, "%s:%s", user, group);
}

void system_explain_open(char *reason, size_t reason_size, const char *node, int error)
{
	char owner[160];
	struct stat status;

	switch (error) {
	case -ENOENT:
	case -ENOTDIR:
		snprintf(reason, reason_size, "there is no %s", node);
		return;
	case -ENXIO:
	case -ENODEV:
		snprintf(reason, reason_size, "nothing is behind %s: %s", node, strerror(-error));
		return;
	default:
		break;
	}
	if (stat(node, &status) < 0) {
		snprintf(reason, reason_size, "%s: %s", node, strerror(-error));
		return;
	}
	name_owner(owner, sizeof(owner), &status);
	snprintf(reason, reason_size, "%s (owner %s, mode %04o): %s", node, owner,
		(unsigned)status.st_mode & 07777u, strerror(-error));
}
