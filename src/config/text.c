/* SPDX-License-Identifier: MIT */
#include "config/text.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* inih keeps a section's name in 50 bytes, and cuts a longer one without a word. */
#define SECTION_MAX 49

struct text_reader {
	const char *name;
	const char *text;
	size_t len, pos;
	unsigned line;   /* of the text, from 1 */
	unsigned handed; /* lines handed to inih, markers included: inih's own count */
	/* After each section line inih is given a line of our own, the marker, so that sections
	 * are told even when they are empty or bear the same name as the one before. */
	bool marker_due, in_marker;
	int result;
	unsigned failed_at; /* value of handed when result was set */
	const struct text_handler *handler;
	void *data;
	struct tenon_text_error *error;
};

void text_copy_shown(char *out, size_t size, const char *text)
{
	size_t len = strlen(text);

	snprintf(out, size, "%s", text);
	for (char *c = out; *c != '\0'; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f) {
			*c = '?';
		}
	}
	if (len >= size && size > 4) {
		memcpy(out + size - 4, "...", 4);
	}
}

/* Puts the parts of an error together. */
static void text_error_compose(struct tenon_text_error *error, const char *found)
{
	char line[16] = "", key[80] = "", shown[64], end[96] = "";

	if (error->line > 0) {
		snprintf(line, sizeof(line), ":%u", error->line);
	}
	if (error->key[0] != '\0') {
		snprintf(key, sizeof(key), " %s:", error->key);
	}
	if (found != NULL && found[0] == '\0') {
		snprintf(end, sizeof(end), ", found nothing");
	} else if (found != NULL) {
		text_copy_shown(shown, sizeof(shown), found);
		snprintf(end, sizeof(end), ", found \"%s\"", shown);
	}
	snprintf(error->text, sizeof(error->text), "%s%s:%s expected %s%s", error->file, line, key,
		error->expected, end);
}

static void text_error_set(struct tenon_text_error *error, const char *file, unsigned line,
	const char *key, const char *found, const char *expected)
{
	if (error == NULL || error->size < sizeof(*error)) {
		return;
	}
	error->line = line;
	text_copy_shown(error->file, sizeof(error->file), file);
	text_copy_shown(error->key, sizeof(error->key), key != NULL ? key : "");
	snprintf(error->expected, sizeof(error->expected), "%s", expected);
	text_error_compose(error, found);
}

static void TENON_PRINTF(5, 0) text_vfail(struct text_reader *reader, unsigned line,
	const char *key, const char *found, const char *expected, va_list args)
{
	char text[sizeof(((struct tenon_text_error *)NULL)->expected)];

	if (reader->result != 0) {
		return;
	}
	reader->result = -EBADMSG;
	reader->failed_at = reader->handed;
	vsnprintf(text, sizeof(text), expected, args);
	text_error_set(reader->error, reader->name, line, key, found, text);
}

int text_fail(
	struct text_reader *reader, const char *key, const char *found, const char *expected, ...)
{
	va_list args;

	va_start(args, expected);
	text_vfail(reader, reader->line, key, found, expected, args);
	va_end(args);
	return -EBADMSG;
}

int text_fail_at(struct text_reader *reader, unsigned line, const char *key, const char *found,
	const char *expected, ...)
{
	va_list args;

	va_start(args, expected);
	text_vfail(reader, line, key, found, expected, args);
	va_end(args);
	return -EBADMSG;
}

unsigned text_get_line(const struct text_reader *reader)
{
	return reader->line;
}

const char *text_get_name(const struct text_reader *reader)
{
	return reader->name;
}

/* The line at *pos without its end and leading blanks; moves *pos to the next one. */
static const char *text_next_line(const struct text_reader *reader, size_t *pos, size_t *len)
{
	const char *line = reader->text + *pos;
	size_t left = reader->len - *pos;
	const char *end = memchr(line, '\n', left);
	size_t line_len = end != NULL ? (size_t)(end - line) : left;

	*pos += line_len + (end != NULL ? 1 : 0);
	if (line_len > 0 && line[line_len - 1] == '\r') {
		line_len--;
	}
	/* An indented line would be inih's continuation of the line above, on some builds of it. */
	while (line_len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		line_len--;
	}
	*len = line_len;
	return line;
}

static bool text_line_check(struct text_reader *reader, const char *line, size_t len, int room)
{
	const char *close;

	if (len > TENON_TEXT_LINE_MAX || room < 0 || len > (size_t)room) {
		text_fail(reader, NULL, NULL,
			"a line of at most %d bytes (keys that take lists or text may be repeated)",
			TENON_TEXT_LINE_MAX);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f) {
			text_fail(reader, NULL, NULL, "text, found byte 0x%02x",
				(unsigned char)line[i]);
			return false;
		}
	}
	close = len > 0 && line[0] == '[' ? memchr(line, ']', len) : NULL;
	if (close != NULL && close - line - 1 > SECTION_MAX) {
		text_fail(reader, NULL, NULL, "a [section] of at most %d bytes", SECTION_MAX);
		return false;
	}
	return true;
}

/* Hands inih the next line, in the manner of fgets(). */
static char *text_hand_line(char *out, int size, void *data)
{
	struct text_reader *reader = data;
	const char *line;
	size_t len;

	if (reader->result != 0) {
		return NULL;
	}
	reader->in_marker = reader->marker_due;
	if (reader->marker_due) {
		reader->marker_due = false;
		reader->handed++;
		snprintf(out, (size_t)size, ".=\n");
		return out;
	}
	if (reader->pos >= reader->len) {
		return NULL;
	}
	line = text_next_line(reader, &reader->pos, &len);
	reader->line++;
	reader->handed++;
	if (!text_line_check(reader, line, len, size - 2)) {
		return NULL;
	}
	memcpy(out, line, len);
	memcpy(out + len, "\n", 2);
	reader->marker_due = len > 0 && line[0] == '[';
	return out;
}

/* Tells of a section, whose name inih leaves with the blanks around it. */
static int text_hand_section(struct text_reader *reader, const char *section)
{
	char name[SECTION_MAX + 1];
	size_t len;

	section += strspn(section, " \t");
	snprintf(name, sizeof(name), "%s", section);
	for (len = strlen(name); len > 0 && strchr(" \t", name[len - 1]) != NULL; len--) {
		name[len - 1] = '\0';
	}
	return reader->handler->section(reader->data, reader, name);
}

/* Called by inih; 0 is failure here. */
static int text_hand_key(void *data, const char *section, const char *key, const char *value)
{
	struct text_reader *reader = data;
	int ret;

	if (reader->result != 0) {
		return 0;
	}
	if (reader->in_marker) {
		ret = text_hand_section(reader, section);
	} else {
		ret = reader->handler->key(reader->data, reader, key, value != NULL ? value : "");
	}
	if (ret < 0 && reader->result == 0) {
		reader->result = ret;
		reader->failed_at = reader->handed;
	}
	return ret == 0;
}

/* The text's line that inih counts as number handed. */
static unsigned text_map_line(const struct text_reader *reader, unsigned handed)
{
	unsigned line = 0, count = 0;
	size_t pos = 0, len;

	while (pos < reader->len && count < handed) {
		const char *start = text_next_line(reader, &pos, &len);

		line++;
		count += len > 0 && start[0] == '[' ? 2 : 1;
	}
	return line;
}

/* Makes one result of inih's and the handler's: the first error is the one to tell. */
static void text_settle(struct text_reader *reader, int inih_result)
{
	bool syntax = inih_result > 0 &&
		      (reader->result == 0 || (unsigned)inih_result < reader->failed_at);

	if (inih_result < 0) {
		reader->result = -ENOMEM;
	} else if (syntax) {
		reader->result = 0;
		text_fail_at(reader, text_map_line(reader, (unsigned)inih_result), NULL, NULL,
			"\"[section]\" or \"key = value\"");
	} else if (reader->result == 0) {
		reader->result = reader->handler->end(reader->data, reader);
	}
}

int text_read(const char *text, size_t len, const char *name, const struct text_handler *handler,
	void *data, struct tenon_text_error *error)
{
	struct text_reader reader = {
		.name = name != NULL ? name : "text",
		.text = text,
		.len = len,
		.handler = handler,
		.data = data,
		.error = error,
	};

	if (len > TENON_TEXT_MAX) {
		text_fail(&reader, NULL, NULL, "at most %u bytes", TENON_TEXT_MAX);
		return -EFBIG;
	}
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		reader.text += 3;
		reader.len -= 3;
	}
	text_settle(&reader, ini_parse_stream(text_hand_line, &reader, text_hand_key, &reader));
	return reader.result;
}

int text_write_end(struct text_buf *buf, int ret, char **out)
{
	if (ret == 0 && !buf->failed && buf->len > TENON_TEXT_MAX) {
		ret = -E2BIG;
	}
	if (ret < 0) {
		text_buf_finish(buf);
		return ret;
	}
	return text_buf_take(buf, out);
}

/* Reads to the end of fd, or until there is more than a text may have. */
static int text_read_fd(int fd, char *data, size_t size, size_t *len)
{
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, data + *len, size - *len);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -errno;
		}
		if (n == 0) {
			return 0;
		}
		*len += (size_t)n;
	}
	return -EFBIG;
}

void text_fail_file(struct tenon_text_error *error, const char *path, int errnum)
{
	char expected[128];

	if (errnum == EFBIG) {
		snprintf(expected, sizeof(expected), "at most %u bytes", TENON_TEXT_MAX);
	} else {
		snprintf(expected, sizeof(expected), "a file that can be read: %s",
			strerror(errnum));
	}
	text_error_set(error, path, 0, NULL, NULL, expected);
}

int text_load(char **out, size_t *len, const char *path, struct tenon_text_error *error)
{
	char *data = NULL;
	int ret, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		ret = -errno;
		text_fail_file(error, path, -ret);
		return ret;
	}
	data = malloc(TENON_TEXT_MAX + 1);
	ret = data != NULL ? text_read_fd(fd, data, TENON_TEXT_MAX + 1, len) : -ENOMEM;
	close(fd);
	if (ret == 0) {
		*out = data;
		return 0;
	}
	free(data);
	if (ret != -ENOMEM) {
		text_fail_file(error, path, -ret);
	}
	return ret;
}
