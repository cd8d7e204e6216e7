/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FAKE_TREE_H
#define TENON_TEST_FAKE_TREE_H

/* A tree of files that stands in for /sys, /proc and /dev of another machine. */

/* Makes an empty one, and lets the library see it. */
void tree_start(void);

/* Takes it away again. */
void tree_finish(void);

/* A file of this text; folders above it are made, too. */
void tree_file(const char *path, const char *text);

/* A folder. */
void tree_folder(const char *path);

/* A link to another path of the tree. */
void tree_link(const char *path, const char *target);

/* Takes a file or link away. */
void tree_remove(const char *path);

/* A PCI display, as the kernel lays it out: /sys/class/drm/card0 and renderD128 over
 * /sys/devices/pci0000:00/0000:00:02.0, whose path this is. */
const char *tree_pci_display(void);

#endif
