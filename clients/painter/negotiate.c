/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "painter.h"

static enum status ask(struct painter *painter, const struct tenon_client_question *question)
{
	int err = tenon_client_negotiation_create(
		&painter->negotiation, painter->client, question, NULL, NULL);
	const char *text;

	if (err == 0) {
		err = tenon_client_negotiation_wait(painter->negotiation);
		text = tenon_client_negotiation_get_text(painter->negotiation);
	} else {
		text = NULL;
	}
	if (err == TENON_CONFLICT) {
		return painter_fail(
			painter, STATUS_CONFLICT, "%s", text != NULL ? text : "a conflict");
	}
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "the negotiation failed: %s",
			text != NULL ? text : strerror(-err));
	}
	return STATUS_OK;
}

/* Heaps were told to the compositor, and it found none among them. */
static enum status check_heap(struct painter *painter)
{
	struct tenon_ruled_out out;
	char why[400] = "";
	size_t len = 0;

	if (tenon_client_negotiation_get_heap(painter->negotiation, 0) != NULL) {
		return STATUS_OK;
	}
	for (size_t i = 0;
		tenon_client_negotiation_get_ruled_out(painter->negotiation, i, &out) == 0; i++) {
		if (strncmp(out.what, "heap ", 5) != 0 || len >= sizeof(why)) {
			continue;
		}
		len += (size_t)snprintf(why + len, sizeof(why) - len, "%s%s: %s",
			len > 0 ? "; " : "", out.what, out.why);
	}
	return painter_fail(painter, STATUS_NO_MEMORY_FITS,
		"no memory of this machine satisfies the devices%s%s", len > 0 ? ": " : "", why);
}

enum status painter_negotiate(struct painter *painter)
{
	struct tenon_client_question question = {
		.size = sizeof(question),
		.surface = painter->window.surface,
		.width = painter->options.width,
		.height = painter->options.height,
		.formats = &painter->options.format,
		.formats_len = 1,
		.participants = painter->own,
		.participants_len = painter->own_len,
		.explain = true,
	};
	struct tenon_heap_info *heaps;
	enum status status;
	int err;

	err = tenon_client_constraints_create(
		&painter->constraints, painter->client, painter->window.surface, NULL, NULL);
	if (err == 0) {
		err = tenon_client_constraints_wait(painter->constraints);
	}
	if (err != 0) {
		return painter_fail(
			painter, STATUS_FAILED, "the compositor's constraints: %s", strerror(-err));
	}
	err = tenon_context_dup_heap_infos(painter->context, &heaps, &question.heaps_len);
	if (err != 0) {
		return painter_fail(painter, STATUS_FAILED, "the heaps: %s", strerror(-err));
	}
	question.heaps = heaps;
	status = ask(painter, &question);
	free(heaps);
	return status == STATUS_OK ? check_heap(painter) : status;
}

const struct tenon_participant *painter_get_peers(const struct painter *painter, size_t *len)
{
	const struct tenon_participant *peers = NULL;
	uint32_t tranche = 0;

	*len = 0;
	if (painter->constraints == NULL) {
		return NULL;
	}
	if (painter->negotiation != NULL) {
		tranche = tenon_client_negotiation_get_tranche(painter->negotiation, NULL);
	}
	peers = tenon_client_constraints_get_tranche(painter->constraints, tranche, len, NULL);
	return peers;
}
