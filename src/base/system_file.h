/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_SYSTEM_FILE_H
#define TENON_BASE_SYSTEM_FILE_H

/* Small files and links of /proc and /sys. Any thread. */

#include <stddef.h>

enum {
	SYSTEM_PATH_SIZE = 512,
};

/*
 * Put before every path that is read here, so that tests can show another machine. Empty in the
 * library; only tests change it.
 */
extern const char *_tenon_system_root;

/* The path as the kernel takes it: 0 or -ENAMETOOLONG. */
int system_path(char *out, size_t size, const char *path);

/* An fd, close-on-exec, or a negative errno. */
int system_open(const char *path, int flags);

/* Reads a small file whole; the text is cut at size - 1. Returns 0 or a negative errno. */
int system_read_text(char *text, size_t size, const char *path);

/* Reads the first line of a small file, without the newline. Returns as system_read_text(). */
int system_read_line(char *text, size_t size, const char *path);

/* Where a path leads when all its links are followed. Returns 0 or a negative errno; -EXDEV when
 * that is not below the root. */
int system_resolve(char *out, size_t size, const char *path);

/*
 * The names in a folder that begin with prefix, in the order of names, numbers by their value
 * ("card2" before "card10"). Calls visit until it returns another value than 0, which is then
 * returned. A folder that is not there is empty. 0 or a negative errno.
 */
int system_list(const char *path, const char *prefix, int (*visit)(void *data, const char *name),
	void *data);

/* Opens a node, by the path that the kernel takes, also when signals come: an fd, close-on-exec, or
 * a negative errno. */
int system_open_node(const char *node, int flags);

/* Tells why a node, by the path that the kernel takes, cannot be opened (a negative errno), in
 * words a user can act on: no such node; or node, owner and mode. */
void system_explain_open(char *reason, size_t reason_size, const char *node, int error);

#endif
