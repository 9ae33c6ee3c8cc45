#include "check.h"

#include <math.h>

#include "ticket.h"
#include "vector.h"

float check_agreed(void) { return VECTOR_AGREED; }

struct compared {
    uint32_t frames, edge; /* that were told of; that are not compared at either end */
    float largest;
};

static void compare(void *context, uint32_t frame, const float *activations) {
    struct compared *compared = context;
    compared->frames += 1;
    if (frame < compared->edge || frame + compared->edge >= VECTOR_SAID) { /* one too many shows in the end */
        return;
    }
    for (uint32_t i = 0; i < TICKET_OUTPUTS; ++i) {
        const float differs = fabsf(activations[i] - vector_activations[frame * TICKET_OUTPUTS + i]);
        if (!(differs <= compared->largest)) { /* not a number counts as the largest */
            compared->largest = differs;
        }
    }
}

/* A frame too few is no agreement either. */
static float found(const struct compared *compared) {
    return compared->frames == VECTOR_SAID ? compared->largest : INFINITY;
}

float check_network(void) {
    struct compared compared = {0, 0, 0.0f};
    ticket_begin();
    for (uint32_t i = 0; i < VECTOR_FRAMES; ++i) {
        ticket_push_frame(vector_frames + i * TICKET_BINS, compare, &compared);
    }
    ticket_end(compare, &compared);
    return found(&compared);
}

float check_samples(unsigned block) {
    struct compared compared = {0, VECTOR_EDGE, 0.0f};
    ticket_begin();
    float samples[64];
    for (uint32_t first = 0; first < VECTOR_SAMPLES;) {
        uint32_t count = block < 64 ? block : 64;
        count = count < VECTOR_SAMPLES - first ? count : VECTOR_SAMPLES - first;
        for (uint32_t i = 0; i < count; ++i) {
            samples[i] = (float)vector_samples[first + i] / 32768.0f;
        }
        ticket_push(samples, count, compare, &compared);
        first += count;
    }
    ticket_end(compare, &compared);
    return found(&compared);
}
