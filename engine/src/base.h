#ifndef WRNI_BASE_H
#define WRNI_BASE_H

/*
 * Floor 0. Our own mistakes stop the program, in every build: there is no NDEBUG. Bytes from the wire never reach an assert.
 */

#include "warren/types.h"

#define WRNI_ASSERT(condition) ((condition) ? (void)0 : wrn_panic(#condition, __FILE__, __LINE__))

#define WRNI_NONE UINT32_MAX /* no slot, no node, no session */

#endif
