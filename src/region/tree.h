/* SPDX-License-Identifier: MIT */
#ifndef TENON_SRC_REGION_TREE_H
#define TENON_SRC_REGION_TREE_H

/*
 * An ordered binary tree whose nodes are embedded in what is ordered. It is a treap: each node has
 * a random priority and lies above those of lower priority, which keeps the depth logarithmic
 * whatever the order of insertion. Nothing is allocated, so removing cannot fail.
 */

#include <stdbool.h>
#include <stdint.h>

struct tree_node {
	struct tree_node *left, *right, *up;
	uint32_t priority;
};

struct tree {
	struct tree_node *root;
	/* Whether a goes before b; equal ones go before those that are there already. */
	bool (*before)(const struct tree_node *a, const struct tree_node *b);
	uint32_t seed;
};

void tree_init(
	struct tree *tree, bool (*before)(const struct tree_node *a, const struct tree_node *b));
void tree_insert(struct tree *tree, struct tree_node *node);
void tree_remove(struct tree *tree, struct tree_node *node);

struct tree_node *tree_first(const struct tree *tree);
struct tree_node *tree_last(const struct tree *tree);
struct tree_node *tree_next(const struct tree_node *node);
struct tree_node *tree_prev(const struct tree_node *node);

/* The first node for which reached() is true; it must be false before and true from there on. */
struct tree_node *tree_search(const struct tree *tree,
	bool (*reached)(const struct tree_node *node, const void *key), const void *key);

#endif
