#!/bin/sh
# What ClusterFuzzLite calls; all of it is in fuzz/build_oss.sh.
exec "$SRC/warren/fuzz/build_oss.sh"
