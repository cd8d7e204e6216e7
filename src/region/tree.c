/* SPDX-License-Identifier: MIT */
#include "region/tree.h"

#include <stddef.h>

void tree_init(
	struct tree *tree, bool (*before)(const struct tree_node *a, const struct tree_node *b))
{
	tree->root = NULL;
	tree->before = before;
	tree->seed = UINT32_C(0x9e3779b9);
}

/* xorshift: never 0 from a seed that is not */
static uint32_t draw(struct tree *tree)
{
	uint32_t x = tree->seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	tree->seed = x;
	return x;
}

/* Puts a node, or none, in the place of another under the same parent. */
static void replace(struct tree *tree, const struct tree_node *old, struct tree_node *node)
{
	struct tree_node *up = old->up;

	if (up == NULL) {
		tree->root = node;
	} else if (up->left == old) {
		up->left = node;
	} else {
		up->right = node;
	}
	if (node != NULL) {
		node->up = up;
	}
}

/* Lifts a node above its parent; the order stays. */
static void rotate_up(struct tree *tree, struct tree_node *node)
{
	struct tree_node *up = node->up, *between;

	replace(tree, up, node);
	if (up->left == node) {
		between = node->right;
		up->left = between;
		node->right = up;
	} else {
		between = node->left;
		up->right = between;
		node->left = up;
	}
	if (between != NULL) {
		between->up = up;
	}
	up->up = node;
}

void tree_insert(struct tree *tree, struct tree_node *node)
{
	struct tree_node **at = &tree->root, *up = NULL;

	while (*at != NULL) {
		up = *at;
		at = tree->before(up, node) ? &up->right : &up->left;
	}
	node->left = NULL;
	node->right = NULL;
	node->up = up;
	node->priority = draw(tree);
	*at = node;
	while (node->up != NULL && node->up->priority < node->priority) {
		rotate_up(tree, node);
	}
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	while (node->left != NULL && node->right != NULL) {
		rotate_up(tree,
			node->left->priority > node->right->priority ? node->left : node->right);
	}
	replace(tree, node, node->left != NULL ? node->left : node->right);
}

static struct tree_node *leftmost(struct tree_node *node)
{
	while (node != NULL && node->left != NULL) {
		node = node->left;
	}
	return node;
}

static struct tree_node *rightmost(struct tree_node *node)
{
	while (node != NULL && node->right != NULL) {
		node = node->right;
	}
	return node;
}

struct tree_node *tree_first(const struct tree *tree)
{
	return leftmost(tree->root);
}

struct tree_node *tree_last(const struct tree *tree)
{
	return rightmost(tree->root);
}

struct tree_node *tree_next(const struct tree_node *node)
{
	if (node->right != NULL) {
		return leftmost(node->right);
	}
	while (node->up != NULL && node->up->right == node) {
		node = node->up;
	}
	return node->up;
}

struct tree_node *tree_prev(const struct tree_node *node)
{
	if (node->left != NULL) {
		return rightmost(node->left);
	}
	while (node->up != NULL && node->up->left == node) {
		node = node->up;
	}
	return node->up;
}

struct tree_node *tree_search(const struct tree *tree,
	bool (*reached)(const struct tree_node *node, const void *key), const void *key)
{
	struct tree_node *at = tree->root, *found = NULL;

	while (at != NULL) {
		if (reached(at, key)) {
			found = at;
			at = at->left;
		} else {
			at = at->right;
		}
	}
	return found;
}
