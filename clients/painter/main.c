/* SPDX-License-Identifier: MIT */

/*
 * tenon-painter: negotiates a buffer with the compositor, paints a test card into it between
 * prepare and finish, and shows it.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "painter.h"

/* The connection, the client, the heaps and the devices. */
static enum status start(struct painter *painter)
{
	const struct tenon_client_options options = {
		.size = sizeof(options), .best_source = painter->options.best_source};
	int err = window_init(&painter->window, "tenon-painter");

	if (err != 0) {
		return STATUS_FAILED; /* it has said why */
	}
	if ((painter->window.configured_width > 0 &&
		    painter->options.width > (uint32_t)painter->window.configured_width) ||
		(painter->window.configured_height > 0 &&
			painter->options.height > (uint32_t)painter->window.configured_height)) {
		/* a shell that shows windows whole does not take larger ones */
		return painter_fail(painter, STATUS_FAILED,
			"%ux%u is larger than what the compositor has for it, %dx%d",
			painter->options.width, painter->options.height,
			painter->window.configured_width, painter->window.configured_height);
	}
	err = tenon_client_create(&painter->client, painter->window.display, &options);
	if (err != 0) {
		fprintf(stderr, "tenon-painter: the compositor: %s\n", strerror(-err));
		return STATUS_FAILED;
	}
	err = tenon_context_create(&painter->context, NULL);
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "no context: %s", strerror(-err));
	}
	return devices_find(painter);
}

static enum status run(struct painter *painter)
{
	enum status status = start(painter);

	if (status == STATUS_OK) {
		status = painter_negotiate(painter);
	}
	if (status == STATUS_OK) {
		status = painter_show(painter);
	}
	if (status == STATUS_OK) {
		status = painter_look(painter);
	}
	if (painter->client != NULL && status != STATUS_USAGE) {
		if (painter->options.json) {
			report_print_json(painter, status);
		} else {
			report_print(painter, status);
		}
	}
	if (status != STATUS_OK && painter->failure[0] != '\0') {
		fprintf(stderr, "tenon-painter: %s\n", painter->failure);
	}
	return status;
}

static void finish(struct painter *painter)
{
	painter_finish_show(painter);
	tenon_client_negotiation_destroy(painter->negotiation);
	tenon_client_constraints_destroy(painter->constraints);
	for (size_t i = 0; i < painter->own_len; i++) {
		tenon_offer_unref(painter->own[i].offer);
	}
	tenon_context_unref(painter->context);
	tenon_client_destroy(painter->client);
	if (painter->window.display != NULL) {
		window_finish(&painter->window);
	}
}

int main(int argc, char **argv)
{
	struct painter painter = {0};
	enum status status;
	bool done;

	status = options_parse(&painter.options, argc, argv, &done);
	if (status != STATUS_OK || done) {
		return status;
	}
	status = run(&painter);
	finish(&painter);
	return status;
}
