// What the processor can do and the operating system has switched on (Intel's manual, volume 2A, CPUID; volume 1, 13.2).
#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum {
    OSXSAVE = 1 << 27,
    POPCNT = 1 << 23,
    BMI1 = 1 << 3,
    AVX2 = 1 << 5,
    BMI2 = 1 << 8,
    AVX512F = 1 << 16,
    AVX512DQ = 1 << 17,
    AVX512BW = 1 << 30,
};
#define AVX512VL (1u << 31)

/** Registers that the operating system saves: bits of XCR0. */
static uint32_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int has(uint32_t features, uint32_t registers) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE) || !(c & POPCNT)) return 0;
    if ((saved_registers() & registers) != registers) return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & features) == features;
}

int slipway_has_avx2(void) { return has(AVX2 | BMI1 | BMI2, 0x06); }
int slipway_has_avx512(void) {
    return has(AVX2 | BMI1 | BMI2 | AVX512F | AVX512DQ | AVX512BW | AVX512VL, 0xe6);
}
#else
/** Every processor of this architecture has it. */
int slipway_has_neon(void) { return 1; }
#endif
