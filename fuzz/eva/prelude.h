/* What Frama-C 25 does not read. */
#define _Static_assert(condition, text)
#define _Alignas(bytes)
#define _Thread_local
