/* SPDX-License-Identifier: MIT */
#include "base/system_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *_tenon_system_root = "";

int system_path(char *out, size_t size, const char *path)
{
	int len = snprintf(out, size, "%s%s", _tenon_system_root, path);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

int system_open(const char *path, int flags)
{
	char full[SYSTEM_PATH_SIZE];
	int fd = system_path(full, sizeof(full), path);

	if (fd < 0) {
		return fd;
	}
	return system_open_node(full, flags);
}

int system_read_text(char *text, size_t size, const char *path)
{
	size_t len = 0;
	int fd = system_open(path, O_RDONLY);
	int ret = 0;

	if (fd < 0) {
		return fd;
	}
	while (len < size - 1) {
		ssize_t got = read(fd, text + len, size - 1 - len);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			ret = got < 0 ? -errno : 0;
			break;
		}
		len += (size_t)got;
	}
	text[len] = '\0';
	close(fd);
	return ret;
}

int system_read_line(char *text, size_t size, const char *path)
{
	int ret = system_read_text(text, size, path);

	if (ret == 0) {
		text[strcspn(text, "\n")] = '\0';
	}
	return ret;
}

int system_resolve(char *out, size_t size, const char *path)
{
	char full[SYSTEM_PATH_SIZE], *end, *root = NULL;
	size_t root_len = 0;
	int ret = system_path(full, sizeof(full), path);

	if (ret < 0) {
		return ret;
	}
	end = realpath(full, NULL);
	if (end == NULL) {
		return -errno;
	}
	if (_tenon_system_root[0] != '\0') {
		root = realpath(_tenon_system_root, NULL);
		root_len = root != NULL ? strlen(root) : 0;
	}
	if (strncmp(end, root != NULL ? root : "", root_len) != 0 || end[root_len] != '/') {
		ret = -EXDEV;
	} else if (strlen(end + root_len) >= size) {
		ret = -ENAMETOOLONG;
	} else {
		memcpy(out, end + root_len, strlen(end + root_len) + 1);
	}
	free(root);
	free(end);
	return ret;
}

int system_list(const char *path, const char *prefix, int (*visit)(void *data, const char *name),
	void *data)
{
	struct dirent **entries = NULL;
	char full[SYSTEM_PATH_SIZE];
	int len, ret = system_path(full, sizeof(full), path);

	if (ret < 0) {
		return ret;
	}
	len = scandir(full, &entries, NULL, versionsort);
	if (len < 0) {
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	}
	for (int i = 0; i < len; i++) {
		const char *name = entries[i]->d_name;

		if (ret == 0 && name[0] != '.' && strncmp(name, prefix, strlen(prefix)) == 0) {
			ret = visit(data, name);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}
