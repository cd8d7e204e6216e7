/* SPDX-License-Identifier: MIT */
#ifndef TENON_DEVICE_H
#define TENON_DEVICE_H

/*
 * The device table: what drivers need of a buffer, as far as it is known, from files.
 *
 * One entry is one driver, or one variant of it; its offer is what tenon_merge_create() and
 * tenon_plan_create() take. Threads: a table may be used by one thread at a time; one that is no
 * longer changed may be read by any number of threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/config.h>
#include <tenon/constraint.h>

TENON_BEGIN_DECLS

struct tenon_device_table;
struct tenon_device_entry;

/** What is known of the device at hand that its driver's name does not tell. */
enum tenon_iommu {
	TENON_IOMMU_UNKNOWN = 0, /* as none: what an IOMMU would lift holds */
	TENON_IOMMU_NONE,        /* none, or one that only passes addresses through */
	TENON_IOMMU_TRANSLATES,  /* lifts what tenon_device_entry_is_lifted_by_iommu() names */
};

/**
 * Create an empty table.
 *
 * The caller owns the result and must release it with tenon_device_table_destroy(). Returns 0 or
 * -ENOMEM.
 */
TENON_EXPORT int tenon_device_table_create(struct tenon_device_table **out);

/**
 * Load the usual tables, each device from the last that has it: Tenon's own devices.ini; in the
 * system's configuration directory (/etc/tenon) devices.ini, then every .ini file of devices.d in
 * byte order; the files the settings name; those of $TENON_DEVICE_TABLE (separated by colons). The
 * variable is not looked at in programs that run with more rights than their user. config may be
 * NULL: no settings. error may be NULL.
 *
 * Returns 0 and writes *out, ownership as tenon_device_table_create(). -EBADMSG or -EFBIG when a
 * file is malformed, and *error says what; a negative errno when a file that the settings or the
 * variable name, or Tenon's own, cannot be read, as *error says, too; -ENOMEM.
 */
TENON_EXPORT int tenon_device_table_load(struct tenon_device_table **out,
	const struct tenon_config *config, struct tenon_text_error *error);

/**
 * Release a table and its entries. NULL is a no-op.
 */
TENON_EXPORT void tenon_device_table_destroy(struct tenon_device_table *table);

/**
 * Add the devices of a file; those the table has already are replaced, which ends the life of
 * their entries. On failure the table stays as it was. error may be NULL.
 *
 * Returns 0; -EBADMSG or -EFBIG when the file is malformed, and *error says what; a negative errno
 * when it cannot be read, as *error says, too; -ENOMEM.
 */
TENON_EXPORT int tenon_device_table_add_file(
	struct tenon_device_table *table, const char *path, struct tenon_text_error *error);

/**
 * Add the devices of a text, which errors call name (NULL: "text"). As
 * tenon_device_table_add_file().
 */
TENON_EXPORT int tenon_device_table_add_text(struct tenon_device_table *table, const char *text,
	size_t len, const char *name, struct tenon_text_error *error);

/**
 * Write the whole table as text that tenon_device_table_add_text() reads back.
 *
 * Returns 0 and writes *out, a terminated string: the caller owns it and must release it with
 * free(). -ENOMEM.
 */
TENON_EXPORT int tenon_device_table_to_text(char **out, const struct tenon_device_table *table);

/**
 * Number of entries.
 */
TENON_EXPORT size_t tenon_device_table_get_len(const struct tenon_device_table *table);

/**
 * Entry i, in byte order of names; NULL when there is no such entry. Borrowed: valid until the
 * table changes.
 */
TENON_EXPORT const struct tenon_device_entry *tenon_device_table_get(
	const struct tenon_device_table *table, size_t i);

/**
 * The entry of a name, or NULL. Borrowed: valid until the table changes.
 */
TENON_EXPORT const struct tenon_device_entry *tenon_device_table_find(
	const struct tenon_device_table *table, const char *name);

/**
 * The entry for a driver on a bus ("drm", "v4l2"; NULL: any): the one that has the driver's name
 * if there is one, else the first that is for this driver, else NULL. Borrowed: valid until the
 * table changes.
 */
TENON_EXPORT const struct tenon_device_entry *tenon_device_table_find_driver(
	const struct tenon_device_table *table, const char *bus, const char *driver);

/**
 * A name in the table that resembles one that is not, for "did you mean"; NULL when none does.
 * Borrowed: valid until the table changes.
 */
TENON_EXPORT const char *tenon_device_table_suggest(
	const struct tenon_device_table *table, const char *name);

/**
 * Read a device as people write one: "NAME" or "NAME:ROLE[+ROLE]", where NAME is an entry's or a
 * driver's name and each ROLE one that the entry offers. *roles is a mask of enum tenon_role as
 * struct tenon_participant has it: 0 without roles and for "any".
 *
 * Returns 0 and writes *entry, borrowed until the table changes, and *roles. -ENOENT when the table
 * has no such device; -EINVAL when there is no such role, when the device does not offer it, or
 * when text is no device at all. In both cases error->key is the word that is wrong and error->text
 * says what is, with the name that may be meant; file and line are empty. error may be NULL.
 */
TENON_EXPORT int tenon_device_table_parse_device(const struct tenon_device_table *table,
	const char *text, const struct tenon_device_entry **entry, uint32_t *roles,
	struct tenon_text_error *error);

/**
 * Read a list of such devices, separated by commas or blanks, into an array with room for max. An
 * empty list is fine; a name with a comma or a blank in it cannot stand in a list.
 *
 * Returns 0, fills in participants and writes *len: the caller owns each offer and must release it
 * with tenon_offer_unref(). -E2BIG when there are more than max, as *error says; otherwise as
 * tenon_device_table_parse_device(); -ENOMEM. On failure nothing is left in the array.
 */
TENON_EXPORT int tenon_device_table_parse_devices(const struct tenon_device_table *table,
	const char *text, struct tenon_participant *participants, size_t max, size_t *len,
	struct tenon_text_error *error);

/**
 * The entry's name, unique in its table.
 */
TENON_EXPORT const char *tenon_device_entry_get_name(const struct tenon_device_entry *entry);

/**
 * The driver's name as DRM_IOCTL_VERSION or VIDIOC_QUERYCAP tells it; the entry's name unless the
 * entry is a variant.
 */
TENON_EXPORT const char *tenon_device_entry_get_driver(const struct tenon_device_entry *entry);

/**
 * The bus: "drm", "v4l2", or another word the table uses.
 */
TENON_EXPORT const char *tenon_device_entry_get_bus(const struct tenon_device_entry *entry);

/**
 * One line that says what the device is; may be empty, never NULL.
 */
TENON_EXPORT const char *tenon_device_entry_get_description(const struct tenon_device_entry *entry);

/**
 * What is known and cannot be said with limits; may be empty, never NULL.
 */
TENON_EXPORT const char *tenon_device_entry_get_note(const struct tenon_device_entry *entry);

/**
 * The file or text the entry comes from.
 */
TENON_EXPORT const char *tenon_device_entry_get_origin(const struct tenon_device_entry *entry);

/**
 * The offer as the table has it: nothing lifted. Borrowed: valid until the table changes; take a
 * reference to keep it longer.
 */
TENON_EXPORT struct tenon_offer *tenon_device_entry_get_offer(
	const struct tenon_device_entry *entry);

/**
 * Make an offer of the entry for a device at hand. name is what the device is called in merges and
 * messages; NULL is the entry's name.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -EINVAL on an empty name; -ENOMEM.
 */
TENON_EXPORT int tenon_device_entry_create_offer(struct tenon_offer **out,
	const struct tenon_device_entry *entry, const char *name, enum tenon_iommu iommu);

/**
 * Whether an IOMMU that translates lifts this limit of the device: with one the device sees
 * scattered memory as contiguous, for example.
 */
TENON_EXPORT bool tenon_device_entry_is_lifted_by_iommu(
	const struct tenon_device_entry *entry, enum tenon_property property);

TENON_END_DECLS

#endif
