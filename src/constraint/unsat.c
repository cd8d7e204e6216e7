/* SPDX-License-Identifier: MIT */
/*
 * The smallest set of devices that cannot agree.
 *
 * First a set is shrunk until no member can be left out: among all devices in the order of their
 * names, the shortest beginning that cannot agree ends in a member; keep that, drop what comes
 * after it, and repeat. That takes a handful of questions per member, each found by halving.
 *
 * Such a set need not be the smallest there is. Single devices are asked one by one; if the set has
 * two members and no single device fails, it is. Otherwise a smaller one is looked for by duality:
 * whatever set agrees and cannot be enlarged, every set that cannot agree has a member outside of
 * it. So collect these outsides, and look for the smallest set that has a member in each (a hitting
 * set). If it cannot agree, it is the smallest there is, since all others hit, too. If it agrees,
 * enlarge it as far as it agrees: one more outside, which it does not hit. If no hitting set is
 * smaller than the set first found, that one was the smallest.
 *
 * The collection is limited to OUTSIDES_MAX, and looking for hitting sets to WORK_MAX steps. Ten
 * devices have at most 252 outsides (10 choose 5: none contains another) and 1024 sets to try, so
 * up to there the answer is always exact; for more it is unless the devices cannot agree in very
 * many ways at once, and the caller is told.
 */
#include "constraint/conflict.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	OUTSIDES_MAX = 2000,
	WORK_MAX = 1 << 27,  /* outsides looked at, more when they are large */
	WORK_WORDS = 4,      /* words of an outside that count one */
	WORK_OF_OTHERS = 16, /* so many count one of TENON_WORK_MAX */
	WORD_BITS = 64,
};

/* Positions, as a bit set, that a largest set that agrees leaves out. */
struct outside {
	size_t len;
	uint64_t *bits;
};

struct search {
	_tenon_agree_fn agree;
	void *data;
	const size_t *order; /* the devices' indices in byte order of their names */
	size_t n;
	size_t *set;   /* scratch for n positions in order */
	size_t *asked; /* scratch for n indices, as the caller's */
	struct outside *outsides;
	size_t outsides_len, words;
	uint64_t *barred; /* positions not to be tried in a hitting set; the same as a list: */
	size_t *bars, bars_len;
	uint64_t *taken; /* scratch of bound() */
	size_t work;     /* left */
};

static int ask(struct search *s, const size_t *set, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		s->asked[i] = s->order[set[i]];
	}
	return s->agree(s->data, s->asked, len);
}

/* The shortest beginning of set, at least `from` long, that cannot agree, when all of it cannot. */
static int shortest(struct search *s, const size_t *set, size_t from, size_t len, size_t *out)
{
	while (from < len) {
		size_t middle = from + (len - from) / 2;
		int rc = ask(s, set, middle);

		if (rc < 0) {
			return rc;
		}
		if (rc == TENON_CONFLICT) {
			len = middle;
		} else {
			from = middle + 1;
		}
	}
	*out = len;
	return 0;
}

/* Shrinks until no member can be left out. set has all n positions, and ends as the members. */
static int shrink(struct search *s, size_t *set, size_t *out)
{
	size_t fixed = 0, len = s->n;

	for (;;) {
		int rc = shortest(s, set, fixed, len, &len);
		size_t last;

		if (rc < 0) {
			return rc;
		}
		if (len == fixed) {
			*out = fixed;
			return 0;
		}
		last = set[len - 1];
		memmove(&set[fixed + 1], &set[fixed], (len - 1 - fixed) * sizeof(*set));
		set[fixed++] = last;
	}
}

/* A single device that agrees with nothing: 0 and its position, or n. */
static int find_single(struct search *s, size_t *out)
{
	for (size_t i = 0; i < s->n; i++) {
		int rc = ask(s, &i, 1);

		if (rc != 0) {
			*out = i;
			return rc == TENON_CONFLICT ? 0 : rc;
		}
	}
	*out = s->n;
	return 0;
}

static bool has(const uint64_t *bits, size_t i)
{
	return (bits[i / WORD_BITS] >> i % WORD_BITS & 1) != 0;
}

static void put(uint64_t *bits, size_t i)
{
	bits[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
}

static void take(uint64_t *bits, size_t i)
{
	bits[i / WORD_BITS] &= ~(UINT64_C(1) << i % WORD_BITS);
}

/* One more outside, all of whose positions are in it. */
static struct outside *add_outside(struct search *s)
{
	struct outside *more = reallocarray(s->outsides, s->outsides_len + 1, sizeof(*s->outsides));
	struct outside *last;

	if (more == NULL) {
		return NULL;
	}
	s->outsides = more;
	last = &more[s->outsides_len];
	last->len = s->n;
	last->bits = calloc(s->words, sizeof(*last->bits));
	if (last->bits == NULL) {
		return NULL;
	}
	s->outsides_len++;
	for (size_t i = 0; i < s->n; i++) {
		put(last->bits, i);
	}
	return last;
}

/* Appends to s->set, len long, up to `step` positions of an outside, from *next on. */
static size_t append(
	struct search *s, const struct outside *out, size_t len, size_t step, size_t *next)
{
	size_t end = len + step;

	for (; *next < s->n && len < end; ++*next) {
		if (has(out->bits, *next)) {
			s->set[len++] = *next;
		}
	}
	return len;
}

/* Enlarges s->set, len positions that agree, as far as it agrees, in steps that double while all
 * goes well and halve when not; what stays out is one more outside. */
static int enlarge(struct search *s, size_t len)
{
	struct outside *out = add_outside(s);
	size_t step = 1, kept = 0;

	if (out == NULL) {
		return -ENOMEM;
	}
	for (size_t next = 0; next < s->n;) {
		size_t end = next, more;
		int rc;

		for (; kept < len; kept++) {
			take(out->bits, s->set[kept]);
			out->len--;
		}
		more = append(s, out, len, step, &end);
		rc = more != len ? ask(s, s->set, more) : 0;
		if (rc < 0) {
			return rc;
		}
		if (rc == 0) {
			len = more;
			next = end;
			step *= 2;
		} else if (more == len + 1) {
			next = end;
			step = 1;
		} else {
			step = (more - len) / 2;
		}
	}
	for (; kept < len; kept++) {
		take(out->bits, s->set[kept]);
		out->len--;
	}
	return 0;
}

static bool is_hit(const struct outside *out, const size_t *set, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (has(out->bits, set[i])) {
			return true;
		}
	}
	return false;
}

/* Whether the outside shares no position with those taken; if so, it takes its own. */
static bool is_disjoint(struct search *s, const struct outside *out)
{
	for (size_t i = 0; i < s->words; i++) {
		if ((s->taken[i] & out->bits[i] & ~s->barred[i]) != 0) {
			return false;
		}
	}
	for (size_t i = 0; i < s->words; i++) {
		s->taken[i] |= out->bits[i];
	}
	return true;
}

/*
 * The smallest outside that the set does not hit, or NULL; *least is a number of members that takes
 * at least to hit all: as many as there are outsides that have nothing in common.
 */
static const struct outside *find_unhit(struct search *s, size_t len, size_t *least)
{
	const struct outside *best = NULL;
	size_t work = s->outsides_len * (1 + s->words / WORK_WORDS);

	*least = 0;
	memset(s->taken, 0, s->words * sizeof(*s->taken));
	s->work -= work < s->work ? work : s->work;
	for (size_t i = 0; i < s->outsides_len; i++) {
		const struct outside *out = &s->outsides[i];

		if (!is_hit(out, s->set, len)) {
			*least += is_disjoint(s, out);
			if (best == NULL || out->len < best->len) {
				best = out;
			}
		}
	}
	return best;
}

/* Enlarges s->set, len positions, by up to `more` so that it hits every outside: 1 and the length,
 * 0 when there is no way, -1 when the search was given up. */
static int hit(struct search *s, size_t len, size_t more, size_t *out)
{
	size_t least, bars = s->bars_len;
	const struct outside *unhit = find_unhit(s, len, &least);
	int rc = 0;

	if (unhit == NULL) {
		*out = len;
		return 1;
	}
	if (least > more) {
		return 0;
	}
	/* Once tried in vain, a position need not be tried again beside a later one: it is barred.
	 */
	for (size_t i = 0; i < s->n && rc == 0; i++) {
		if (!has(unhit->bits, i) || has(s->barred, i)) {
			continue;
		}
		if (s->work == 0) {
			rc = -1;
			break;
		}
		s->set[len] = i;
		rc = hit(s, len + 1, more - 1, out);
		put(s->barred, i);
		s->bars[s->bars_len++] = i;
	}
	while (s->bars_len > bars) {
		take(s->barred, s->bars[--s->bars_len]);
	}
	return rc;
}

/* A smallest set that hits every outside, of at least *size and fewer than `below` members; as
 * hit(). *size grows to what is needed: later collections need no less. */
static int find_hitting_set(struct search *s, size_t *size, size_t below, size_t *out)
{
	for (; *size < below; ++*size) {
		int rc = hit(s, 0, *size, out);

		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

/* Looks for less than the *len members found: on success set and *len are replaced if there are. */
static int improve(struct search *s, size_t *set, size_t *len, bool *exact)
{
	size_t size = 2, found = 0;
	int rc;

	while (s->outsides_len < OUTSIDES_MAX) {
		rc = find_hitting_set(s, &size, *len, &found);
		if (rc == 0) {
			return 0;
		}
		if (rc < 0) {
			break;
		}
		rc = ask(s, s->set, found);
		if (rc == TENON_CONFLICT) {
			memcpy(set, s->set, found * sizeof(*set));
			*len = found;
			return 0;
		}
		if (rc == 0) {
			rc = enlarge(s, found);
		}
		if (rc < 0) {
			return rc;
		}
	}
	*exact = false;
	return 0;
}

static int search(struct search *s, size_t *set, size_t *len, bool *exact)
{
	size_t single = 0;
	int rc;

	for (size_t i = 0; i < s->n; i++) {
		set[i] = i;
	}
	rc = ask(s, set, s->n);
	if (rc != TENON_CONFLICT) {
		return rc == 0 ? TENON_CONFLICT : rc;
	}
	rc = find_single(s, &single);
	if (rc < 0) {
		return rc;
	}
	if (single != s->n) {
		set[0] = single;
		*len = 1;
		return 0;
	}
	rc = shrink(s, set, len);
	if (rc < 0 || *len <= 2) {
		return rc;
	}
	return improve(s, set, len, exact);
}

struct named {
	const char *name;
	size_t index;
};

static int compare_names(const void *a, const void *b)
{
	const struct named *na = a, *nb = b;

	return strcmp(na->name, nb->name);
}

/* Indices in byte order of the names. */
static int sort_by_name(size_t *order, const char *const *names, size_t n)
{
	struct named *list = calloc(n, sizeof(*list));

	if (list == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		list[i] = (struct named){.name = names[i], .index = i};
	}
	qsort(list, n, sizeof(*list), compare_names);
	for (size_t i = 0; i < n; i++) {
		order[i] = list[i].index;
	}
	free(list);
	return 0;
}

static int compare_positions(const void *a, const void *b)
{
	size_t pa = *(const size_t *)a, pb = *(const size_t *)b;

	return (pa > pb) - (pa < pb);
}

int _tenon_smallest_unsat(const char *const *names, size_t n, _tenon_agree_fn agree, void *data,
	size_t *work, size_t *members, size_t *members_len, bool *exact)
{
	const size_t granted = work != NULL && *work < WORK_MAX / WORK_OF_OTHERS
				       ? *work * WORK_OF_OTHERS
				       : WORK_MAX;
	struct search s = {
		.agree = agree,
		.data = data,
		.n = n,
		.words = n / WORD_BITS + 1,
		.work = granted,
	};
	size_t *scratch = calloc(4 * n + 1, sizeof(*scratch));
	uint64_t *bits = calloc(2 * s.words, sizeof(*bits));
	bool is_exact = true;
	int rc = -ENOMEM;

	if (scratch == NULL || bits == NULL) {
		goto out;
	}
	s.order = scratch;
	s.set = scratch + n;
	s.asked = scratch + 2 * n;
	s.bars = scratch + 3 * n;
	s.barred = bits;
	s.taken = bits + s.words;
	rc = n != 0 ? sort_by_name(scratch, names, n) : TENON_CONFLICT;
	if (rc == 0) {
		rc = search(&s, members, members_len, &is_exact);
	}
	if (rc != 0) {
		goto out;
	}
	qsort(members, *members_len, sizeof(*members), compare_positions);
	for (size_t i = 0; i < *members_len; i++) {
		members[i] = s.order[members[i]];
	}
	if (exact != NULL) {
		*exact = is_exact;
	}
out:
	if (work != NULL) {
		size_t took = (granted - s.work) / WORK_OF_OTHERS;

		*work -= took < *work ? took : *work;
	}
	for (size_t i = 0; i < s.outsides_len; i++) {
		free(s.outsides[i].bits);
	}
	free(s.outsides);
	free(bits);
	free(scratch);
	return rc;
}
