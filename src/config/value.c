/* SPDX-License-Identifier: MIT */
#include "config/value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lines are broken before this column where that is possible. */
#define WRAP_COLUMN 100

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint64_t suffix_factor(char suffix)
{
	switch (suffix) {
	case '\0':
		return 1;
	case 'K':
		return UINT64_C(1) << 10;
	case 'M':
		return UINT64_C(1) << 20;
	case 'G':
		return UINT64_C(1) << 30;
	default:
		return 0;
	}
}

bool value_parse_number(const char *text, uint64_t *out)
{
	unsigned base = 10;
	uint64_t value = 0, factor;
	const char *c = text;
	int digit;

	if (c[0] == '0' && (c[1] == 'x' || c[1] == 'X')) {
		base = 16;
		c += 2;
		text = c;
	}
	while ((digit = hex_digit(*c)) >= 0 && (unsigned)digit < base) {
		if (value > (UINT64_MAX - (unsigned)digit) / base) {
			return false;
		}
		value = value * base + (unsigned)digit;
		c++;
	}
	factor = suffix_factor(*c);
	if (c == text || factor == 0 || (*c != '\0' && c[1] != '\0') ||
		value > UINT64_MAX / factor) {
		return false;
	}
	*out = value * factor;
	return true;
}

/* Undoes the escape that *text stands behind the backslash of. */
static bool unescape(const char **text, char *out)
{
	const char *c = *text;
	int high, low;

	switch (*c) {
	case '\\':
	case ';':
		*out = *c;
		break;
	case 's':
		*out = ' ';
		break;
	case 'x':
		high = hex_digit(c[1]);
		low = high >= 0 ? hex_digit(c[2]) : -1;
		if (low < 0 || (high == 0 && low == 0)) {
			return false;
		}
		*out = (char)(high * 16 + low);
		c += 2;
		break;
	default:
		return false;
	}
	*text = c + 1;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int value_next_word(const char **text, char *out, size_t size)
{
	const char *c = *text;
	size_t len = 0;

	while (is_blank(*c)) {
		c++;
	}
	if (*c == '\0') {
		return 0;
	}
	while (*c != '\0' && !is_blank(*c)) {
		char byte = *c++;

		if ((byte == '\\' && !unescape(&c, &byte)) || len + 1 >= size) {
			return -1;
		}
		out[len++] = byte;
	}
	out[len] = '\0';
	*text = c;
	return 1;
}

/* Adds a line to text. Returns 0, -EINVAL on a malformed escape, -ENOMEM. */
static int add_line(struct value_text *text, const char *value)
{
	size_t old = text->text != NULL ? strlen(text->text) : 0;
	char *joined = malloc(old + 1 + strlen(value) + 1), *end;
	bool join = false;

	if (joined == NULL) {
		return -ENOMEM;
	}
	memcpy(joined, text->text != NULL ? text->text : "", old + 1);
	end = joined + old;
	if (text->text != NULL && !text->join) {
		*end++ = ' ';
	}
	while (*value != '\0') {
		char byte = *value++;

		if (byte == '\\' && *value == '\0') {
			join = true;
			break;
		}
		if (byte == '\\' && !unescape(&value, &byte)) {
			free(joined);
			return -EINVAL;
		}
		*end++ = byte;
	}
	*end = '\0';
	free(text->text);
	*text = (struct value_text){.text = joined, .join = join};
	return 0;
}

int value_text_read(
	struct value_text *text, struct text_reader *reader, const char *key, const char *value)
{
	int ret = add_line(text, value);

	return ret != -EINVAL ? ret
			      : text_fail(reader, key, value,
					"text whose backslashes are \\\\, \\;, \\s or \\xNN");
}

void value_text_finish(struct value_text *text)
{
	free(text->text);
	*text = (struct value_text){0};
}

/* Writes one byte of a value as it must be spelt there, given the byte before it and the one behind
 * it ('\0' at the ends of a line). Returns the length. */
static size_t escape(char out[5], char before, char byte, char behind)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char c = (unsigned char)byte;
	bool at_start = before == '\0' || is_blank(before);

	if (c < ' ' || c == 0x7f) {
		memcpy(out, (char[]){'\\', 'x', digits[c >> 4], digits[c & 15], '\0'}, 5);
	} else if (c == '\\') {
		memcpy(out, "\\\\", 3);
	} else if (c == ';' && at_start) {
		memcpy(out, "\\;", 3);
	} else if (c == ' ' && (at_start || behind == '\0')) {
		memcpy(out, "\\s", 3);
	} else {
		memcpy(out, (char[]){byte, '\0'}, 2);
	}
	return strlen(out);
}

/* How many bytes of text the next line takes, written from column on; what follows a break at a
 * space goes on behind that space. */
static size_t line_len(const char *text, size_t column, bool *at_space)
{
	size_t last_space = 0, i;
	char spelt[5];

	for (i = 0; text[i] != '\0'; i++) {
		column += escape(spelt, i > 0 ? text[i - 1] : '\0', text[i], text[i + 1]);
		if (column > WRAP_COLUMN - 1 && i > 0) {
			*at_space = last_space > 0;
			return last_space > 0 ? last_space : i;
		}
		/* Only a single space can be dropped here and be put back by the reader. */
		if (text[i] == ' ' && i > 0 && text[i - 1] != ' ' && text[i + 1] != ' ' &&
			text[i + 1] != '\0') {
			last_space = i;
		}
	}
	*at_space = false;
	return i;
}

void value_write_text(struct text_buf *buf, const char *key, const char *text)
{
	char spelt[5];

	do {
		bool at_space;
		size_t len = line_len(text, strlen(key) + 3, &at_space);
		bool more = text[len] != '\0';

		text_buf_addf(buf, "%s =%s", key, len > 0 ? " " : "");
		for (size_t i = 0; i < len; i++) {
			escape(spelt, i > 0 ? text[i - 1] : '\0', text[i],
				i + 1 < len ? text[i + 1] : '\0');
			text_buf_add(buf, spelt);
		}
		text_buf_add(buf, more && !at_space ? "\\\n" : "\n");
		text += len + (more && at_space ? 1 : 0);
	} while (*text != '\0');
}

/* The same for a byte of a word, which a blank would end. */
static size_t escape_in_word(char out[5], char before, char byte)
{
	return escape(out, byte == ' ' ? '\0' : before, byte, '\0');
}

void value_list_add(struct value_list *list, const char *word)
{
	char spelt[5];
	size_t len = 0;

	for (size_t i = 0; word[i] != '\0'; i++) {
		len += escape_in_word(spelt, i > 0 ? word[i - 1] : '\0', word[i]);
	}
	if (list->column > 0 && list->column + 1 + len > WRAP_COLUMN) {
		value_list_end(list);
	}
	if (list->column == 0) {
		text_buf_addf(list->buf, "%s =", list->key);
		list->column = strlen(list->key) + 2;
	}
	text_buf_add(list->buf, " ");
	for (size_t i = 0; word[i] != '\0'; i++) {
		escape_in_word(spelt, i > 0 ? word[i - 1] : '\0', word[i]);
		text_buf_add(list->buf, spelt);
	}
	list->column += 1 + len;
}

void value_list_end(struct value_list *list)
{
	if (list->column > 0) {
		text_buf_add(list->buf, "\n");
	}
	list->column = 0;
}

bool value_is_word(const char *word)
{
	if (*word == '\0') {
		return false;
	}
	for (const char *c = word; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f) {
			return false;
		}
	}
	return true;
}
