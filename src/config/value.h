/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_VALUE_H
#define TENON_CONFIG_VALUE_H

/*
 * How single values are spelt in text: numbers, words, free text; read and written.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text_buf.h"
#include "config/text.h"

/* Reads "64", "0x40", "16K", "3M", "1G"; nothing else before or after. */
bool value_parse_number(const char *text, uint64_t *out);

/*
 * The next word of a list. *text moves behind it; the word is copied to out, its escapes undone.
 * Returns 1, 0 when there is none left, -1 when it does not fit or an escape is malformed.
 */
int value_next_word(const char **text, char *out, size_t size);

/* Free text as it is gathered from one line or several. All zeroes: nobody gave any. */
struct value_text {
	char *text; /* NULL: none */
	bool join;  /* the last line ended in a lone backslash */
};

/*
 * Adds what a line holds: lines are joined by a space, unless the line before ended in a lone
 * backslash. Returns 0, -EBADMSG after text_fail() on a malformed escape, -ENOMEM.
 */
int value_text_read(
	struct value_text *text, struct text_reader *reader, const char *key, const char *value);

void value_text_finish(struct value_text *text);

/* Writes "key = text", in several lines where it is long. */
void value_write_text(struct text_buf *buf, const char *key, const char *text);

/* Writes a list of words in lines "key = word word ..."; all zeroes but buf and key to begin. */
struct value_list {
	struct text_buf *buf;
	const char *key;
	size_t column; /* 0: no line begun */
};

void value_list_add(struct value_list *list, const char *word);
void value_list_end(struct value_list *list);

/* Whether a word can stand in a list: not empty, neither blanks nor control bytes. */
bool value_is_word(const char *word);

#endif
