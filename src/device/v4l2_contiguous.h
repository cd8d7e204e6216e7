/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_V4L2_CONTIGUOUS_H
#define TENON_DEVICE_V4L2_CONTIGUOUS_H

#include "device/v4l2.h"

/*
 * Finds out whether the device takes contiguous memory only, unless that is known: a dma-buf that
 * is certainly scattered is queued and taken back. 0; -EAGAIN when it could not be found out (no
 * udmabuf, device in use, frames too small); -ENODEV; -ENOMEM.
 */
int v4l2_ask_contiguous(struct tenon_v4l2_device *device, enum tenon_v4l2_queue queue);

/* Keeps what was found out. */
void v4l2_set_contiguous(struct tenon_v4l2_device *device, enum tenon_answer answer);

#endif
