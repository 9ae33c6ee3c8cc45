/* On a host: cc -O2 *.c -lm && ./a.out */
#include <stdio.h>

#include "check.h"

int main(void) {
    const float network = check_network(), samples = check_samples(64), uneven = check_samples(7);
    printf("network %.9g\nsamples %.9g\nblocks %.9g\n", network, samples, uneven - samples);
    return network <= check_agreed() ? 0 : 1;
}
