/* From reset to main on a Cortex-M: memory, floating-point unit, a stack whose use can be told, time, and words. */
#include <stdint.h>

#include "board.h"

extern uint32_t data_from, data_begin, data_end, bss_begin, bss_end, stack_begin, stack_end;

#define PAINT 0xA5A5A5A5u
#define CPACR (*(volatile uint32_t *)0xE000ED88u)
#define SYST_CSR (*(volatile uint32_t *)0xE000E010u)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014u)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018u)
#define TICKS 0x1000000u /* until it begins again */
#define SYS_WRITE0 0x04
#define SYS_EXIT_EXTENDED 0x20
#define APPLICATION_EXIT 0x20026u

int main(void);

static volatile uint32_t rounds; /* of the timer */

static int call(int operation, const void *argument) {
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static void leave(uint32_t code) {
    const uint32_t told[2] = {APPLICATION_EXIT, code};
    call(SYS_EXIT_EXTENDED, told);
    for (;;) {
    }
}

void reset(void);

void reset(void) {
    uint32_t *from = &data_from;
    for (uint32_t *to = &data_begin; to < &data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &bss_begin; to < &bss_end;) {
        *to++ = 0;
    }
    CPACR |= 0xFu << 20; /* the floating-point unit */
    __asm__ volatile("dsb\n isb");
    uint32_t *top;
    __asm__ volatile("mov %0, sp" : "=r"(top));
    for (uint32_t *to = &stack_begin; to < top - 16;) {
        *to++ = PAINT;
    }
    SYST_RVR = TICKS - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
    while (SYST_CVR == 0) { /* it has begun */
    }
    leave((uint32_t)main());
}

static void fault(void) {
    say("fault", 1);
    leave(3);
}

static void tick(void) { rounds += 1; }

uint64_t board_ticks(void) {
    for (;;) {
        const uint32_t before = rounds, left = SYST_CVR;
        if (before == rounds) {
            return (uint64_t)before * TICKS + (TICKS - 1 - left);
        }
    }
}

uint32_t board_stack(void) {
    const uint32_t *first = &stack_begin;
    while (first < &stack_end && *first == PAINT) {
        first++;
    }
    return (uint32_t)((const char *)&stack_end - (const char *)first);
}

void say(const char *name, uint32_t value) {
    char text[64];
    uint32_t place = 0;
    while (name[place] && place < sizeof text - 11) {
        text[place] = name[place];
        place++;
    }
    text[place++] = ' ';
    for (int shift = 28; shift >= 0; shift -= 4) {
        text[place++] = "0123456789abcdef"[value >> shift & 15];
    }
    text[place++] = '\n';
    text[place] = 0;
    call(SYS_WRITE0, text);
}

__attribute__((section(".start"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))(uintptr_t)&stack_end, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault,
    tick,
};
