/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_TEXT_H
#define TENON_CONFIG_TEXT_H

/*
 * Reading INI text: inih splits lines into sections, keys and values; here lines are checked before
 * inih sees them, counted, and what is wrong is told by file, line, key and what was expected.
 */

#include <stddef.h>

#include <tenon/common.h>
#include <tenon/config.h>

#include "base/text_buf.h"

struct text_reader;

/* What to do with what is read. Each returns 0, or a negative errno after text_fail(). */
struct text_handler {
	int (*section)(void *data, struct text_reader *reader, const char *section);
	int (*key)(void *data, struct text_reader *reader, const char *key, const char *value);
	int (*end)(void *data, struct text_reader *reader);
};

/*
 * Reads a text of len bytes which errors call name (NULL: "text"). Returns 0; -EBADMSG, -EFBIG or
 * what the handler returned; -ENOMEM. error may be NULL.
 */
int text_read(const char *text, size_t len, const char *name, const struct text_handler *handler,
	void *data, struct tenon_text_error *error);

/* The line that is being read, from 1. */
unsigned text_get_line(const struct text_reader *reader);

/* The text's name. */
const char *text_get_name(const struct text_reader *reader);

/*
 * Says that the line being read is wrong: in which key (NULL: the line as a whole), what stands
 * there (NULL: not worth showing) and what should. Returns -EBADMSG.
 */
int text_fail(struct text_reader *reader, const char *key, const char *found, const char *expected,
	...) TENON_PRINTF(4, 5);

/* The same for an earlier line. */
int text_fail_at(struct text_reader *reader, unsigned line, const char *key, const char *found,
	const char *expected, ...) TENON_PRINTF(5, 6);

/* Ends writing a text: hands over what buf holds, or releases it. Returns ret when that is an
 * error; -E2BIG when the text is longer than one that is read may be; -ENOMEM. */
int text_write_end(struct text_buf *buf, int ret, char **out);

/*
 * Reads a whole file, of at most TENON_TEXT_MAX bytes, into memory that free() releases. Returns 0,
 * -EFBIG or another negative errno; but for -ENOMEM, *error says so, too.
 */
int text_load(char **out, size_t *len, const char *path, struct tenon_text_error *error);

/* Copies text for showing: unprintable bytes become '?', what is too long ends in "...". */
void text_copy_shown(char *out, size_t size, const char *text);

/* Says that a file or directory cannot be read, and why: a positive errno. */
void text_fail_file(struct tenon_text_error *error, const char *path, int errnum);

#endif
