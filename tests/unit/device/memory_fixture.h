/* The memory of the steps under test; included where BUFFERS of MOST numbers each are known. */
#ifndef UNIT_MEMORY_FIXTURE_H
#define UNIT_MEMORY_FIXTURE_H

static char *memory[BUFFERS];

static int setup(void **state)
{
    (void)state;
    for (int b = 0; b < BUFFERS; b++)
        memory[b] = aligned_alloc(64, MOST * 8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int b = 0; b < BUFFERS; b++)
        free(memory[b]);
    return 0;
}

#endif
