#include "plot/mark.h"

const mark_class *const mark_table[] = {
    &mark_scatter,  &mark_line,  &mark_band,   &mark_bars,  &mark_point, &mark_diagonal,
    &mark_vertical, &mark_cells, &mark_levels, &mark_links, NULL,
};
