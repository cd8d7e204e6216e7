/* SPDX-License-Identifier: MIT */

/*
 * Devices as people write them: "NAME[:ROLE[+ROLE]]". A name may have a colon in it, so the text as
 * a whole is looked for first, and then what is before its last colon.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tenon/device.h>

#include "base/similar.h"
#include "config/text.h"

#define SEPARATORS ", \t\r\n"

/* Writes which word is wrong, what should stand there, and all of it. Returns ret. */
static int TENON_PRINTF(5, 6) fail(struct tenon_text_error *error, int ret, const char *word,
	const char *expected, const char *format, ...)
{
	va_list args;

	if (error == NULL || error->size < sizeof(*error)) {
		return ret;
	}
	error->line = 0;
	error->file[0] = '\0';
	text_copy_shown(error->key, sizeof(error->key), word);
	snprintf(error->expected, sizeof(error->expected), "%s", expected);
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return ret;
}

/* The names of roles: "render, scanout". */
static const char *print_roles(char *out, size_t size, uint32_t roles)
{
	size_t len = 0;

	out[0] = '\0';
	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY; bit <<= 1) {
		if ((roles & bit) != 0 && len < size) {
			len += (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "",
				tenon_role_get_name((enum tenon_role)bit));
		}
	}
	return out;
}

static int fail_role(struct tenon_text_error *error, const char *word)
{
	size_t best = SIMILAR_NOT;
	const char *meant = NULL;
	char shown[64], all[128];

	for (uint32_t bit = 1; bit <= TENON_ROLE_ANY; bit <<= 1) {
		const char *name = tenon_role_get_name((enum tenon_role)bit);
		size_t distance = similar_distance(word, name);

		if (distance < best) {
			best = distance;
			meant = name;
		}
	}
	text_copy_shown(shown, sizeof(shown), word);
	if (meant != NULL) {
		return fail(error, -EINVAL, word, "a role",
			"there is no role \"%s\"; did you mean \"%s\"?", shown, meant);
	}
	return fail(error, -EINVAL, word, "a role", "there is no role \"%s\"; roles are %s and any",
		shown, print_roles(all, sizeof(all), TENON_ROLE_ANY));
}

static int fail_device(
	struct tenon_text_error *error, const struct tenon_device_table *table, const char *word)
{
	const char *meant = tenon_device_table_suggest(table, word);
	char shown[64];

	if (word[0] == '\0') {
		return fail(error, -EINVAL, word, "a device", "a device's name is missing");
	}
	text_copy_shown(shown, sizeof(shown), word);
	if (meant != NULL) {
		return fail(error, -ENOENT, word, "a device of the table",
			"there is no device \"%s\" in the device table; did you mean \"%s\"?",
			shown, meant);
	}
	return fail(error, -ENOENT, word, "a device of the table",
		"there is no device \"%s\" in the device table; \"tenon devices\" lists them",
		shown);
}

/* "ROLE+ROLE"; text is taken apart. */
static int parse_roles(uint32_t *out, char *text, struct tenon_text_error *error)
{
	uint32_t roles = 0, bits;
	char *word, *rest = text;

	while ((word = strsep(&rest, "+")) != NULL) {
		if (tenon_role_from_name(&bits, word) < 0) {
			return fail_role(error, word);
		}
		roles |= bits;
	}
	*out = roles != TENON_ROLE_ANY ? roles : 0;
	return 0;
}

static int check_offered(
	const struct tenon_device_entry *entry, uint32_t roles, struct tenon_text_error *error)
{
	uint32_t offered = tenon_offer_get_roles(tenon_device_entry_get_offer(entry));
	char missing[128], has[128];

	if ((roles & ~offered) == 0) {
		return 0;
	}
	print_roles(missing, sizeof(missing), roles & ~offered);
	return fail(error, -EINVAL, missing, "roles that the device offers",
		"%s cannot do: %s; it can do: %s", tenon_device_entry_get_name(entry), missing,
		print_roles(has, sizeof(has), offered));
}

static const struct tenon_device_entry *find(
	const struct tenon_device_table *table, const char *name)
{
	const struct tenon_device_entry *entry = tenon_device_table_find(table, name);

	return entry != NULL ? entry : tenon_device_table_find_driver(table, NULL, name);
}

/* text is taken apart. */
static int parse_device(const struct tenon_device_table *table, char *text,
	const struct tenon_device_entry **out, uint32_t *out_roles, struct tenon_text_error *error)
{
	const struct tenon_device_entry *entry = find(table, text);
	char *colon = entry == NULL ? strrchr(text, ':') : NULL;
	uint32_t roles = 0;
	int ret = 0;

	if (colon != NULL) {
		*colon = '\0';
		ret = parse_roles(&roles, colon + 1, error);
		entry = find(table, text);
	}
	if (ret == 0) {
		ret = entry != NULL ? check_offered(entry, roles, error)
				    : fail_device(error, table, text);
	}
	if (ret == 0) {
		*out = entry;
		*out_roles = roles;
	}
	return ret;
}

int tenon_device_table_parse_device(const struct tenon_device_table *table, const char *text,
	const struct tenon_device_entry **entry, uint32_t *roles, struct tenon_text_error *error)
{
	char *copy = strdup(text);
	int ret;

	if (copy == NULL) {
		return -ENOMEM;
	}
	ret = parse_device(table, copy, entry, roles, error);
	free(copy);
	return ret;
}

/* The next of a list into participants[*len]. */
static int add_device(const struct tenon_device_table *table, char *word,
	struct tenon_participant *participants, size_t max, size_t *len,
	struct tenon_text_error *error)
{
	const struct tenon_device_entry *entry;
	uint32_t roles;
	int ret;

	if (*len >= max) {
		return fail(error, -E2BIG, word, "fewer devices", "there are more than %zu devices",
			max);
	}
	ret = parse_device(table, word, &entry, &roles, error);
	if (ret == 0) {
		participants[(*len)++] = (struct tenon_participant){
			.offer = tenon_offer_ref(tenon_device_entry_get_offer(entry)),
			.roles = roles,
		};
	}
	return ret;
}

int tenon_device_table_parse_devices(const struct tenon_device_table *table, const char *text,
	struct tenon_participant *participants, size_t max, size_t *out_len,
	struct tenon_text_error *error)
{
	char *copy = strdup(text), *rest = NULL;
	size_t len = 0;
	int ret = copy != NULL ? 0 : -ENOMEM;

	for (char *word = ret == 0 ? strtok_r(copy, SEPARATORS, &rest) : NULL;
		word != NULL && ret == 0; word = strtok_r(NULL, SEPARATORS, &rest)) {
		ret = add_device(table, word, participants, max, &len, error);
	}
	if (ret == 0) {
		*out_len = len;
	}
	while (ret < 0 && len > 0) {
		len--;
		tenon_offer_unref(participants[len].offer);
		participants[len] = (struct tenon_participant){0};
	}
	free(copy);
	return ret;
}
