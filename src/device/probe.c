/* SPDX-License-Identifier: MIT */
#include "device/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *tenon_probe_stage_get_name(enum tenon_probe_stage stage)
{
	switch (stage) {
	case TENON_PROBE_DMABUF:
		return "dma-buf";
	case TENON_PROBE_IMPORT:
		return "import";
	case TENON_PROBE_MAP:
		return "map";
	case TENON_PROBE_FRAMEBUFFER:
		return "framebuffer";
	case TENON_PROBE_COMMIT:
		return "commit";
	case TENON_PROBE_FORMAT:
		return "format";
	case TENON_PROBE_REQUEST:
		return "request";
	case TENON_PROBE_QUEUE:
		return "queue";
	case TENON_PROBE_DATA:
		return "data";
	}
	return "unknown";
}

static const struct {
	int error;
	const char *name;
} errors[] = {
	{EACCES, "EACCES"},
	{EAGAIN, "EAGAIN"},
	{EBADF, "EBADF"},
	{EBUSY, "EBUSY"},
	{EFAULT, "EFAULT"},
	{EINTR, "EINTR"},
	{EINVAL, "EINVAL"},
	{EIO, "EIO"},
	{ENODEV, "ENODEV"},
	{ENOENT, "ENOENT"},
	{ENOMEM, "ENOMEM"},
	{ENOSPC, "ENOSPC"},
	{ENOSYS, "ENOSYS"},
	{ENOTTY, "ENOTTY"},
	{ENXIO, "ENXIO"},
	{EOPNOTSUPP, "EOPNOTSUPP"},
	{EOVERFLOW, "EOVERFLOW"},
	{EPERM, "EPERM"},
	{EPIPE, "EPIPE"},
	{ERANGE, "ERANGE"},
	{ETIMEDOUT, "ETIMEDOUT"},
	{EXDEV, "EXDEV"},
};

struct tenon_probe_result probe_result(uint32_t asked)
{
	return (struct tenon_probe_result){
		.size = sizeof(struct tenon_probe_result), .asked = asked};
}

void probe_pass(struct tenon_probe_result *result, enum tenon_probe_stage stage)
{
	result->passed |= (uint32_t)stage;
}

void probe_refuse(struct tenon_probe_result *result, enum tenon_probe_stage stage, int error,
	const char *format, ...)
{
	va_list args;

	result->refused = stage;
	result->error = error;
	va_start(args, format);
	vsnprintf(result->text, sizeof(result->text), format, args);
	va_end(args);
}

void probe_note(struct tenon_probe_result *result, const char *format, ...)
{
	va_list args;

	if (result->refused != 0) {
		return;
	}
	va_start(args, format);
	vsnprintf(result->text, sizeof(result->text), format, args);
	va_end(args);
}

static bool may_pass(int error)
{
	static const int passing[] = {EAGAIN, EBUSY, EINTR, EIO, EMFILE, ENFILE, ENODEV, ENOMEM,
		ENOSPC, ENXIO, ETIMEDOUT};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		if (passing[i] == -error) {
			return true;
		}
	}
	return false;
}

bool probe_is_lasting(const struct tenon_probe_result *result)
{
	return result->refused != 0 ? !may_pass(result->error) : result->passed == result->asked;
}

bool probe_can_publish(const struct tenon_probe_result *result)
{
	return result->size > offsetof(struct tenon_probe_result, text);
}

void probe_publish(struct tenon_probe_result *out, const struct tenon_probe_result *result)
{
	size_t size = out->size;

	memcpy(out, result, size < sizeof(*result) ? size : sizeof(*result));
	out->size = size;
	if (size < sizeof(*result)) {
		((char *)out)[size - 1] = '\0'; /* a shorter text */
	}
}

const char *tenon_probe_error_get_name(int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error == -error) {
			return errors[i].name;
		}
	}
	return "unknown";
}

void probe_print_error(char *text, size_t size, int error)
{
	const char *name = tenon_probe_error_get_name(error);

	if (strcmp(name, "unknown") != 0) {
		snprintf(text, size, "%s (%s)", name, strerror(-error));
	} else {
		snprintf(text, size, "error %d (%s)", -error, strerror(-error));
	}
}

static size_t append(char *text, size_t size, size_t at, const char *format, ...)
	TENON_PRINTF(4, 5);

static size_t append(char *text, size_t size, size_t at, const char *format, ...)
{
	va_list args;
	int len;

	if (at >= size) {
		return at;
	}
	va_start(args, format);
	len = vsnprintf(text + at, size - at, format, args);
	va_end(args);
	return at + (len > 0 ? (size_t)len : 0);
}

void probe_print_layout(char *text, size_t size, const struct tenon_layout *layout)
{
	size_t planes = tenon_layout_get_planes_len(layout), at = 0;
	struct tenon_plane_layout plane;
	uint32_t width, height;
	uint64_t bytes = 0;
	char modifier[64];

	tenon_layout_get_size(layout, &width, &height);
	tenon_modifier_print(modifier, sizeof(modifier), tenon_layout_get_modifier(layout));
	at = append(text, size, at, "%s %" PRIu32 "x%" PRIu32 ", pitch ",
		tenon_format_get_name(tenon_layout_get_format(layout)), width, height);
	for (size_t i = 0; i < planes; i++) {
		tenon_layout_get_plane(layout, i, &plane);
		at = append(text, size, at, "%s%" PRIu32, i > 0 ? "+" : "", plane.pitch);
	}
	at = append(text, size, at, ", offset ");
	for (size_t i = 0; i < planes; i++) {
		tenon_layout_get_plane(layout, i, &plane);
		at = append(text, size, at, "%s%" PRIu64, i > 0 ? "+" : "", plane.offset);
	}
	for (size_t i = 0; i < tenon_layout_get_objects_len(layout); i++) {
		bytes += tenon_layout_get_object_size(layout, i);
	}
	append(text, size, at, ", %s, %" PRIu64 " bytes", modifier, bytes);
}
