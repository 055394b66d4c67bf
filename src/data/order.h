/* Permutations of 0 … n-1 as functions of the position, so that a place in an epoch's order is
 * known without what stands before it.
 *
 * A Feistel network over pairs (l, r), l < left, r < right, left * right the least that holds n
 * (Black, Rogaway 2002, "Ciphers with arbitrary finite domains", method 3): rounds add a keyed hash
 * of one half to the other, modulo its size.  What leaves 0 … n-1 goes through again until it is
 * back (cycle walking), which less than one of sqrt(n) does.  As few rounds show in few values, up
 * to ORDER_SMALL are shuffled after Fisher and Yates instead, and kept. */
#ifndef DATA_ORDER_H
#define DATA_ORDER_H

#include <stdint.h>

enum { ORDER_ROUNDS = 8, ORDER_SMALL = 256 };

typedef struct order {
    int64_t n;
    uint64_t left, right;
    uint64_t key[ORDER_ROUNDS];
    uint8_t small[ORDER_SMALL]; /* of n ≤ ORDER_SMALL: the permutation */
} order;

/* The permutation of an epoch: a pure function of (n, seed, epoch).  n ≥ 1. */
void order_init(order *o, int64_t n, uint64_t seed, uint64_t epoch);

/* out [count]: what stands at positions first … first+count-1. */
void order_take(const order *o, int64_t first, int64_t count, int64_t *out);

#endif
