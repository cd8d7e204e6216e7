/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffers.h"

static enum status ask(struct buffers *buffers, const struct tenon_client_question *question)
{
	int err = tenon_client_negotiation_create(
		&buffers->negotiation, buffers->client, question, NULL, NULL);
	const char *text;

	if (err == 0) {
		err = tenon_client_negotiation_wait(buffers->negotiation);
		text = tenon_client_negotiation_get_text(buffers->negotiation);
	} else {
		text = NULL;
	}
	if (err == TENON_CONFLICT) {
		return buffers_fail(
			buffers, STATUS_CONFLICT, "%s", text != NULL ? text : "a conflict");
	}
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the negotiation failed: %s",
			text != NULL ? text : strerror(-err));
	}
	return STATUS_OK;
}

/* Heaps were told to the compositor, and it found none among them. */
static enum status check_heap(struct buffers *buffers)
{
	struct tenon_ruled_out out;
	char why[400] = "";
	size_t len = 0;

	if (tenon_client_negotiation_get_heap(buffers->negotiation, 0) != NULL) {
		return STATUS_OK;
	}
	for (size_t i = 0;
		tenon_client_negotiation_get_ruled_out(buffers->negotiation, i, &out) == 0; i++) {
		if (strncmp(out.what, "heap ", 5) != 0 || len >= sizeof(why)) {
			continue;
		}
		len += (size_t)snprintf(why + len, sizeof(why) - len, "%s%s: %s",
			len > 0 ? "; " : "", out.what, out.why);
	}
	return buffers_fail(buffers, STATUS_NO_MEMORY_FITS,
		"no memory of this machine satisfies the devices%s%s", len > 0 ? ": " : "", why);
}

/* Heaps that give no dma-bufs do not count where the buffers are to be some. */
static size_t keep_heaps(const struct buffers *buffers, struct tenon_heap_info *heaps, size_t len)
{
	size_t kept = 0;

	for (size_t i = 0; i < len; i++) {
		if (heaps[i].dmabuf || (buffers->options.flags & TENON_BUFFER_DMABUF) == 0) {
			heaps[kept++] = heaps[i];
		}
	}
	return kept;
}

enum status buffers_negotiate(struct buffers *buffers)
{
	struct tenon_client_question question = {
		.size = sizeof(question),
		.surface = buffers->window->surface,
		.width = buffers->options.width,
		.height = buffers->options.height,
		.formats = &buffers->options.format,
		.formats_len = 1,
		.participants = buffers->own,
		.participants_len = buffers->own_len,
		.explain = true,
	};
	struct tenon_heap_info *heaps;
	enum status status;
	int err;

	err = tenon_client_constraints_create(
		&buffers->constraints, buffers->client, buffers->window->surface, NULL, NULL);
	if (err == 0) {
		err = tenon_client_constraints_wait(buffers->constraints);
	}
	if (err != 0) {
		return buffers_fail(
			buffers, STATUS_FAILED, "the compositor's constraints: %s", strerror(-err));
	}
	err = tenon_context_dup_heap_infos(buffers->context, &heaps, &question.heaps_len);
	if (err != 0) {
		return buffers_fail(buffers, STATUS_FAILED, "the heaps: %s", strerror(-err));
	}
	question.heaps = heaps;
	question.heaps_len = keep_heaps(buffers, heaps, question.heaps_len);
	if (buffers->options.formats_len > 0) {
		question.formats = buffers->options.formats;
		question.formats_len = buffers->options.formats_len;
	}
	status = ask(buffers, &question);
	free(heaps);
	if (status == STATUS_OK) {
		buffers->options.format = tenon_format_get_fourcc(tenon_layout_get_format(
			tenon_client_negotiation_get_layout(buffers->negotiation)));
	}
	return status == STATUS_OK ? check_heap(buffers) : status;
}

const struct tenon_participant *buffers_get_peers(const struct buffers *buffers, size_t *len)
{
	const struct tenon_participant *peers = NULL;
	uint32_t tranche = 0;

	*len = 0;
	if (buffers->constraints == NULL) {
		return NULL;
	}
	if (buffers->negotiation != NULL) {
		tranche = tenon_client_negotiation_get_tranche(buffers->negotiation, NULL);
	}
	peers = tenon_client_constraints_get_tranche(buffers->constraints, tranche, len, NULL);
	return peers;
}
