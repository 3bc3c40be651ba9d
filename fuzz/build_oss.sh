#!/bin/sh
# Build the harnesses as OSS-Fuzz and ClusterFuzzLite want them; the one way to do it, here as there.
#
# From the environment: CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE (what brings main), OUT (where programs, corpora, dictionaries and
# options go), WORK (scratch). SRC/libsodium, when there is one, is built and linked statically: the machines that fuzz have no
# libraries of ours, and the memory sanitizer wants all code to be its own.
#
#   mkdir /tmp/out && CC=clang-19 CXX=clang++-19 CFLAGS='-O1 -fsanitize=address,fuzzer-no-link' \
#       LIB_FUZZING_ENGINE=-fsanitize=fuzzer OUT=/tmp/out fuzz/build_oss.sh
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
for name in CC CXX LIB_FUZZING_ENGINE OUT; do
    eval "value=\${$name:-}"
    [ -n "$value" ] || { echo "fuzz/build_oss.sh: $name is not set; the head of the file says what is needed" >&2; exit 2; }
done
work=${WORK:-$OUT/.work}
jobs=$(nproc)
mkdir -p "$OUT" "$work"

if [ -f "${SRC:-}/libsodium/configure" ]; then
    asm=
    [ "${SANITIZER:-}" != memory ] || asm=--disable-asm
    mkdir -p "$work/libsodium" && cd "$work/libsodium"
    "$SRC/libsodium/configure" --prefix="$work/installed" --disable-shared --enable-static --disable-pie $asm
    make -j"$jobs" install
    PKG_CONFIG_PATH=$work/installed/lib/pkgconfig
    export PKG_CONFIG_PATH
fi

cmake -S "$root" -B "$work/build" -DCMAKE_BUILD_TYPE=None -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
    -DCMAKE_C_FLAGS="${CFLAGS:-}" -DCMAKE_CXX_FLAGS="${CXXFLAGS:-}" -DWARREN_TESTS=OFF -DWARREN_TOOLS=OFF \
    -DWARREN_FUZZ_ENGINE="$LIB_FUZZING_ENGINE"
cmake --build "$work/build" --parallel "$jobs"

built=0
for program in "$work"/build/bin/fuzz-*; do
    name=${program##*/fuzz-}
    [ "$name" != canary ] || continue # fails on purpose
    cp "$program" "$OUT/$name"
    rm -f "$OUT/${name}_seed_corpus.zip"
    python3 - "$OUT/${name}_seed_corpus.zip" "$root/corpora/fuzz/$name/seed" "$root/corpora/fuzz/$name/grown" \
        "$root/corpora/regress/$name" <<'END'
import pathlib
import sys
import zipfile

folders = [pathlib.Path(name) for name in sys.argv[2:]]
files = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())
         if path.is_file() and not (path.suffix == ".txt" and path.with_suffix("").is_file())]
if files:
    with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, f"{path.parent.name}-{path.name}")
END
    [ ! -f "$root/fuzz/dict/$name.dict" ] || cp "$root/fuzz/dict/$name.dict" "$OUT/$name.dict"
    [ ! -f "$root/fuzz/options/$name.options" ] || cp "$root/fuzz/options/$name.options" "$OUT/$name.options"
    built=$((built + 1))
done
echo "$built harnesses in $OUT"
