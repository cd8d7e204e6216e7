/* SPDX-License-Identifier: MIT */
#include "fake_tree.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/system_file.h"
#include "harness.h"

static char root[32];

void tree_start(void)
{
	snprintf(root, sizeof(root), "/tmp/tenon-tree-XXXXXX");
	assert_non_null(mkdtemp(root));
	_tenon_system_root = root;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void tree_finish(void)
{
	_tenon_system_root = "";
	assert_int_equal(nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void make_path(char *out, size_t size, const char *path)
{
	char *slash;

	assert_true(snprintf(out, size, "%s%s", root, path) < (int)size);
	for (slash = out + strlen(root) + (*path != '\0'); (slash = strchr(slash, '/')) != NULL;
		slash++) {
		*slash = '\0';
		mkdir(out, 0755);
		*slash = '/';
	}
}

void tree_folder(const char *path)
{
	char full[512];

	make_path(full, sizeof(full), path);
	mkdir(full, 0755);
}

void tree_file(const char *path, const char *text)
{
	char full[512];
	FILE *file;

	make_path(full, sizeof(full), path);
	file = fopen(full, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void tree_link(const char *path, const char *target)
{
	char full[512], end[512];

	make_path(full, sizeof(full), path);
	assert_true(snprintf(end, sizeof(end), "%s%s", root, target) < (int)sizeof(end));
	assert_int_equal(symlink(end, full), 0);
}

void tree_remove(const char *path)
{
	char full[512];

	assert_true(snprintf(full, sizeof(full), "%s%s", root, path) < (int)sizeof(full));
	assert_int_equal(remove(full), 0);
}

#define DISPLAY "/sys/devices/pci0000:00/0000:00:02.0"

const char *tree_pci_display(void)
{
	tree_file(DISPLAY "/drm/card0/dev", "226:0\n");
	tree_file(DISPLAY "/drm/card0/uevent", "MAJOR=226\nMINOR=0\nDEVNAME=dri/card0\n");
	tree_link(DISPLAY "/drm/card0/device", DISPLAY);
	tree_folder(DISPLAY "/drm/card0/card0-HDMI-A-1");
	tree_file(DISPLAY "/drm/renderD128/dev", "226:128\n");
	tree_file(DISPLAY "/drm/renderD128/uevent", "MAJOR=226\nDEVNAME=dri/renderD128\n");
	tree_link(DISPLAY "/drm/renderD128/device", DISPLAY);
	tree_link("/sys/class/drm/card0", DISPLAY "/drm/card0");
	tree_link("/sys/class/drm/renderD128", DISPLAY "/drm/renderD128");
	tree_link("/sys/class/drm/card0-HDMI-A-1", DISPLAY "/drm/card0/card0-HDMI-A-1");
	tree_file("/sys/class/drm/version", "drm 1.1.0 20060810\n");
	tree_link("/sys/dev/char/226:0", DISPLAY "/drm/card0");
	tree_link("/sys/dev/char/226:128", DISPLAY "/drm/renderD128");
	tree_folder("/sys/bus/pci/drivers/i915");
	tree_link(DISPLAY "/subsystem", "/sys/bus/pci");
	tree_link(DISPLAY "/driver", "/sys/bus/pci/drivers/i915");
	return DISPLAY;
}
