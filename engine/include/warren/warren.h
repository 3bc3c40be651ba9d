#ifndef WARREN_H
#define WARREN_H

/* Everything, and the version. */

#define WRN_VERSION "0.1.0"

#include "warren/crypto.h"
#include "warren/engine.h"
#include "warren/inspect.h"
#include "warren/lane.h"
#include "warren/types.h"
#include "warren/uapi.h"

#endif
