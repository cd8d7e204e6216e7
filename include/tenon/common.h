/* SPDX-License-Identifier: MIT */
#ifndef TENON_COMMON_H
#define TENON_COMMON_H

/*
 * What every public header of Tenon needs: version, export and attribute macros, and the one
 * positive result code.
 */

#define TENON_VERSION_MAJOR 0
#define TENON_VERSION_MINOR 1
#define TENON_VERSION_PATCH 0

/** True when the headers are of version major.minor or newer. */
#define TENON_VERSION_AT_LEAST(major, minor) \
	(TENON_VERSION_MAJOR > (major) || \
		(TENON_VERSION_MAJOR == (major) && TENON_VERSION_MINOR >= (minor)))

#ifdef __cplusplus
#define TENON_BEGIN_DECLS extern "C" {
#define TENON_END_DECLS }
#else
#define TENON_BEGIN_DECLS
#define TENON_END_DECLS
#endif

#if defined(__GNUC__) || defined(__clang__)
/** Marks a function as part of the library's interface. */
#define TENON_EXPORT __attribute__((visibility("default")))
/** The function takes a printf format as parameter fmt, its arguments from parameter first on. */
#define TENON_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#else
#define TENON_EXPORT
#define TENON_PRINTF(fmt, first)
#endif

/**
 * The result "cannot be satisfied": not a failure, but an answer whose reason is in the conflict
 * object that the same call hands out. Functions return 0, TENON_CONFLICT or a negative errno.
 */
#define TENON_CONFLICT 1

TENON_BEGIN_DECLS

/**
 * The version of the library that runs, which may be newer than the headers.
 *
 * @return "major.minor.patch". Borrowed: valid as long as the library is loaded; do not free.
 *
 * May be called from any thread.
 */
TENON_EXPORT const char *tenon_version(void);

TENON_END_DECLS

#endif
