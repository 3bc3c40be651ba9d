/*
 * The hosted default of wrn_panic, in an archive of its own: a program that defines its own is never given this one.
 */

#include <stdio.h>
#include <stdlib.h>

#include "warren/types.h"

void wrn_panic(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: warren: this should be true and is not: %s\n", file, line, what);
    abort();
}
