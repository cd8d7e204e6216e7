/* SPDX-License-Identifier: MIT */
#ifndef TENON_CONFIG_H
#define TENON_CONFIG_H

/*
 * Text forms: offers and limits as INI text, and the settings file tenon.ini.
 *
 * The text of an offer is a section for the device and one for each alternative:
 *
 *	[device vc4]
 *	coherent = no
 *
 *	[alternative]
 *	roles = scanout
 *	formats = XRGB8888 RGB565
 *	modifiers = LINEAR
 *	pitch-max = 8K
 *	address-max = 0x3fffffff
 *	address-max.source = bcm2711.dtsi:45
 *	height-align[1] = unknown
 *
 * tenon-devices(5) describes it whole. Text is input from outside: its size, its lines and every
 * count are bounded, and what is wrong with it is told by file, line, key and what was expected.
 *
 * Threads: an object may be used by one thread at a time; settings are not changed once loaded and
 * may be read by any number of threads.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tenon/common.h>
#include <tenon/constraint.h>

TENON_BEGIN_DECLS

/** Greatest size of a text, in bytes. */
#define TENON_TEXT_MAX (1u << 20)

/** Greatest length of a line, in bytes, without its end. Keys that take more may be repeated. */
#define TENON_TEXT_LINE_MAX 190

/** What is wrong with a text, and where. Written only when a function fails because of a text. */
struct tenon_text_error {
	size_t size;        /* sizeof(struct tenon_text_error), set by the caller */
	unsigned line;      /* from 1; 0: the text as a whole */
	char file[256];     /* the text's name, cut when longer */
	char key[64];       /* key or [section]; empty: the line or the text as a whole */
	char expected[192]; /* "a number of bytes above 0, or unknown" */
	char text[768];     /* all of it: "FILE:LINE: KEY: expected ..., found ..." */
};

struct tenon_config;

/**
 * Read the offer in a text. The text holds exactly one device. name is what the text is called in
 * errors; NULL is "text". error may be NULL.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_offer_unref(). -EBADMSG when the text is malformed, and *error says what; -EFBIG when it is
 * longer than TENON_TEXT_MAX, as *error says, too; -ENOMEM.
 */
TENON_EXPORT int tenon_offer_from_text(struct tenon_offer **out, const char *text, size_t len,
	const char *name, struct tenon_text_error *error);

/**
 * Write an offer as text, in one fixed order and spelling: equal offers give equal texts, and
 * tenon_offer_from_text() gives the offer back.
 *
 * Returns 0 and writes *out, a terminated string: the caller owns it and must release it with
 * free(). -EINVAL when a name cannot be written (a device's over 40 bytes, or with a byte that is
 * not printable ASCII or one of "[];"; a heap's with a blank); -E2BIG when there is more of
 * something than a text may hold; -ENOMEM.
 */
TENON_EXPORT int tenon_offer_to_text(char **out, const struct tenon_offer *offer);

/**
 * Read limits from a text: lines "property = value" without a section. Otherwise as
 * tenon_offer_from_text(); the caller must release the result with tenon_limits_destroy().
 */
TENON_EXPORT int tenon_limits_from_text(struct tenon_limits **out, const char *text, size_t len,
	const char *name, struct tenon_text_error *error);

/**
 * Write limits as text that tenon_limits_from_text() reads. Otherwise as tenon_offer_to_text().
 */
TENON_EXPORT int tenon_limits_to_text(char **out, const struct tenon_limits *limits);

/**
 * Write one value as texts spell it: "64", "0x3fffffff", "yes", "cached uncached", "unknown".
 * Always terminated when size > 0. For properties that take names, use tenon_limits_get_heaps().
 *
 * Returns 0; -ENOENT when the property is unconstrained; -EINVAL as tenon_limits_get().
 */
TENON_EXPORT int tenon_limits_print_value(char *text, size_t size,
	const struct tenon_limits *limits, enum tenon_property property, uint32_t plane);

/**
 * The name of one role (a single bit of enum tenon_role) as texts write it: "scanout".
 *
 * Returns a static string, or NULL when there is no such role. Any thread.
 */
TENON_EXPORT const char *tenon_role_get_name(enum tenon_role role);

/**
 * The role of a name; "any" is TENON_ROLE_ANY.
 *
 * Returns 0 and writes *roles, or -ENOENT. Any thread.
 */
TENON_EXPORT int tenon_role_from_name(uint32_t *roles, const char *name);

/**
 * Load the settings. path is a file; NULL is the usual one: $TENON_CONFIG when set, else tenon.ini
 * in the system's configuration directory (/etc/tenon). Without the usual file, and with an empty
 * $TENON_CONFIG, all settings have their defaults. The environment is not looked at in programs
 * that run with more rights than their user (setuid). error may be NULL.
 *
 * Returns 0 and writes *out: the caller owns the result and must release it with
 * tenon_config_destroy(). -EBADMSG or -EFBIG when the file is malformed, and *error says what;
 * -ENOENT and other negative errno when a file that was named cannot be read, as *error says, too;
 * -ENOMEM.
 */
TENON_EXPORT int tenon_config_load(
	struct tenon_config **out, const char *path, struct tenon_text_error *error);

/**
 * Read settings from a text. Otherwise as tenon_offer_from_text(); the caller must release the
 * result with tenon_config_destroy().
 */
TENON_EXPORT int tenon_config_from_text(struct tenon_config **out, const char *text, size_t len,
	const char *name, struct tenon_text_error *error);

/**
 * Release settings. NULL is a no-op.
 */
TENON_EXPORT void tenon_config_destroy(struct tenon_config *config);

/**
 * Write settings as text that tenon_config_from_text() reads back. Otherwise as
 * tenon_offer_to_text().
 */
TENON_EXPORT int tenon_config_to_text(char **out, const struct tenon_config *config);

/**
 * The file the settings come from, or NULL when all are defaults. Borrowed: valid until
 * tenon_config_destroy().
 */
TENON_EXPORT const char *tenon_config_get_path(const struct tenon_config *config);

/**
 * How much is to be logged: 0 errors, 1 also warnings, 2 also information, 3 all. The default is 0;
 * $TENON_DEBUG is not looked at here.
 */
TENON_EXPORT int tenon_config_get_debug(const struct tenon_config *config);

/**
 * The directory of dma-heap nodes. The default is "/dev/dma_heap". Borrowed: valid until
 * tenon_config_destroy().
 */
TENON_EXPORT const char *tenon_config_get_heap_directory(const struct tenon_config *config);

/**
 * What dma-heap nodes are to be called: "NODE=NAME" pairs separated by commas, as
 * tenon_heaps_options.dma_heap_aliases; NULL when the settings name none. Borrowed: valid until
 * tenon_config_destroy().
 */
TENON_EXPORT const char *tenon_config_get_heap_aliases(const struct tenon_config *config);

/**
 * The heaps to open, in this order: names separated by commas, as tenon_heaps_options.names; NULL
 * when the settings leave it to the default. Borrowed: valid until tenon_config_destroy().
 */
TENON_EXPORT const char *tenon_config_get_heap_names(const struct tenon_config *config);

/**
 * Whether a heap may be used. Heaps nobody mentioned may.
 */
TENON_EXPORT bool tenon_config_is_heap_enabled(const struct tenon_config *config, const char *name);

/**
 * The scarcity the settings give a heap in place of its own.
 *
 * Returns 0 and writes *scarcity, or -ENOENT when they give none.
 */
TENON_EXPORT int tenon_config_get_heap_scarcity(
	const struct tenon_config *config, const char *name, uint32_t *scarcity);

/**
 * Where the settings say that all memory of a heap lies: the lowest and the highest address, both
 * included. They know what a heap cannot tell, such as where a board's kernel has its CMA area.
 *
 * Returns 0 and writes *lowest and *highest, or -ENOENT when they say nothing.
 */
TENON_EXPORT int tenon_config_get_heap_addresses(
	const struct tenon_config *config, const char *name, uint64_t *lowest, uint64_t *highest);

/**
 * Files of device tables to be read after the usual ones.
 *
 * Returns a NULL-terminated array, or NULL when there are none. Borrowed: valid until
 * tenon_config_destroy().
 */
TENON_EXPORT const char *const *tenon_config_get_device_tables(const struct tenon_config *config);

/**
 * Devices that a program's buffers must fit, beside those it names itself: those of section
 * [program NAME], else those of [program *]. program is a program's name without its path; NULL
 * is the calling program's.
 *
 * Returns a NULL-terminated array, or NULL when there are none. Borrowed: valid until
 * tenon_config_destroy().
 */
TENON_EXPORT const char *const *tenon_config_get_program_devices(
	const struct tenon_config *config, const char *program);

TENON_END_DECLS

#endif
