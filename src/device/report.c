/* SPDX-License-Identifier: MIT */
#include <drm_fourcc.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/search.h"

void tenon_probe_report_destroy(struct tenon_probe_report *report)
{
	if (report == NULL) {
		return;
	}
	tenon_offer_unref(report->offer);
	free(report->findings);
	free(report->tries);
	free(report->kinds);
	free(report);
}

int report_add(struct tenon_probe_report *report, enum tenon_property property,
	enum tenon_probe_verdict verdict, const uint64_t *believed, const uint64_t *found,
	const char *evidence)
{
	struct tenon_probe_finding *grown =
		realloc(report->findings, (report->findings_len + 1) * sizeof(*grown));

	if (grown == NULL) {
		return -ENOMEM;
	}
	report->findings = grown;
	grown[report->findings_len] = (struct tenon_probe_finding){
		.size = sizeof(*grown),
		.property = property,
		.verdict = verdict,
		.believed_known = believed != NULL,
		.believed = believed != NULL ? *believed : 0,
		.found_known = found != NULL,
		.found = found != NULL ? *found : 0,
	};
	snprintf(grown[report->findings_len].evidence, sizeof(grown->evidence), "%s",
		evidence != NULL ? evidence : "");
	report->findings_len++;
	return 0;
}

int report_believes(
	const struct tenon_probe_report *report, enum tenon_property property, uint64_t *value)
{
	return report->limits != NULL &&
	       tenon_limits_get(report->limits, property,
		       tenon_property_is_per_plane(property) ? 0 : TENON_PLANE_ALL, value) == 0;
}

bool report_means(
	const struct tenon_probe_report *report, const struct tenon_offer *offer, size_t i)
{
	const struct tenon_format_modifier *pairs;
	uint32_t roles;
	size_t len;

	if (tenon_offer_get_alternative(offer, i, &roles, &pairs, &len, NULL) != 0 ||
		(roles & report->roles) == 0) {
		return false;
	}
	for (size_t p = 0; p < len; p++) {
		if ((pairs[p].format == report->format || pairs[p].format == TENON_FORMAT_ANY) &&
			pairs[p].modifier == DRM_FORMAT_MOD_LINEAR) {
			return true;
		}
	}
	return false;
}

size_t tenon_probe_report_get_findings_len(const struct tenon_probe_report *report)
{
	return report->findings_len;
}

/* As much as the caller knows of; its size stays. */
static void copy_out(void *out, size_t out_size, const void *from, size_t size)
{
	memcpy((char *)out + sizeof(size_t), (const char *)from + sizeof(size_t),
		(out_size < size ? out_size : size) - sizeof(size_t));
}

int tenon_probe_report_get_finding(
	const struct tenon_probe_report *report, size_t i, struct tenon_probe_finding *out)
{
	if (i >= report->findings_len || out->size < sizeof(size_t)) {
		return -EINVAL;
	}
	copy_out(out, out->size, &report->findings[i], sizeof(*out));
	return 0;
}

size_t tenon_probe_report_get_tries_len(const struct tenon_probe_report *report)
{
	return report->tries_len;
}

int tenon_probe_report_get_try(
	const struct tenon_probe_report *report, size_t i, struct tenon_probe_try *out)
{
	if (i >= report->tries_len || out->size < sizeof(size_t)) {
		return -EINVAL;
	}
	copy_out(out, out->size, &report->tries[i], sizeof(*out));
	return 0;
}

static int set_finding(struct tenon_limits *limits, const struct tenon_probe_finding *finding)
{
	char source[112];
	int ret = tenon_limits_set(limits, finding->property, TENON_PLANE_ALL, finding->found);

	if (ret == 0) {
		snprintf(source, sizeof(source), "probed: %s", finding->evidence);
		ret = tenon_limits_set_source(limits, finding->property, source);
	}
	return ret;
}

/* A limit is taken away by making it say nothing. */
static int lift(struct tenon_limits *limits, const struct tenon_probe_finding *finding)
{
	switch (finding->property) {
	case TENON_PROP_PITCH_MULTIPLE:
	case TENON_PROP_OFFSET_ALIGN:
	case TENON_PROP_HEIGHT_ALIGN:
		return tenon_limits_set(limits, finding->property, TENON_PLANE_ALL, 1);
	case TENON_PROP_PITCH_TIGHT:
		return tenon_limits_set(limits, finding->property, TENON_PLANE_ALL, 0);
	default:
		return tenon_limits_set(limits, finding->property, TENON_PLANE_ALL, UINT32_MAX);
	}
}

static int correct(
	struct tenon_limits *limits, const struct tenon_probe_report *report, bool loosen)
{
	int ret = 0;

	for (size_t i = 0; i < report->findings_len && ret == 0; i++) {
		const struct tenon_probe_finding *finding = &report->findings[i];

		if (finding->verdict == TENON_PROBE_TOO_LOOSE ||
			(finding->verdict == TENON_PROBE_TOO_STRICT && loosen &&
				finding->found_known)) {
			ret = set_finding(limits, finding);
		} else if (finding->verdict == TENON_PROBE_TOO_STRICT && loosen) {
			ret = lift(limits, finding);
		}
	}
	return ret;
}

static int add_alternative(struct tenon_offer *offer, const struct tenon_probe_report *report,
	uint32_t roles, const struct tenon_format_modifier *pairs, size_t pairs_len,
	const struct tenon_limits *before, int loosen)
{
	struct tenon_limits *limits = NULL;
	int ret = before != NULL ? tenon_limits_dup(&limits, before) : tenon_limits_create(&limits);

	if (ret == 0 && loosen >= 0) {
		ret = correct(limits, report, loosen);
	}
	if (ret == 0) {
		ret = tenon_offer_add(offer, roles, pairs, pairs_len, limits);
	}
	tenon_limits_destroy(limits);
	return ret;
}

static int fill(struct tenon_offer *offer, const struct tenon_probe_report *report, bool loosen)
{
	const struct tenon_format_modifier pair = {report->format, DRM_FORMAT_MOD_LINEAR}, *pairs;
	const struct tenon_limits *limits;
	uint32_t roles;
	size_t len;
	int ret = 0;

	if (report->offer == NULL) {
		return add_alternative(offer, report, report->roles, &pair, 1, NULL, loosen);
	}
	for (size_t i = 0; i < tenon_offer_get_alternatives_len(report->offer) && ret == 0; i++) {
		tenon_offer_get_alternative(report->offer, i, &roles, &pairs, &len, &limits);
		ret = add_alternative(offer, report, roles, pairs, len, limits,
			report_means(report, report->offer, i) ? loosen : -1);
	}
	tenon_offer_set_coherent(offer, tenon_offer_get_coherent(report->offer));
	tenon_offer_set_dev(offer, tenon_offer_get_dev(report->offer));
	return ret;
}

int tenon_probe_report_create_offer(struct tenon_offer **out,
	const struct tenon_probe_report *report, const char *device, bool loosen)
{
	struct tenon_offer *offer = NULL;
	int ret;

	if (device == NULL) {
		device = report->offer != NULL ? tenon_offer_get_device(report->offer) : "";
	}
	ret = tenon_offer_create(&offer, device);
	if (ret == 0) {
		ret = fill(offer, report, loosen);
	}
	if (ret == 0) {
		*out = offer;
	} else {
		tenon_offer_unref(offer);
	}
	return ret;
}
