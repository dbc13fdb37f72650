// Tables of the lattices (ggml-quants.c, iq2xs_init_impl and iq3xs_init_impl).
#include "grid.h"
#include "grid-points.h"

#define EIGHT_KEYS 6561 // 3^8: eight weights of three levels
#define FOUR_KEYS 4096  // 8^4: four weights of eight levels

typedef struct {
    const uint16_t *points;
    int count, width, shells;
    uint8_t *offsets, *numbers;
    float *floats;
    int32_t *map;
    uint16_t *lists, *codes;
} Tables;

static int level_of(int point, int width, int i) { return width == 8 ? point >> 2 * i & 3 : point >> 3 * i & 7; }

// Levels of one weight of all points, side by side.
typedef uint8_t Planes[8][2048];

static void decode_points(const Tables *t, Planes planes, int radix) {
    for (int p = 0; p < t->count; p++) {
        int key = 0;
        for (int i = 0; i < t->width; i++) {
            int level = level_of(t->points[p], t->width, i);
            planes[i][p] = (uint8_t)level;
            t->offsets[p * t->width + i] = (uint8_t)(16 * level);
            t->numbers[p * t->width + i] = (uint8_t)(2 * level + 1);
            t->floats[p * t->width + i] = (float)(2 * level + 1);
            key = key * radix + level;
        }
        t->map[key] = p;
    }
}

/** Squared distances of all points from these levels, in steps of levels. */
static void measure(const Tables *t, const Planes planes, const uint8_t *levels, uint8_t *distances) {
    v squares = wasm_i8x16_make(0, 1, 4, 9, 16, 25, 36, 49, 0, 0, 0, 0, 0, 0, 0, 0);
    for (int p = 0; p < t->count; p += 16) {
        v sum = splat(0);
        for (int i = 0; i < t->width; i++) {
            v step = wasm_i8x16_sub(wasm_v128_load(planes[i] + p), wasm_i8x16_splat((int8_t)levels[i]));
            sum = wasm_i8x16_add(sum, wasm_i8x16_swizzle(squares, wasm_i8x16_abs(step)));
        }
        wasm_v128_store(distances + p, sum);
    }
}

/** The smallest distance above `past`. */
static int next_shell(const uint8_t *distances, int count, int past) {
    v least = wasm_i8x16_splat(-1), above = wasm_i8x16_splat((int8_t)(past + 1));
    for (int p = 0; p < count; p += 16) {
        v d = wasm_v128_load(distances + p);
        least = wasm_u8x16_min(least, wasm_v128_or(d, wasm_u8x16_lt(d, above)));
    }
    uint8_t lanes[16], nearest = 255;
    wasm_v128_store(lanes, least);
    for (int i = 0; i < 16; i++) nearest = lanes[i] < nearest ? lanes[i] : nearest;
    return nearest;
}
/** Appends the points of the nearest shells: by distance, then by number. Returns the list's end. */
static uint16_t *list_shells(const Tables *t, const uint8_t *distances, uint16_t *list) {
    uint16_t *end = list + 1;
    for (int shell = 0, past = -1; shell < t->shells; shell++) {
        past = next_shell(distances, t->count, past);
        for (int p = 0; p < t->count; p += 16) {
            v same = wasm_i8x16_eq(wasm_v128_load(distances + p), wasm_i8x16_splat((int8_t)past));
            for (uint32_t bits = wasm_i8x16_bitmask(same); bits; bits &= bits - 1)
                *end++ = (uint16_t)(p + __builtin_ctz(bits));
        }
    }
    *list = (uint16_t)(end - list - 1);
    return end;
}

#ifdef __AVX2__
// Codes are read eight at a time.
#define CODES(words) uint16_t codes[words + 8];
#define CODES_OF(name) r->name.codes
/** Levels beside the points of a list. */
static void list_codes(const Tables *t, const uint16_t *list, const uint16_t *end) {
    while (++list < end) t->codes[list - t->lists] = t->points[*list];
}
#else
#define CODES(words)
#define CODES_OF(name) 0
static void list_codes(const Tables *t, const uint16_t *list, const uint16_t *end) { (void)t, (void)list, (void)end; }
#endif

static void make_tables(const Tables *t) {
    static uint8_t distances[2048];
    static Planes planes;
    int radix = t->width == 8 ? 3 : 8, keys = t->width == 8 ? EIGHT_KEYS : FOUR_KEYS;
    for (int key = 0; key < keys; key++) t->map[key] = -1;
    decode_points(t, planes, radix);
    uint16_t *end = t->lists;
    for (int key = 0; key < keys; key++) {
        if (t->map[key] >= 0) continue;
        uint8_t levels[8];
        for (int i = t->width - 1, rest = key; i >= 0; i--, rest /= radix) levels[i] = (uint8_t)(rest % radix);
        measure(t, planes, levels, distances);
        t->map[key] = -1 - (int)(end - t->lists);
        uint16_t *list = end;
        end = list_shells(t, distances, list);
        list_codes(t, list, end);
    }
}

// By name: points, weights of a point, keys, shells, and the lengths of all lists with their counts.
#define GRIDS(GRID)                                                                                                    \
    GRID(iq1, 2048, 8, EIGHT_KEYS, 3, 327721 + 4513)                                                                   \
    GRID(iq2_xxs, 256, 8, EIGHT_KEYS, 2, 113157 + 6305)                                                                \
    GRID(iq2_xs, 512, 8, EIGHT_KEYS, 2, 181721 + 6049)                                                                 \
    GRID(iq2_s, 1024, 8, EIGHT_KEYS, 1, 44716 + 5537)                                                                  \
    GRID(iq3_xxs, 256, 4, FOUR_KEYS, 2, 18985 + 3840)                                                                  \
    GRID(iq3_s, 512, 4, FOUR_KEYS, 3, 24733 + 3584)

/**
 * Room for the tables of all grids, behind the scratch of the kernels. It is no variable, because variables are set to
 * zero in each of many memories, most of which never see a grid; fresh memory is zero as it is.
 */
#define ROOM(name, size, points_width, keys, shell_count, list_words)                                                  \
    struct {                                                                                                           \
        float floats[size * points_width];                                                                             \
        int32_t map[keys];                                                                                             \
        uint16_t lists[list_words];                                                                                    \
        CODES(list_words)                                                                                              \
        uint8_t offsets[size * points_width], numbers[size * points_width];                                            \
    } name;
typedef struct {
    GRIDS(ROOM)
} Room;
#ifdef __wasm__
extern uint8_t __heap_base[];
#define SCRATCH 65536 // wasm-kernels.ts
static Room *room(void) { return (Room *)(((uintptr_t)__heap_base + SCRATCH + 31) & ~(uintptr_t)15); }

/** The end of all memory that the kernels take for themselves. */
EXPORTED(memory_end) int memory_end(void) { return (int)(uintptr_t)(room() + 1); }
#else
static Room *room(void) {
    static Room tables;
    return &tables;
}
#endif

#ifdef __AVX2__
#define SET_CODES(name) .codes = r->name.codes
#else
#define SET_CODES(name)
#endif

// Threads that have a memory of their own never meet here; those of a process share the tables.
static bool making;
static void begin_making(void) {
    while (__atomic_exchange_n(&making, true, __ATOMIC_ACQUIRE)) continue;
}
static void end_making(void) { __atomic_store_n(&making, false, __ATOMIC_RELEASE); }

#define GRID(name, size, points_width, keys, shell_count, list_words)                                                  \
    const Grid *grid_##name(void) {                                                                                    \
        static Grid grid;                                                                                              \
        static bool made;                                                                                              \
        if (__atomic_load_n(&made, __ATOMIC_ACQUIRE)) return &grid;                                                    \
        begin_making();                                                                                                \
        Room *r = room();                                                                                              \
        if (!made) {                                                                                                   \
            make_tables(&(Tables){name##_points, size, points_width, shell_count, r->name.offsets, r->name.numbers,    \
                r->name.floats, r->name.map, r->name.lists, CODES_OF(name)});                                          \
            grid = (Grid){.offsets = r->name.offsets, .numbers = r->name.numbers, .floats = r->name.floats,            \
                .map = r->name.map, .lists = r->name.lists, SET_CODES(name)};                                          \
        }                                                                                                              \
        __atomic_store_n(&made, true, __ATOMIC_RELEASE);                                                               \
        end_making();                                                                                                  \
        return &grid;                                                                                                  \
    }
GRIDS(GRID)
