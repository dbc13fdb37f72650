// What the addon knows of a kernel: see compile.mjs, which writes the tables.
#pragma once
#include <stdint.h>

/** Calls a kernel. The first so many of `addresses` are byte offsets in `memory`; 0 there stands for no pointer. */
typedef int (*KernelCall)(uint8_t *memory, const int64_t *values);

/** Letters, one an argument: `p` an address, `i` a number. */
typedef struct {
    const char *name;
    const char *arguments;
    KernelCall call;
} Kernel;

/** The kernels as they were compiled for one kind of processor; a kernel without a name ends the table. */
typedef struct {
    const char *name;
    const Kernel *kernels;
    int (*usable)(void);
} Variant;

/** Those that this addon has, fastest first; one without a name ends the table. */
extern const Variant slipway_variants[];

int slipway_has_avx2(void);
int slipway_has_avx512(void);
int slipway_has_neon(void);
