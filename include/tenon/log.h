/* SPDX-License-Identifier: MIT */
#ifndef TENON_LOG_H
#define TENON_LOG_H

/*
 * Messages of the library. They belong to a context (context.h): there is no global state.
 */

#include <tenon/common.h>

TENON_BEGIN_DECLS

/** How much a message matters; each level includes those before it. */
enum tenon_log_level {
	TENON_LOG_ERROR = 0,   /* something failed or was misused; the call also says so */
	TENON_LOG_WARNING = 1, /* it works, but not as well as it could */
	TENON_LOG_INFO = 2,    /* decisions: plans, heaps, moves */
	TENON_LOG_DEBUG = 3,   /* every step */
};

/**
 * A program's own message handler. It is called with one line without a newline, from whatever
 * thread the message comes from, and must not call back into the object that the message is about.
 * errno is kept for the caller.
 */
typedef void (*tenon_log_handler)(void *data, enum tenon_log_level level, const char *text);

TENON_END_DECLS

#endif
