/* SPDX-License-Identifier: MIT */
#ifndef TENON_CLIENTS_TO_JSON_H
#define TENON_CLIENTS_TO_JSON_H

/*
 * Short hands for json-c. Text that is not UTF-8, which JSON cannot hold, has its wrong bytes
 * replaced by '?'.
 */

#include <json.h>
#include <stdbool.h>
#include <stdint.h>

/* A string, or null for NULL. */
json_object *json_text(const char *text);

void json_add_text(json_object *object, const char *key, const char *text);
void json_add_number(json_object *object, const char *key, uint64_t number);
void json_add_bool(json_object *object, const char *key, bool value);

/* Prints a document with a newline at its end, and releases it. */
void json_print(json_object *object);

#endif
