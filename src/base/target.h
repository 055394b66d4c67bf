/* What is learned: numbers, a class, an angle, or labels: any number of a vocabulary's.
 *
 *              y, what a model fits            prediction, what it gives
 *     number   the targets                     the targets
 *     class    one column: 0 … classes-1       a probability for each class
 *     angle    two columns: sine and cosine    sine and cosine, of any length
 *     labels   a column for each label, 0 1    a probability for each label
 *
 * (base/target.h: shared by data, metrics and models) */
#ifndef BASE_TARGET_H
#define BASE_TARGET_H

typedef enum target_kind {
    TARGET_NUMBER,
    TARGET_CLASS,
    TARGET_ANGLE,
    TARGET_LABELS,
    TARGET_KINDS
} target_kind;

#define TARGET_BIT(kind) (1u << (kind))

/* "regression", "classification", "angle", "labels": the words of data.task */
const char *target_kind_name(target_kind k);

/* The smallest difference of two angles, in (-period/2, period/2]. */
double angle_difference(double a, double b, double period);

/* The angle of (sine, cosine), in [0, period). */
double angle_of(double sine, double cosine, double period);

#endif
