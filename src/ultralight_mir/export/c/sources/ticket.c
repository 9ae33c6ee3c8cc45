/* Samples to frames, frames to steps of the network, steps to the listener. */
#include "ticket.h"

#include <string.h>

#if !TICKET_WAVEFORM
#include "front.h"
#endif
#include "step.h"

#define ENDLESS UINT32_MAX

static float held[TICKET_STEP][TICKET_BINS]; /* frames (of a waveform: samples) that wait for a step */
static uint32_t waiting;                     /* how many of them there are */
static uint32_t steps;                       /* done */
static uint32_t frames;                      /* heard */
static uint32_t length;                      /* of the recording, in those, once it is known */
static uint64_t samples_heard;

#if TICKET_FRAMEWISE
#if TICKET_TOGETHER
static float row[TICKET_TOGETHER][TICKET_ROW]; /* frames that are heard together, forwards and backwards */
static uint32_t gathered, told;                /* how many of them there are; frames before them */

static void begin(void) {
    step_begin();
    gathered = told = 0;
}

static void together(ticket_listener listener, void *context) {
    static float said[TICKET_TOGETHER][TICKET_OUTPUTS];
    step_together(&row[0][0], gathered, &said[0][0]);
    for (uint32_t i = 0; i < gathered; ++i) {
        listener(context, told++, said[i]);
    }
    gathered = 0;
}

static void tell(uint32_t frame, const float *said, ticket_listener listener, void *context) {
    (void)frame;
    memcpy(row[gathered++], said, sizeof row[0]);
    if (gathered == TICKET_TOGETHER) {
        together(listener, context);
    }
}
#else
static void begin(void) { step_begin(); }

static void tell(uint32_t frame, const float *said, ticket_listener listener, void *context) {
    listener(context, frame, said);
}
#endif

/* Whether a place in what steps say is a frame of the recording, as they say it `late` frames late. */
static int is_there(uint32_t place, uint32_t late) { return place >= late && place - late < length / TICKET_EVERY; }

static void step(ticket_listener listener, void *context) {
    static float said[TICKET_SAID][TICKET_ROW];
    step_run(&held[0][0], steps, length, &said[0][0]);
    for (uint32_t i = 0; i < TICKET_SAID; ++i) {
        const uint32_t place = steps * TICKET_SAID + i;
        if (is_there(place, TICKET_LATE)) {
            tell(place - TICKET_LATE, said[i], listener, context);
        }
    }
    steps += 1;
    waiting = 0;
}

void ticket_push_frame(const float *frame, ticket_listener listener, void *context) {
    memcpy(held[waiting++], frame, sizeof held[0]);
    frames += 1;
    if (waiting == TICKET_STEP) {
        step(listener, context);
    }
}

static void end(ticket_listener listener, void *context) {
    length = frames;
    while (steps * TICKET_SAID < length / TICKET_EVERY + TICKET_LATE) {
        memset(held[waiting], 0, (TICKET_STEP - waiting) * sizeof held[0]);
        step(listener, context);
    }
#if TICKET_TOGETHER
    if (gathered) {
        together(listener, context);
    }
#endif
}
#elif !TICKET_MEAN
static float said[TICKET_OUTPUTS];
static uint32_t heard, windows; /* of this window; windows before it */

static void begin(void) {
    step_begin();
    waiting = steps = heard = 0;
}

static void step(void) {
    step_run(&held[0][0], steps, TICKET_WINDOW, said);
    steps += 1;
    waiting = 0;
}

void ticket_push_frame(const float *frame, ticket_listener listener, void *context) {
    memcpy(held[waiting++], frame, sizeof held[0]);
    frames += 1;
    if (waiting == TICKET_STEP) {
        step();
    }
    if (++heard == TICKET_WINDOW) {
        while (steps * TICKET_STEP < TICKET_WINDOW + TICKET_LATE) {
            memset(held[waiting], 0, (TICKET_STEP - waiting) * sizeof held[0]);
            step();
        }
        listener(context, windows++, said);
        begin();
    }
}

static void end(ticket_listener listener, void *context) { (void)listener, (void)context; }
#else
/* A window is kept in 16 bits until it is whole, as its mean is heard before its first frame. */
#define FINE 8192.0f
static uint16_t kept[TICKET_WINDOW][TICKET_BINS];
static float mean[TICKET_BINS];

static void begin(void) { memset(mean, 0, sizeof mean); }

static void window(ticket_listener listener, void *context) {
    static float said[TICKET_OUTPUTS];
    for (uint32_t bin = 0; bin < TICKET_BINS; ++bin) {
        mean[bin] /= TICKET_WINDOW;
    }
    step_begin();
#if TICKET_MEAN
    step_mean(mean);
#endif
    for (uint32_t first = 0; first < TICKET_WINDOW + TICKET_LATE; first += TICKET_STEP) {
        for (uint32_t i = 0; i < TICKET_STEP; ++i) {
            for (uint32_t bin = 0; bin < TICKET_BINS; ++bin) {
                held[i][bin] = first + i < TICKET_WINDOW ? kept[first + i][bin] / FINE : 0.0f;
            }
        }
        step_run(&held[0][0], first / TICKET_STEP, TICKET_WINDOW, said);
    }
    listener(context, steps++, said);
    waiting = 0;
    begin();
}

void ticket_push_frame(const float *frame, ticket_listener listener, void *context) {
    for (uint32_t bin = 0; bin < TICKET_BINS; ++bin) {
        const float fine = frame[bin] * FINE + 0.5f;
        kept[waiting][bin] = (uint16_t)(fine < 65535.0f ? fine : 65535.0f);
        mean[bin] += frame[bin];
    }
    frames += 1;
    if (++waiting == TICKET_WINDOW) {
        window(listener, context);
    }
}

static void end(ticket_listener listener, void *context) { (void)listener, (void)context; }
#endif

void ticket_begin(void) {
#if !TICKET_WAVEFORM
    front_begin();
#endif
#if !TICKET_FRAMEWISE && !TICKET_MEAN
    windows = 0;
#endif
    begin();
    waiting = steps = frames = samples_heard = 0;
    length = ENDLESS;
}

static void push(float sample, ticket_listener listener, void *context) {
#if TICKET_WAVEFORM
    ticket_push_frame(&sample, listener, context);
#else
    if (front_push(sample)) {
        ticket_push_frame(front_frame(), listener, context);
    }
#endif
}

void ticket_push(const float *samples, size_t count, ticket_listener listener, void *context) {
    for (size_t i = 0; i < count; ++i) {
        push(samples[i], listener, context);
    }
    samples_heard += count;
}

void ticket_end(ticket_listener listener, void *context) {
    if (samples_heard && !TICKET_WAVEFORM) { /* frames whose centres were heard, with silence after them */
        const uint32_t whole = (uint32_t)(1 + samples_heard / TICKET_HOP);
        while (frames < whole) {
            push(0.0f, listener, context);
        }
    }
    end(listener, context);
}

struct written {
    float *activations;
    size_t room, frames;
};

static void write(void *context, uint32_t frame, const float *activations) {
    struct written *written = context;
    if (frame < written->room) {
        memcpy(written->activations + (size_t)frame * TICKET_OUTPUTS, activations, TICKET_OUTPUTS * sizeof(float));
        written->frames = frame + 1u;
    }
}

size_t ticket_predict(const float *samples, size_t count, float *activations, size_t room) {
    struct written written = {activations, room, 0};
    ticket_begin();
    ticket_push(samples, count, write, &written);
    ticket_end(write, &written);
    return written.frames;
}
