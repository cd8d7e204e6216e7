/* SPDX-License-Identifier: MIT */
#ifndef TENON_BASE_LOG_H
#define TENON_BASE_LOG_H

/* Where the messages of one context go. Any thread. */

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <tenon/log.h>

struct log {
	atomic_int level;
	pthread_mutex_t mutex; /* of the two below */
	tenon_log_handler handler;
	void *data;
};

/* handler NULL: stderr. */
int log_init(struct log *log, tenon_log_handler handler, enum tenon_log_level level, void *data);
void log_finish(struct log *log);
void log_set(struct log *log, tenon_log_handler handler, enum tenon_log_level level, void *data);

/* Formats one line; longer ones are cut. Newlines become blanks, errno is kept. */
void log_write(struct log *log, enum tenon_log_level level, const char *format, ...)
	TENON_PRINTF(3, 4);
void log_vwrite(struct log *log, enum tenon_log_level level, const char *format, va_list args)
	TENON_PRINTF(3, 0);

#endif
