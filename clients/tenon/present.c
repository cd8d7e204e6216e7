/* SPDX-License-Identifier: MIT */
#include "present.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xf86drm.h>

/* Each asks the node behind fd for its driver's name: 0 or a negative errno. */
static int ask_drm(int fd, char *driver, size_t size)
{
	drmVersionPtr version = drmGetVersion(fd);

	if (version == NULL) {
		return errno != 0 ? -errno : -EIO;
	}
	snprintf(driver, size, "%.*s", version->name_len, version->name);
	drmFreeVersion(version);
	return 0;
}

static int ask_v4l2(int fd, char *driver, size_t size)
{
	struct v4l2_capability capability = {.driver = ""};
	int ret;

	do {
		ret = ioctl(fd, VIDIOC_QUERYCAP, &capability);
	} while (ret < 0 && errno == EINTR);
	if (ret < 0) {
		return -errno;
	}
	snprintf(driver, size, "%.*s", (int)sizeof(capability.driver),
		(const char *)capability.driver);
	return 0;
}

static const struct {
	const char *bus, *pattern;
	int (*ask)(int fd, char *driver, size_t size);
} buses[] = {
	{"drm", "/dev/dri/card*", ask_drm},
	{"drm", "/dev/dri/renderD*", ask_drm},
	{"v4l2", "/dev/video*", ask_v4l2},
};

static void ask(struct present_device *device, size_t bus, const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK), ret;

	*device = (struct present_device){.error = 0};
	snprintf(device->node, sizeof(device->node), "%s", node);
	snprintf(device->bus, sizeof(device->bus), "%s", buses[bus].bus);
	if (fd < 0) {
		device->error = errno;
		return;
	}
	ret = buses[bus].ask(fd, device->driver, sizeof(device->driver));
	device->error = -ret;
	close(fd);
}

int present_list(struct present_device **out, size_t *len)
{
	struct present_device *devices = NULL, *grown;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		glob_t nodes;

		if (glob(buses[i].pattern, 0, NULL, &nodes) != 0) {
			continue;
		}
		grown = realloc(devices, (count + nodes.gl_pathc) * sizeof(*devices));
		if (grown == NULL) {
			globfree(&nodes);
			free(devices);
			return -ENOMEM;
		}
		devices = grown;
		for (size_t j = 0; j < nodes.gl_pathc; j++) {
			ask(&devices[count++], i, nodes.gl_pathv[j]);
		}
		globfree(&nodes);
	}
	*out = devices;
	*len = count;
	return 0;
}
