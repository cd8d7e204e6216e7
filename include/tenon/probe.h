/* SPDX-License-Identifier: MIT */
#ifndef TENON_PROBE_H
#define TENON_PROBE_H

/*
 * What came of trying a buffer on a device.
 *
 * A device's driver is asked in steps, a ladder: each step needs the one before, costs more and
 * tells more. What refuses a buffer says so with a stage and an errno instead of a bare EINVAL.
 * Nothing a probe does can be seen on a screen or stays behind.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>
#include <tenon/format.h>

TENON_BEGIN_DECLS

/** The steps of the ladder; a bit mask. */
enum tenon_probe_stage {
	TENON_PROBE_DMABUF = 1 << 0,      /* the fd is a dma-buf */
	TENON_PROBE_IMPORT = 1 << 1,      /* DRM: PRIME import */
	TENON_PROBE_MAP = 1 << 2,         /* DRM: MAP_DUMB, through which software GL draws */
	TENON_PROBE_FRAMEBUFFER = 1 << 3, /* DRM: ADDFB2 */
	TENON_PROBE_COMMIT = 1 << 4,      /* DRM: an atomic commit with TEST_ONLY on a plane */
	TENON_PROBE_FORMAT = 1 << 5,      /* V4L2: S_FMT takes format, size and pitch */
	TENON_PROBE_REQUEST = 1 << 6,     /* V4L2: REQBUFS for memory of others */
	TENON_PROBE_QUEUE = 1 << 7,       /* V4L2: QBUF */
	TENON_PROBE_DATA = 1 << 8,        /* what the device wrote came where it belongs */
};

/** The outcome. */
struct tenon_probe_result {
	size_t size;                    /* sizeof(struct tenon_probe_result) */
	uint32_t asked;                 /* mask of stages that were wanted */
	uint32_t passed;                /* mask of those the device went through */
	enum tenon_probe_stage refused; /* the stage that said no; 0: none did */
	int error;                      /* its negative errno; 0: none */
	/* A sentence without newline about the refusal, or about stages that could not be tried
	 * (neither passed nor refused); empty when there is nothing to say. */
	char text[256];
};

/**
 * The name of a stage as messages have it: "import", "framebuffer". A static string; "unknown" for
 * a value that is no stage. Any thread.
 */
TENON_EXPORT const char *tenon_probe_stage_get_name(enum tenon_probe_stage stage);

/**
 * The name of a result's error, such as "EINVAL" for -EINVAL. A static string; "unknown" for a
 * number that drivers do not refuse with. Any thread.
 */
TENON_EXPORT const char *tenon_probe_error_get_name(int error);

/*
 * Finding out what a device needs.
 *
 * One probe answers for one buffer. A search asks about many, which differ in one thing at a time,
 * and so learns by which rule the device refuses; then it holds that against what is believed, the
 * offer of the device table. What a driver takes is not always what the hardware needs: a rule
 * that the driver does not check cannot be found, so a table that asks for more than the driver is
 * reported and not corrected, unless the caller wants that.
 */

struct tenon_probe_report;

/** A kind of memory to ask with. */
struct tenon_probe_kind {
	const char *name;             /* the heap's, for the report */
	enum tenon_answer contiguous; /* whether memory of it is one piece; large ones, for NO */
};

/**
 * Put one question: get memory of kinds[kind] for the layout, whose one object tells how many
 * bytes, let the device try it and fill *result, as tenon_drm_device_probe() does; then let go of
 * it. Returns 0, or a negative errno that ends the search; -ENOMEM and -ENOSPC when there is no
 * memory of this kind, which does not.
 */
typedef int (*tenon_probe_ask)(void *data, const struct tenon_layout *layout, size_t kind,
	struct tenon_probe_result *result);

/** What to search. */
struct tenon_probe_search {
	size_t size;               /* sizeof(struct tenon_probe_search) */
	uint32_t format;           /* DRM fourcc; linear */
	uint32_t width, height;    /* pixels, of the picture to begin with */
	uint32_t roles;            /* mask of enum tenon_role: which alternatives are meant */
	struct tenon_offer *offer; /* what is believed; NULL: nothing. Not kept */
	const struct tenon_probe_kind *kinds; /* kinds_len of them, at least one */
	size_t kinds_len;
	tenon_probe_ask ask;
	void *data; /* of ask */
};

/** What a finding says of the value that was believed. */
enum tenon_probe_verdict {
	TENON_PROBE_CONFIRMED = 1, /* just so */
	TENON_PROBE_TOO_STRICT,    /* the device takes more */
	TENON_PROBE_TOO_LOOSE,     /* the device refuses what should do, or nobody knew */
};

/** What was found of one property. */
struct tenon_probe_finding {
	size_t size; /* sizeof(struct tenon_probe_finding) */
	enum tenon_property property;
	enum tenon_probe_verdict verdict;
	bool believed_known, found_known; /* false: no limit */
	uint64_t believed, found;         /* in the property's unit */
	/* What shows it: "framebuffer EINVAL at pitch 5464", or empty. */
	char evidence[96];
};

/** One question and its answer. */
struct tenon_probe_try {
	size_t size;      /* sizeof(struct tenon_probe_try) */
	const char *kind; /* its name. Borrowed: valid until tenon_probe_report_destroy() */
	uint32_t width, height, pitch; /* of the picture, in pixels; of plane 0, in bytes */
	uint64_t offset;               /* bytes, of the last plane */
	uint64_t bytes;                /* of the memory */
	enum tenon_answer predicted;   /* whether what is believed accepts it */
	struct tenon_probe_result result;
};

/**
 * Search: find a buffer that the device takes, then vary one thing at a time. About a hundred
 * questions.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_probe_report_destroy(). There are no findings when nothing was taken. -EINVAL when the
 * format is not known or a member makes no sense; -EOVERFLOW; -ENOMEM; or what ask returned.
 */
TENON_EXPORT int tenon_probe_search_run(
	struct tenon_probe_report **out, const struct tenon_probe_search *search);

/**
 * Release a report. NULL is a no-op.
 */
TENON_EXPORT void tenon_probe_report_destroy(struct tenon_probe_report *report);

/**
 * Number of findings.
 */
TENON_EXPORT size_t tenon_probe_report_get_findings_len(const struct tenon_probe_report *report);

/**
 * Finding i, in no particular order. The caller sets out->size.
 *
 * Returns 0 and fills *out, or -EINVAL when there is no such finding.
 */
TENON_EXPORT int tenon_probe_report_get_finding(
	const struct tenon_probe_report *report, size_t i, struct tenon_probe_finding *out);

/**
 * Number of questions.
 */
TENON_EXPORT size_t tenon_probe_report_get_tries_len(const struct tenon_probe_report *report);

/**
 * Question i, in the order they were put. The caller sets out->size.
 *
 * Returns 0 and fills *out, or -EINVAL when there is no such question.
 */
TENON_EXPORT int tenon_probe_report_get_try(
	const struct tenon_probe_report *report, size_t i, struct tenon_probe_try *out);

/**
 * Make an offer of what was believed and what was found: limits that were too loose are tightened,
 * in the alternatives that were meant, and say so in their source; those that were too strict are
 * loosened only if loosen is set. device names the offer (NULL: as the one that was believed).
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -EINVAL when there is no name; -ENOMEM.
 */
TENON_EXPORT int tenon_probe_report_create_offer(struct tenon_offer **out,
	const struct tenon_probe_report *report, const char *device, bool loosen);

TENON_END_DECLS

#endif
