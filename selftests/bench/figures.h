/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CORDON_BENCH_FIGURES_H
#define CORDON_BENCH_FIGURES_H

#define FIGURES_MAX 16

/* Of at most FIGURES_MAX values. */
double figures_median(const double *values, int count);
/*
 * The mean without the highest and the lowest tenth: a timer interrupt fell
 * into those. Sorts @values.
 */
double figures_middle(double *values, int count);

/* Above a table: when, how and where it was measured. */
void figures_print_origin(void);

/* Ends the test where an instruction does not take a tick of the TSC. */
void figures_need_icount(void);

#endif /* CORDON_BENCH_FIGURES_H */
