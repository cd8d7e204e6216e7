/* SPDX-License-Identifier: MIT */
#include "to_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 character at text, 0 when there is none. */
static size_t utf8_len(const unsigned char *text)
{
	size_t len = text[0] < 0x80   ? 1
		     : text[0] < 0xc2 ? 0
		     : text[0] < 0xe0 ? 2
		     : text[0] < 0xf0 ? 3
		     : text[0] < 0xf5 ? 4
				      : 0;

	for (size_t i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	/* Too long a form, half of a surrogate pair, or beyond the last character. */
	if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
		(text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f)) {
		return 0;
	}
	return len;
}

json_object *json_text(const char *text)
{
	json_object *object;
	char *copy;

	if (text == NULL) {
		return NULL;
	}
	copy = strdup(text);
	if (copy == NULL) {
		return NULL;
	}
	for (size_t i = 0; copy[i] != '\0';) {
		size_t len = utf8_len((unsigned char *)copy + i);

		if (len == 0) {
			copy[i] = '?';
		}
		i += len > 0 ? len : 1;
	}
	object = json_object_new_string(copy);
	free(copy);
	return object;
}

void json_add_text(json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_text(text));
}

void json_add_number(json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

void json_add_bool(json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_print(json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_SPACED |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}
