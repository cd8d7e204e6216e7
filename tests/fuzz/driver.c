/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target over its corpus and over mutations of it, as a TAP program; what makes it
 * crash is kept as a file.
 *
 *	fuzz_what FOLDER [RUNS [SEED]]		a corpus and how often to mutate
 *	fuzz_what FILE				one input, in this process, for a debugger
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

enum {
	INPUT_MAX = 1 << 16,
	CORPUS_MAX = 512,
	RUNS = 5000,
	HANG_S = 10,
};

struct input {
	size_t size;
	uint8_t data[INPUT_MAX];
};

static struct input *corpus[CORPUS_MAX];
static size_t corpus_len;
/* Shared with the process that runs the target, so that it outlives a crash. */
static struct input *current;
static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 32) % n;
}

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static struct input *read_input(const char *path)
{
	struct input *input = calloc(1, sizeof(*input));
	FILE *file = fopen(path, "r");

	if (input == NULL || file == NULL) {
		die(path);
	}
	input->size = fread(input->data, 1, sizeof(input->data), file);
	fclose(file);
	return input;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_corpus(const char *folder)
{
	struct dirent **entries;
	int len = scandir(folder, &entries, NULL, by_name);
	char path[4096];

	if (len < 0) {
		die(folder);
	}
	for (int i = 0; i < len; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.' && corpus_len < CORPUS_MAX) {
			corpus[corpus_len++] = read_input(path);
		}
		free(entries[i]);
	}
	free(entries);
}

/* The target gets an allocation of exactly the input's size: sanitizers see a read past its end. */
static void run_current(void)
{
	uint8_t *copy = malloc(current->size > 0 ? current->size : 1);

	if (copy == NULL) {
		die("malloc");
	}
	memcpy(copy, current->data, current->size);
	alarm(HANG_S);
	fuzz_one(copy, current->size);
	alarm(0);
	free(copy);
}

static void set_size(size_t size)
{
	current->size = size < INPUT_MAX ? size : INPUT_MAX;
}

static void insert(size_t at, const uint8_t *bytes, size_t len)
{
	if (current->size + len > INPUT_MAX) {
		return;
	}
	memmove(current->data + at + len, current->data + at, current->size - at);
	memcpy(current->data + at, bytes, len);
	set_size(current->size + len);
}

static void insert_interesting(size_t at)
{
	static const char *const words[] = {"0", "-1", "4294967296", "18446744073709551615",
		"99999999999999999999", "0x", "\n", "\n\n", "[", "]", "=", ":", ";", "#", ",", " ",
		"%", "%s%n", "\xff", "\xc3\x28", "unknown", "any", "..", "/", "*", "(", ")"};
	const char *word = words[random_below(sizeof(words) / sizeof(words[0]))];

	insert(at, (const uint8_t *)word, strlen(word));
}

static void splice(size_t at)
{
	const struct input *other = corpus[random_below((uint32_t)corpus_len)];
	size_t from, len;

	if (other->size == 0) {
		return;
	}
	from = random_below((uint32_t)other->size);
	len = random_below((uint32_t)(other->size - from)) + 1;
	insert(at, other->data + from, len);
}

static void erase(size_t at)
{
	size_t len = 1 + random_below(16);

	if (at + len < current->size) {
		memmove(current->data + at, current->data + at + len, current->size - at - len);
		current->size -= len;
	}
}

static void mutate_once(void)
{
	size_t at = current->size > 0 ? random_below((uint32_t)current->size) : 0;

	switch (current->size > 0 ? random_below(7) : 5) {
	case 0:
		current->data[at] ^= (uint8_t)(1u << random_below(8));
		break;
	case 1:
		current->data[at] = (uint8_t)random_below(256);
		break;
	case 2:
		erase(at);
		break;
	case 3:
		set_size(at);
		break;
	case 4:
		splice(at);
		break;
	default:
		insert_interesting(at);
		break;
	}
}

static void mutate(void)
{
	const struct input *from = corpus[random_below((uint32_t)corpus_len)];
	uint32_t n = 1 + random_below(8);

	memcpy(current->data, from->data, from->size);
	current->size = from->size;
	while (n-- > 0) {
		mutate_once();
	}
}

static void run_corpus(long runs)
{
	for (size_t i = 0; i < corpus_len; i++) {
		memcpy(current, corpus[i], sizeof(*current));
		run_current();
	}
}

static void run_mutations(long runs)
{
	for (long i = 0; i < runs; i++) {
		mutate();
		run_current();
	}
}

static void keep_current(const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "crash-%s-%d", name, (int)getpid());
	file = fopen(path, "w");
	if (file != NULL) {
		fwrite(current->data, 1, current->size, file);
		fclose(file);
	}
	fprintf(stderr, "# the input of %zu bytes is in %s\n", current->size, path);
}

static bool run_forked(int number, const char *what, const char *name, void (*run)(long), long runs)
{
	int status = 0;
	pid_t child;
	bool ok;

	fflush(stdout);
	child = fork();
	if (child < 0) {
		die("fork");
	}
	if (child == 0) {
		run(runs);
		exit(0); /* not _exit(): LeakSanitizer looks at exit */
	}
	waitpid(child, &status, 0);
	ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	printf("%sok %d - %s\n", ok ? "" : "not ", number, what);
	if (!ok) {
		keep_current(name);
	}
	return ok;
}

static bool is_folder(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		die(path);
	}
	return S_ISDIR(st.st_mode);
}

static int run_folder(const char *name, const char *folder, long runs)
{
	char what[128];
	bool ok;

	read_corpus(folder);
	if (corpus_len == 0) {
		fprintf(stderr, "%s: no input\n", folder);
		return 2;
	}
	printf("TAP version 13\n1..2\n");
	snprintf(what, sizeof(what), "%zu inputs of the corpus", corpus_len);
	ok = run_forked(1, what, name, run_corpus, 0);
	snprintf(what, sizeof(what), "%ld mutations", runs);
	ok = run_forked(2, what, name, run_mutations, runs) && ok;
	for (size_t i = 0; i < corpus_len; i++) {
		free(corpus[i]);
	}
	return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];

	current = mmap(
		NULL, sizeof(*current), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (current == MAP_FAILED) {
		die("mmap");
	}
	if (argc < 2) {
		fprintf(stderr, "usage: %s FOLDER [RUNS [SEED]] | FILE\n", name);
		return 2;
	}
	/* A fixed seed: the suite finds the same every time. */
	random_state =
		UINT64_C(0x9e3779b97f4a7c15) ^ (argc > 3 ? strtoull(argv[3], NULL, 0) << 1 : 0);
	if (!is_folder(argv[1])) {
		struct input *input = read_input(argv[1]);

		memcpy(current, input, sizeof(*current));
		free(input);
		run_current();
		return 0;
	}
	return run_folder(name, argv[1], argc > 2 ? strtol(argv[2], NULL, 0) : RUNS);
}
