/* SPDX-License-Identifier: MIT */
#include "device/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

const char *sysfs_or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

const char *sysfs_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

int sysfs_join(char *out, size_t size, const char *folder, const char *name)
{
	int len = snprintf(out, size, "%s/%s", folder, name);

	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}

void sysfs_read_link(char *out, size_t size, const char *folder, const char *link)
{
	char path[SYSTEM_PATH_SIZE], end[SYSTEM_PATH_SIZE];

	out[0] = '\0';
	if (sysfs_join(path, sizeof(path), folder, link) == 0 &&
		system_resolve(end, sizeof(end), path) == 0) {
		snprintf(out, size, "%s", sysfs_base(end));
	}
}

/* "226:0" */
static int read_number(dev_t *out, const char *folder)
{
	char path[SYSTEM_PATH_SIZE], text[32];
	unsigned major, minor;
	int ret = sysfs_join(path, sizeof(path), folder, "dev");

	if (ret == 0) {
		ret = system_read_line(text, sizeof(text), path);
	}
	if (ret == 0 && sscanf(text, "%u:%u", &major, &minor) != 2) {
		ret = -EBADMSG;
	}
	if (ret == 0) {
		*out = makedev(major, minor);
	}
	return ret;
}

/* A name that is too long, or leads elsewhere, is none. */
static void set_node(struct sysfs_node *out, const char *name, size_t len)
{
	static const char dev[] = "/dev/";

	if (len != 0 && len < sizeof(out->node) - strlen(dev) &&
		memmem(name, len, "..", 2) == NULL) {
		memcpy(out->node, dev, strlen(dev));
		memcpy(out->node + strlen(dev), name, len);
		out->node[strlen(dev) + len] = '\0';
	}
}

/* The kernel's own name of the node, "dri/card0"; without one it is called as its folder. */
static void read_name(struct sysfs_node *out)
{
	char path[SYSTEM_PATH_SIZE], text[1024];
	const char *name = sysfs_base(out->folder);

	set_node(out, name, strlen(name));
	if (sysfs_join(path, sizeof(path), out->folder, "uevent") != 0 ||
		system_read_text(text, sizeof(text), path) != 0) {
		return;
	}
	name = strncmp(text, "DEVNAME=", 8) == 0 ? text : strstr(text, "\nDEVNAME=");
	if (name != NULL) {
		name = strchr(name, '=') + 1;
		set_node(out, name, strcspn(name, "\n"));
	}
}

static void read_hardware(struct sysfs_node *out)
{
	char path[SYSTEM_PATH_SIZE];

	if (sysfs_join(path, sizeof(path), out->folder, "device") != 0 ||
		system_resolve(out->hardware, sizeof(out->hardware), path) != 0) {
		out->hardware[0] = '\0';
		return;
	}
	sysfs_read_link(out->bus, sizeof(out->bus), out->hardware, "subsystem");
	sysfs_read_link(out->driver, sizeof(out->driver), out->hardware, "driver");
}

int sysfs_read_folder(struct sysfs_node *out, const char *folder)
{
	struct sysfs_node node = {.dev = 0};
	int ret = system_resolve(node.folder, sizeof(node.folder), folder);

	if (ret == 0) {
		ret = read_number(&node.dev, node.folder);
	}
	if (ret < 0) {
		return ret == -ENOENT || ret == -ENOTDIR ? -ENODEV : ret;
	}
	read_name(&node);
	read_hardware(&node);
	*out = node;
	return 0;
}

int sysfs_read_dev(struct sysfs_node *out, dev_t dev)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(dev), minor(dev));
	return sysfs_read_folder(out, path);
}

int sysfs_open_node(const char *node, dev_t dev)
{
	struct stat st;
	int fd = system_open(node, O_RDWR | O_NONBLOCK);

	if (fd < 0) {
		return fd;
	}
	if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode) || st.st_rdev != dev) {
		close(fd);
		return -ENODEV;
	}
	return fd;
}
