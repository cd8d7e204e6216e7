/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_TEXT_BUF_H
#define TENON_BASE_TEXT_BUF_H

/*
 * A string that grows. A failed allocation sticks: later additions do nothing, and only
 * text_buf_take() has to be asked about it.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <tenon/common.h>

/* All zeroes is an empty one. */
struct text_buf {
	char *data; /* terminated; NULL while empty */
	size_t len, capacity;
	bool failed;
};

void text_buf_add_bytes(struct text_buf *buf, const char *bytes, size_t len);
void text_buf_add(struct text_buf *buf, const char *text);
void text_buf_addf(struct text_buf *buf, const char *format, ...) TENON_PRINTF(2, 3);
void text_buf_vaddf(struct text_buf *buf, const char *format, va_list args) TENON_PRINTF(2, 0);

/* Hands the string over (never NULL, "" when nothing was added), or frees it: 0 or -ENOMEM. The
 * buffer is empty afterwards, and may be used again. */
int text_buf_take(struct text_buf *buf, char **out);

/* Frees what it holds; the buffer is empty afterwards. */
void text_buf_finish(struct text_buf *buf);

#endif
