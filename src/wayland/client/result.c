/* SPDX-License-Identifier: MIT */
#include "wayland/client/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Copies a string; NULL stays NULL. False: out of memory. */
static bool copy(char **out, const char *text)
{
	*out = text != NULL ? strdup(text) : NULL;
	return text == NULL || *out != NULL;
}

int result_add_heap(struct result *result, const char *name)
{
	if (result->heaps_len >= WIRE_HEAPS_MAX) {
		return 0;
	}
	if (!copy(&result->heaps[result->heaps_len], name)) {
		return -ENOMEM;
	}
	result->heaps_len++;
	return 0;
}

int result_add_ruled_out(
	struct result *result, const char *what, const char *why, const char *device)
{
	struct ruled_out *out;

	if (result->ruled_out_len >= WIRE_RULED_OUT_MAX) {
		return 0;
	}
	/* counted at once: result_finish() frees what was half copied */
	out = &result->ruled_out[result->ruled_out_len++];
	return copy(&out->what, what) && copy(&out->why, why) && copy(&out->device, device)
		       ? 0
		       : -ENOMEM;
}

int result_add_device(
	struct result *result, const char *name, const char *value, const char *source)
{
	struct conflict_device *device;

	if (result->devices_len >= WIRE_CONFLICT_DEVICES_MAX) {
		return 0;
	}
	device = &result->devices[result->devices_len++];
	return copy(&device->name, name) && copy(&device->value, value) &&
			       copy(&device->source, source)
		       ? 0
		       : -ENOMEM;
}

/* Replaces a text. */
static int set(char **at, const char *text)
{
	free(*at);
	return copy(at, text) ? 0 : -ENOMEM;
}

int result_set_hint(struct result *result, const char *hint)
{
	return set(&result->hint, hint);
}

int result_set_text(struct result *result, const char *text)
{
	return set(&result->text, text);
}

void result_finish(struct result *result)
{
	tenon_layout_destroy(result->layout);
	tenon_limits_destroy(result->limits);
	tenon_limits_destroy(result->exact);
	for (size_t i = 0; i < result->heaps_len; i++) {
		free(result->heaps[i]);
	}
	for (size_t i = 0; i < result->ruled_out_len; i++) {
		free(result->ruled_out[i].what);
		free(result->ruled_out[i].why);
		free(result->ruled_out[i].device);
	}
	for (size_t i = 0; i < result->devices_len; i++) {
		free(result->devices[i].name);
		free(result->devices[i].value);
		free(result->devices[i].source);
	}
	free(result->hint);
	free(result->text);
	memset(result, 0, sizeof(*result));
}
