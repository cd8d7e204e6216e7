/* SPDX-License-Identifier: MIT */
#ifndef TENON_TEST_FDS_H
#define TENON_TEST_FDS_H

/* The number of this process' open file descriptors. */
int test_count_fds(void);

/* Prints each open file descriptor and what it stands for to stderr. */
void test_print_fds(void);

#endif
