/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of buffers, as a peer sends them: what is accepted lies inside its memory, to the
 * last byte of its last row. The memory ends where the file ends, so a description that reaches
 * beyond it kills the process.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tenon/access.h>
#include <tenon/buffer.h>

#include "fuzz.h"
#include "reader.h"

enum { FILES = 2, PAGE = 4096 };

static int make_file(size_t bytes)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		abort();
	}
	return fd;
}

static struct tenon_buffer_import read_import(struct reader *input, const int *files)
{
	struct tenon_buffer_import import = {.size = sizeof(import)};
	const struct tenon_format *format = tenon_format_list(take(input, 1));

	import.format = format != NULL ? tenon_format_get_fourcc(format) : 0;
	import.width = (uint32_t)take(input, 4);
	import.height = (uint32_t)take(input, 4);
	import.planes_len = take(input, 1);
	import.objects_len = take(input, 1);
	for (size_t i = 0; i < TENON_MAX_PLANES; i++) {
		struct tenon_plane_layout *plane = &import.planes[i];

		import.fds[i] = files[take(input, 1) % FILES];
		plane->object = (uint32_t)take(input, 1);
		plane->pitch = (uint32_t)take(input, 4);
		plane->offset = take(input, 8);
		plane->size = take(input, 8);
		plane->width = (uint32_t)take(input, 4);
		plane->height = (uint32_t)take(input, 4);
	}
	return import;
}

static uint32_t divide_up(uint32_t a, uint32_t b)
{
	return a / b + (a % b != 0);
}

/* Reads the first and the last byte of each row of the picture. */
static void touch(const struct tenon_access *access, const struct tenon_buffer_import *import)
{
	const struct tenon_format *format =
		tenon_layout_get_format(tenon_buffer_get_layout(access->buffer));

	for (unsigned i = 0; i < tenon_format_get_planes_len(format); i++) {
		const volatile char *base = access->data[i];
		unsigned block_bytes, block_width, hsub, vsub;
		size_t row;

		tenon_format_get_plane(format, i, &block_bytes, &block_width, &hsub, &vsub);
		row = (size_t)divide_up(divide_up(import->width, hsub), block_width) * block_bytes;
		for (uint32_t y = 0; y < divide_up(import->height, vsub); y++) {
			(void)base[(size_t)y * access->pitch[i]];
			(void)base[(size_t)y * access->pitch[i] + row - 1];
		}
	}
}

void fuzz_one(const uint8_t *data, size_t size)
{
	const struct tenon_context_options options = {
		.size = sizeof(options),
		.no_config = true,
		.no_heaps = true,
	};
	struct reader input = {data, size};
	int files[FILES] = {make_file(PAGE), make_file(64 * PAGE)};
	struct tenon_buffer_import import = read_import(&input, files);
	struct tenon_buffer *buffer = NULL, *again = NULL;
	struct tenon_context *context;

	if (tenon_context_create(&context, &options) < 0) {
		abort();
	}
	if (tenon_buffer_import(&buffer, context, &import) == 0) {
		struct tenon_access access = {.buffer = buffer, .flags = TENON_ACCESS_READ};

		if (tenon_buffer_import(&again, context, &import) != 0 || again != buffer) {
			abort();
		}
		tenon_buffer_unref(again);
		if (tenon_access_prepare(&access, 1, 0) == 0) {
			touch(&access, &import);
			if (tenon_access_finish(&access, 1) != 0) {
				abort();
			}
		}
	}
	tenon_buffer_unref(buffer);
	tenon_context_unref(context);
	close(files[0]);
	close(files[1]);
}
