/* SPDX-License-Identifier: MIT */
#include "wayland/wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int wire_put_pairs(
	struct wl_array *out, const struct tenon_format_modifier *pairs, size_t pairs_len)
{
	char *at;

	if (pairs_len == 0) {
		return 0;
	}
	at = wl_array_add(out, pairs_len * sizeof(struct wire_pair));
	if (at == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < pairs_len; i++, at += sizeof(struct wire_pair)) {
		const struct wire_pair entry = {pairs[i].format, 0, pairs[i].modifier};

		memcpy(at, &entry, sizeof(entry)); /* may not be aligned for 64 bits */
	}
	return 0;
}

/* Reads len entries; false when one is malformed. */
static bool read_pairs(struct tenon_format_modifier *out, const void *data, size_t len)
{
	const char *at = data;

	for (size_t i = 0; i < len; i++, at += sizeof(struct wire_pair)) {
		struct wire_pair entry;

		memcpy(&entry, at, sizeof(entry)); /* may not be aligned for 64 bits */
		if (entry.padding != 0) {
			return false;
		}
		out[i].format = entry.format;
		out[i].modifier = entry.modifier;
	}
	return true;
}

int wire_get_pairs(struct wl_array *out, const void *data, size_t size)
{
	size_t len = size / sizeof(struct wire_pair);
	struct tenon_format_modifier *pairs;
	size_t before = out->size;

	if (len == 0 || size % sizeof(struct wire_pair) != 0) {
		return -EPROTO;
	}
	if (len > WIRE_PAIRS_MAX) {
		return -E2BIG;
	}
	pairs = wl_array_add(out, len * sizeof(*pairs));
	if (pairs == NULL) {
		return -ENOMEM;
	}
	if (!read_pairs(pairs, data, len)) {
		out->size = before;
		return -EPROTO;
	}
	return 0;
}

int wire_table_parse(
	struct tenon_format_modifier **out, size_t *out_len, const void *data, size_t size)
{
	size_t len = size / sizeof(struct wire_pair);
	struct tenon_format_modifier *pairs = NULL;

	if (size % sizeof(struct wire_pair) != 0) {
		return -EPROTO;
	}
	if (len > WIRE_TABLE_MAX) {
		return -E2BIG;
	}
	if (len > 0) {
		pairs = calloc(len, sizeof(*pairs));
		if (pairs == NULL) {
			return -ENOMEM;
		}
		if (!read_pairs(pairs, data, len)) {
			free(pairs);
			return -EPROTO;
		}
	}
	*out = pairs;
	*out_len = len;
	return 0;
}

/* Copies size bytes from the start of the file, without moving its offset. */
static int read_all(void *data, int fd, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)data + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return -EPROTO;
		}
		done += (size_t)n;
	}
	return 0;
}

int wire_table_read(struct tenon_format_modifier **out, size_t *out_len, int fd, uint32_t size)
{
	/* only memfds and their like know seals: nothing behind them can make a read wait */
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;
	void *data;
	int err;

	if (size > WIRE_TABLE_MAX * sizeof(struct wire_pair)) {
		return -E2BIG;
	}
	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 ||
		(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)) == 0) {
		return -EPROTO;
	}
	if (fstat(fd, &st) != 0 || st.st_size < (off_t)size) {
		return -EPROTO;
	}
	data = malloc(size > 0 ? size : 1);
	if (data == NULL) {
		return -ENOMEM;
	}
	err = read_all(data, fd, size);
	if (err == 0) {
		err = wire_table_parse(out, out_len, data, size);
	}
	free(data);
	return err;
}

static int write_all(int fd, const void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(fd, (const char *)data + done, size - done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : -ENOSPC;
		}
		done += (size_t)n;
	}
	return 0;
}

int wire_table_create(int *fd, const struct tenon_format_modifier *pairs, size_t pairs_len)
{
	struct wl_array data;
	int memfd;
	int err;

	if (pairs_len > WIRE_TABLE_MAX) {
		return -E2BIG;
	}
	wl_array_init(&data);
	err = wire_put_pairs(&data, pairs, pairs_len);
	if (err != 0) {
		goto out;
	}
	memfd = memfd_create("tenon-formats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0) {
		err = -errno;
		goto out;
	}
	err = write_all(memfd, data.data, data.size);
	if (err == 0 && fcntl(memfd, F_ADD_SEALS,
				F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
		err = -errno;
	}
	if (err != 0) {
		close(memfd);
		goto out;
	}
	*fd = memfd;
out:
	wl_array_release(&data);
	return err;
}
