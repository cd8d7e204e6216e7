/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FAKE_UDEV_H
#define TENON_TEST_FAKE_UDEV_H

/*
 * Events of devices, for machines on which none come. Link udev.c into a test: it takes the place
 * of libudev's monitor.
 */

#include <sys/types.h>

/* An event as libudev hands it out; NULL is what it does not tell. The texts must live on. */
struct fake_udev_event {
	const char *action, *subsystem, *name, *folder, *node;
	dev_t dev;
	int error; /* instead of an event, receiving fails with this errno */
};

/* It comes after those that came before. */
void fake_udev_send(const struct fake_udev_event *event);

/* The source that was asked for, "udev" or "kernel", and the subsystems, with a blank after each.
 */
const char *fake_udev_source(void);
const char *fake_udev_filter(void);

/* The next call of this function fails: "udev_new", ... */
void fake_udev_fail(const char *function, int error);

/* How many objects of libudev live. */
int fake_udev_live(void);

#endif
