/* Banks of filters on Fourier transforms, with magnitudes compressed as log10(1 + FRONT_GAIN * m). */
#include "front.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "scratch.h"

static float kept[FRONT_KEPT];                /* samples of all streams */
static float rows[FRONT_ROWS][FRONT_BINS];    /* of banks that are done before others */
static float frame[FRONT_BINS];
static uint32_t heard[FRONT_STREAMS];         /* samples of each stream */
static uint32_t due_before[FRONT_STREAMS];    /* of the one before that its next one needs */
static uint32_t next_frame[FRONT_BANKS];      /* of each bank */
static uint32_t due[FRONT_BANKS];             /* samples of its stream that it needs for that */

#define QUARTER (FRONT_CIRCLE / 4)

/* cos and sin of 2 pi i / FRONT_CIRCLE, in the first quarter of it. */
static float cosine(uint32_t i) { return front_cosines[i]; }
static float sine(uint32_t i) { return front_cosines[QUARTER - i]; }

/* A complex Fourier transform in place: count pairs, a power of two. */
static void transform(float *x, uint32_t count) {
    for (uint32_t i = 0, j = 0; i < count; ++i) {
        if (i < j) {
            const float real = x[2 * i], imaginary = x[2 * i + 1];
            x[2 * i] = x[2 * j], x[2 * i + 1] = x[2 * j + 1];
            x[2 * j] = real, x[2 * j + 1] = imaginary;
        }
        uint32_t bit = count >> 1;
        for (; bit && (j & bit); bit >>= 1) {
            j ^= bit;
        }
        j |= bit;
    }
    for (uint32_t half = 1; half < count; half *= 2) {
        for (uint32_t k = 0; k < half; ++k) {
            const uint32_t angle = k * (2 * QUARTER / half);
            const float c = angle <= QUARTER ? cosine(angle) : -cosine(2 * QUARTER - angle);
            const float s = angle <= QUARTER ? -sine(angle) : -sine(2 * QUARTER - angle);
            for (uint32_t i = k; i < count; i += 2 * half) {
                float *a = x + 2 * i, *b = a + 2 * half;
                const float real = b[0] * c - b[1] * s, imaginary = b[0] * s + b[1] * c;
                b[0] = a[0] - real, b[1] = a[1] - imaginary;
                a[0] += real, a[1] += imaginary;
            }
        }
    }
}

/* A real Fourier transform in place: size values become size / 2 pairs; the last bin's stands where the first one's
 * imaginary part, which is zero, would. */
static void transform_real(float *x, uint32_t size) {
    const uint32_t half = size / 2;
    transform(x, half);
    const float first = x[0] + x[1], last = x[0] - x[1];
    for (uint32_t k = 1; k <= half / 2; ++k) {
        float *a = x + 2 * k, *b = x + 2 * (half - k);
        const uint32_t angle = k * (FRONT_CIRCLE / size);
        const float c = cosine(angle), s = -sine(angle);
        const float even_r = 0.5f * (a[0] + b[0]), even_i = 0.5f * (a[1] - b[1]);
        const float odd_r = 0.5f * (a[1] + b[1]), odd_i = 0.5f * (b[0] - a[0]);
        const float real = odd_r * c - odd_i * s, imaginary = odd_r * s + odd_i * c;
        a[0] = even_r + real, a[1] = even_i + imaginary;
        b[0] = even_r - real, b[1] = imaginary - even_i;
    }
    x[0] = first, x[1] = last;
}

/* The spectrum of what a bank hears now, size / 2 pairs in the scratch. */
static float *spectrum(const front_bank *bank) {
    float *x = (float *)(void *)scratch;
    const front_stream *stream = front_streams + bank->stream;
    const float *ring = kept + stream->first;
    const uint32_t size = bank->size, first = heard[bank->stream] - size, mask = stream->size - 1u;
    for (uint32_t i = 0; i < size; ++i) {
        x[i] = ring[(first + i) & mask];
    }
    if (bank->kind == FRONT_MAGNITUDES) { /* Hann, which is the same backwards */
        const uint32_t step = FRONT_CIRCLE / size;
        x[0] = 0.0f;
        for (uint32_t i = 1; i <= size / 4; ++i) {
            const float c = 0.5f * cosine(i * step);
            x[i] *= 0.5f - c, x[size - i] *= 0.5f - c;
        }
        for (uint32_t i = 1; i < size / 4; ++i) {
            const float c = 0.5f * cosine(i * step);
            x[size / 2 - i] *= 0.5f + c, x[size / 2 + i] *= 0.5f + c;
        }
    }
    transform_real(x, size);
    x[1] = 0.0f; /* the last bin, which nobody weighs */
    return x;
}

static float magnitude(float real, float imaginary) { return sqrtf(real * real + imaginary * imaginary); }

/* What a kind of bank wants of the spectrum before it weighs it. */
static void prepare(const front_bank *bank, float *x) {
    for (uint32_t k = 0; k < bank->size / 2; ++k) {
        float *pair = x + 2 * k;
        if (bank->kind == FRONT_MAGNITUDES) {
            pair[0] = magnitude(pair[0], pair[1]);
        } else if (bank->kind == FRONT_TURNED) { /* half a sample later: filters are real there */
            const uint32_t angle = k * (FRONT_CIRCLE / 2 / bank->size);
            const float c = cosine(angle), s = -sine(angle), real = pair[0];
            pair[0] = real * c - pair[1] * s;
            pair[1] = real * s + pair[1] * c;
        }
    }
}

static void weigh(const front_bank *bank, const float *x, float *row) {
    const float *weights = bank->weights;
    for (uint32_t bin = 0; bin < bank->bins; ++bin) {
        const float *pair = x + 2 * bank->firsts[bin], *end = pair + 2 * bank->counts[bin];
        float real = 0.0f, imaginary = 0.0f;
        if (bank->kind == FRONT_MAGNITUDES) {
            for (; pair < end; pair += 2) {
                real += pair[0] * *weights++;
            }
            row[bin] = real;
        } else if (bank->kind == FRONT_TURNED) {
            for (; pair < end; pair += 2) {
                const float weight = *weights++;
                real += pair[0] * weight, imaginary += pair[1] * weight;
            }
            row[bin] = magnitude(real, imaginary);
        } else {
            for (; pair < end; pair += 2, weights += 2) {
                const float r = weights[0], i = weights[1];
                real += pair[0] * r - pair[1] * i, imaginary += pair[0] * i + pair[1] * r;
            }
            row[bin] = bank->scale * magnitude(real, imaginary);
        }
    }
}

/* Whether a bank's next frame was computed now. */
static int hear(uint32_t number) {
    const front_bank *bank = front_banks + number;
    if (heard[bank->stream] != due[number]) {
        return 0;
    }
    float *x = spectrum(bank);
    prepare(bank, x);
    weigh(bank, x, rows[next_frame[number] % FRONT_ROWS] + bank->first_row);
    next_frame[number] += 1;
    due[number] += bank->hop;
    return 1;
}

void front_begin(void) {
    memset(kept, 0, sizeof kept);
    memset(heard, 0, sizeof heard);
    for (uint32_t number = 0; number < FRONT_STREAMS; ++number) {
        due_before[number] = front_streams[number].half + 1u;
    }
    for (uint32_t number = 0; number < FRONT_BANKS; ++number) {
        next_frame[number] = 0;
        due[number] = front_banks[number].size / 2u;
    }
}

static void keep(uint32_t number, float sample) {
    const front_stream *stream = front_streams + number;
    kept[stream->first + (heard[number]++ & (stream->size - 1u))] = sample;
}

#if FRONT_STREAMS > 1
/* The next sample of a slower stream, where its filter's last tap has been heard. */
static int halve(uint32_t number) {
    const front_stream *stream = front_streams + number, *before = stream - 1;
    if (heard[number - 1] != due_before[number]) {
        return 0;
    }
    due_before[number] += 2;
    const uint32_t half = stream->half, middle = heard[number - 1] - 1 - half, mask = before->size - 1u;
    const float *ring = kept + before->first, *taps = stream->taps;
    float sum = *taps++ * ring[middle & mask];
    for (uint32_t i = 1; i <= half;) { /* the filter is the same backwards; as far as neither way begins again */
        const uint32_t below = (middle - i) & mask, above = (middle + i) & mask;
        uint32_t run = half + 1 - i;
        run = run <= below ? run : below + 1;
        run = run <= mask - above ? run : mask + 1 - above;
        const float *down = ring + below, *up = ring + above;
        for (const float *end = taps + run; taps < end;) {
            sum += *taps++ * (*down-- + *up++);
        }
        i += run;
    }
    keep(number, sum);
    return 1;
}
#endif

int front_push(float sample) {
    uint32_t last = 0; /* stream that has a sample more */
    keep(0, sample);
#if FRONT_STREAMS > 1
    while (last + 1 < FRONT_STREAMS && halve(last + 1)) {
        last += 1;
    }
#endif
    int ready = 0;
    for (uint32_t number = 0; number < FRONT_BANKS && front_banks[number].stream <= last; ++number) {
        if (hear(number)) {
            ready |= number == FRONT_LAST;
        }
    }
    if (ready) {
        const float *row = rows[(next_frame[FRONT_LAST] - 1) % FRONT_ROWS];
        for (uint32_t bin = 0; bin < FRONT_BINS; ++bin) {
            frame[bin] = log10f(1.0f + FRONT_GAIN * row[bin]);
        }
    }
    return ready;
}

const float *front_frame(void) { return frame; }
