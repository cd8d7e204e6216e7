/* SPDX-License-Identifier: MIT */

/*
 * tenon-painter: negotiates a buffer with the compositor, paints a test card into it between
 * prepare and finish, and shows it.
 */

#include <stdio.h>

#include "painter.h"

/* The connection, the client, the heaps and the devices. */
static enum status start(struct painter *painter)
{
	const struct buffers_options options = {
		.program = "tenon-painter",
		.width = painter->options.width,
		.height = painter->options.height,
		.format = painter->options.format,
		.len = painter->options.buffers,
		.transports = painter->options.transports,
		.best_source = painter->options.best_source,
	};
	enum status status;

	if (window_init(&painter->window, "tenon-painter") != 0) {
		return STATUS_FAILED; /* it has said why */
	}
	status = buffers_start(&painter->buffers, &painter->window, &options);
	if (status == STATUS_OK) {
		/* the CPU paints */
		status = buffers_add_device(&painter->buffers, "cpu:cpu");
	}
	for (size_t i = 0; i < painter->options.devices_len && status == STATUS_OK; i++) {
		status = buffers_add_device(&painter->buffers, painter->options.devices[i]);
	}
	return status;
}

static enum status run(struct painter *painter)
{
	enum status status = start(painter);

	if (status == STATUS_OK) {
		status = buffers_negotiate(&painter->buffers);
	}
	if (status == STATUS_OK) {
		status = painter_show(painter);
	}
	if (status == STATUS_OK) {
		status = painter_look(painter);
	}
	if (painter->buffers.client != NULL && status != STATUS_USAGE) {
		if (painter->options.json) {
			report_print_json(painter, status);
		} else {
			report_print(painter, status);
		}
	}
	if (status != STATUS_OK && painter->buffers.failure[0] != '\0') {
		fprintf(stderr, "tenon-painter: %s\n", painter->buffers.failure);
	}
	return status;
}

static void finish(struct painter *painter)
{
	buffers_finish(&painter->buffers);
	if (painter->window.display != NULL) {
		window_finish(&painter->window);
	}
}

int main(int argc, char **argv)
{
	struct painter painter = {0};
	enum status status;

	if (!options_parse(&painter.options, argc, argv, &status)) {
		return status;
	}
	status = run(&painter);
	finish(&painter);
	return status;
}
