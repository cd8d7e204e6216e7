/* SPDX-License-Identifier: MIT */
#include "buffers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum status buffers_start(
	struct buffers *buffers, struct window *window, const struct buffers_options *options)
{
	const struct tenon_client_options client = {
		.size = sizeof(client), .best_source = options->best_source};
	int err;

	memset(buffers, 0, sizeof(*buffers));
	buffers->options = *options;
	buffers->window = window;
	if ((window->configured_width > 0 && options->width > (uint32_t)window->configured_width) ||
		(window->configured_height > 0 &&
			options->height > (uint32_t)window->configured_height)) {
		/* a shell that shows windows whole does not take larger ones */
		return buffers_fail(buffers, STATUS_FAILED,
			"%ux%u is larger than what the compositor has for it, %dx%d",
			options->width, options->height, window->configured_width,
			window->configured_height);
	}
	err = tenon_client_create(&buffers->client, window->display, &client);
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the compositor: %s", strerror(-err));
	}
	err = tenon_context_create(&buffers->context, NULL);
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "no context: %s", strerror(-err));
	}
	return STATUS_OK;
}

void buffers_finish(struct buffers *buffers)
{
	tenon_buffer_unref(buffers->shown);
	tenon_swapchain_destroy(buffers->chain);
	tenon_client_negotiation_destroy(buffers->negotiation);
	tenon_client_constraints_destroy(buffers->constraints);
	for (size_t i = 0; i < buffers->own_len; i++) {
		tenon_offer_unref(buffers->own[i].offer);
	}
	if (buffers->context != NULL) {
		tenon_context_unref(buffers->context);
	}
	tenon_client_destroy(buffers->client);
	memset(buffers, 0, sizeof(*buffers));
}

enum status buffers_fail(struct buffers *buffers, enum status status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(buffers->failure, sizeof(buffers->failure), fmt, args);
	va_end(args);
	return status;
}

const char *transport_name(enum tenon_client_transport transport)
{
	switch (transport) {
	case TENON_CLIENT_TRANSPORT_DMABUF:
		return "dmabuf";
	case TENON_CLIENT_TRANSPORT_SHM:
		return "shm";
	case TENON_CLIENT_TRANSPORT_EMULATED:
		return "emulated";
	}
	return "none";
}

void buffers_print_copies(const struct buffers *buffers, uint64_t painted, uint64_t copies)
{
	const struct tenon_client_statistics *seen = &buffers->statistics;

	printf("  sent by              %s\n", buffers->transport_text);
	if (buffers->rejected > 0) {
		printf("  described            rejected: %s\n", buffers->rejected_text);
	} else {
		printf("  described            %" PRIu64 " of %" PRIu64 " buffers\n",
			buffers->described, buffers->made);
	}
	printf("  frames painted       %" PRIu64 ", copies by this program %" PRIu64 "\n", painted,
		copies);
	if (!buffers->has_statistics) {
		printf("  frames shown         %" PRIu64
		       " frame callbacks; the compositor does not count copies\n",
			buffers->frames);
		return;
	}
	printf("  frames shown         %" PRIu64 " of %" PRIu64 " commits\n", seen->shown,
		seen->commits);
	printf("  copies               upload to the GPU %" PRIu64 " (%" PRIu64
	       " bytes), others %" PRIu64 "\n",
		seen->uploads, seen->upload_bytes, seen->others);
	printf("  drawn on the screen  %" PRIu64 " times (%" PRIu64 " bytes)\n", seen->compositions,
		seen->composition_bytes);
}
