// Tables of the lattices (ggml-quants.c, iq2xs_init_impl and iq3xs_init_impl).
#include "grid.h"
#include "grid-points.h"

#define EIGHT_KEYS 6561 // 3^8: eight weights of three levels
#define FOUR_KEYS 4096  // 8^4: four weights of eight levels

typedef struct {
    const uint16_t *points;
    int count, width, shells;
    uint8_t *offsets, *numbers;
    int32_t *map;
    uint16_t *lists;
} Tables;

static int level_of(int point, int width, int i) { return width == 8 ? point >> 2 * i & 3 : point >> 3 * i & 7; }

static void decode_points(const Tables *t, int radix) {
    for (int p = 0; p < t->count; p++) {
        int key = 0;
        for (int i = 0; i < t->width; i++) {
            int level = level_of(t->points[p], t->width, i);
            t->offsets[p * t->width + i] = (uint8_t)(16 * level);
            t->numbers[p * t->width + i] = (uint8_t)(2 * level + 1);
            key = key * radix + level;
        }
        t->map[key] = p;
    }
}

/** Squared distances of all points from the levels of a key, in steps of levels. */
static void measure(const Tables *t, const uint8_t *levels, uint8_t *distances) {
    for (int p = 0; p < t->count; p++) {
        int sum = 0;
        for (int i = 0; i < t->width; i++) {
            int step = t->offsets[p * t->width + i] / 16 - levels[i];
            sum += step * step;
        }
        distances[p] = (uint8_t)sum;
    }
}

/** Appends the points of the nearest shells: by distance, then by number. Returns the list's end. */
static uint16_t *list_shells(const Tables *t, const uint8_t *distances, uint16_t *list) {
    uint16_t *end = list + 1;
    for (int shell = 0, past = -1; shell < t->shells; shell++) {
        int nearest = 256;
        for (int p = 0; p < t->count; p++)
            if (distances[p] > past && distances[p] < nearest) nearest = distances[p];
        for (int p = 0; p < t->count; p++)
            if (distances[p] == nearest) *end++ = (uint16_t)p;
        past = nearest;
    }
    *list = (uint16_t)(end - list - 1);
    return end;
}

static void make_tables(const Tables *t) {
    static uint8_t distances[2048];
    int radix = t->width == 8 ? 3 : 8, keys = t->width == 8 ? EIGHT_KEYS : FOUR_KEYS;
    for (int key = 0; key < keys; key++) t->map[key] = -1;
    decode_points(t, radix);
    uint16_t *end = t->lists;
    for (int key = 0; key < keys; key++) {
        if (t->map[key] >= 0) continue;
        uint8_t levels[8];
        for (int i = t->width - 1, rest = key; i >= 0; i--, rest /= radix) levels[i] = (uint8_t)(rest % radix);
        measure(t, levels, distances);
        t->map[key] = -1 - (int)(end - t->lists);
        end = list_shells(t, distances, end);
    }
}

// `list_words`: the lengths of all lists with their counts.
#define GRID(name, size, points_width, keys, shell_count, list_words)                                                   \
    const Grid *grid_##name(void) {                                                                                    \
        static uint8_t offsets[size * points_width], numbers[size * points_width];                                     \
        static int32_t map[keys];                                                                                      \
        static uint16_t lists[list_words];                                                                             \
        static const Tables tables = {name##_points, size, points_width, shell_count, offsets, numbers, map, lists};   \
        static const Grid grid = {offsets, numbers, map, lists};                                                       \
        if (numbers[0] == 0) make_tables(&tables);                                                                     \
        return &grid;                                                                                                  \
    }
GRID(iq1, 2048, 8, EIGHT_KEYS, 3, 327721 + 4513)
GRID(iq2_xxs, 256, 8, EIGHT_KEYS, 2, 113157 + 6305)
GRID(iq2_xs, 512, 8, EIGHT_KEYS, 2, 181721 + 6049)
GRID(iq2_s, 1024, 8, EIGHT_KEYS, 1, 44716 + 5537)
GRID(iq3_xxs, 256, 4, FOUR_KEYS, 2, 18985 + 3840)
GRID(iq3_s, 512, 4, FOUR_KEYS, 3, 24733 + 3584)
