/* SPDX-License-Identifier: MIT */
#include "base/text_buf.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for len more bytes and the terminator. */
static bool text_buf_reserve(struct text_buf *buf, size_t len)
{
	size_t capacity = buf->capacity;
	char *data;

	if (buf->failed || len > SIZE_MAX / 2 - buf->len - 1) {
		buf->failed = true;
		return false;
	}
	if (buf->len + len < capacity) {
		return true;
	}
	if (capacity == 0) {
		capacity = 64;
	}
	while (capacity <= buf->len + len) {
		capacity *= 2;
	}
	data = realloc(buf->data, capacity);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

void text_buf_add_bytes(struct text_buf *buf, const char *bytes, size_t len)
{
	if (!text_buf_reserve(buf, len)) {
		return;
	}
	memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void text_buf_add(struct text_buf *buf, const char *text)
{
	text_buf_add_bytes(buf, text, strlen(text));
}

void text_buf_vaddf(struct text_buf *buf, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0) {
		buf->failed = true;
		return;
	}
	if (!text_buf_reserve(buf, (size_t)len)) {
		return;
	}
	vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
	buf->len += (size_t)len;
}

void text_buf_addf(struct text_buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_buf_vaddf(buf, format, args);
	va_end(args);
}

int text_buf_take(struct text_buf *buf, char **out)
{
	int ret = 0;

	text_buf_add_bytes(buf, "", 0);
	if (buf->failed) {
		text_buf_finish(buf);
		ret = -ENOMEM;
	} else {
		*out = buf->data;
		*buf = (struct text_buf){0};
	}
	return ret;
}

void text_buf_finish(struct text_buf *buf)
{
	free(buf->data);
	*buf = (struct text_buf){0};
}
