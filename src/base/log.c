/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static void to_stderr(void *data, enum tenon_log_level level, const char *text)
{
	static const char *const names[] = {
		[TENON_LOG_ERROR] = "error",
		[TENON_LOG_WARNING] = "warning",
		[TENON_LOG_INFO] = "info",
		[TENON_LOG_DEBUG] = "debug",
	};

	fprintf(stderr, "tenon: %s: %s\n", names[level], text);
}

static int level_clamp(enum tenon_log_level level)
{
	int value = (int)level;

	if (value < TENON_LOG_ERROR) {
		return TENON_LOG_ERROR;
	}
	return value > TENON_LOG_DEBUG ? TENON_LOG_DEBUG : value;
}

int log_init(struct log *log, tenon_log_handler handler, enum tenon_log_level level, void *data)
{
	atomic_init(&log->level, level_clamp(level));
	log->handler = handler != NULL ? handler : to_stderr;
	log->data = data;
	return -pthread_mutex_init(&log->mutex, NULL);
}

void log_finish(struct log *log)
{
	pthread_mutex_destroy(&log->mutex);
}

void log_set(struct log *log, tenon_log_handler handler, enum tenon_log_level level, void *data)
{
	pthread_mutex_lock(&log->mutex);
	log->handler = handler != NULL ? handler : to_stderr;
	log->data = data;
	atomic_store(&log->level, level_clamp(level));
	pthread_mutex_unlock(&log->mutex);
}

void log_vwrite(struct log *log, enum tenon_log_level level, const char *format, va_list args)
{
	int saved = errno;
	tenon_log_handler handler;
	char text[2048];
	void *data;

	if (level_clamp(level) > atomic_load_explicit(&log->level, memory_order_relaxed)) {
		return;
	}
	/* The caller may format %m. */
	errno = saved;
	vsnprintf(text, sizeof(text), format, args);
	for (char *c = strchr(text, '\n'); c != NULL; c = strchr(c, '\n')) {
		*c = ' ';
	}
	/* The handler runs without the lock, so that it may set another handler. */
	pthread_mutex_lock(&log->mutex);
	handler = log->handler;
	data = log->data;
	pthread_mutex_unlock(&log->mutex);
	handler(data, (enum tenon_log_level)level_clamp(level), text);
	errno = saved;
}

void log_write(struct log *log, enum tenon_log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vwrite(log, level, format, args);
	va_end(args);
}
