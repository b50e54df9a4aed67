#!/usr/bin/env bash
# Builds native/build/portcullis.bpf.o (kernels 5.16 and later), portcullis-515.bpf.o (5.15: without kfunc calls) and
# portcullis-syscalls.bpf.o (what sees system calls), portcullis-dns.bpf.o (what judges queries of DNS),
# portcullis-addresses.bpf.o (what judges whom sockets speak with), portcullis-look.bpf.o and portcullis-earlier.bpf.o (what finds
# descriptors from before a rule, and what judges their use).
# Needs clang with the bpf target and libbpf's headers. CLANG names another compiler.
set -euo pipefail
cd "$(dirname "$0")/.."
for clang in "${CLANG:-clang}" clang clang-19 clang-18 clang-17 clang-16; do command -v "$clang" >/dev/null && break; done
strip=$(command -v "${clang/clang/llvm-strip}" || command -v llvm-strip || true)
case $(uname -m) in
  x86_64) arch=x86 triplet=x86_64-linux-gnu ;;
  aarch64) arch=arm64 triplet=aarch64-linux-gnu ;;
  *) echo "build.sh: the engine does not know the registers of $(uname -m) yet" >&2; exit 1 ;;
esac
mkdir -p build
compile() { # SOURCE OUTPUT FLAGS...
  local source=bpf/$1 out=build/$2; shift 2
  "$clang" --target=bpf -mcpu=v3 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Werror \
    -D__TARGET_ARCH_$arch -Iinclude -I"/usr/include/$triplet" "$@" -c "$source" -o "$out.tmp"
  [ -z "$strip" ] || "$strip" -g "$out.tmp" # debug sections only: BTF stays
  mv "$out.tmp" "$out"
}
compile portcullis.bpf.c portcullis.bpf.o
compile portcullis.bpf.c portcullis-515.bpf.o -DPORTCULLIS_NO_KFUNC
compile syscalls.bpf.c portcullis-syscalls.bpf.o
compile dns.bpf.c portcullis-dns.bpf.o
compile addresses.bpf.c portcullis-addresses.bpf.o
# These two are rarely asked, so that one that calls no functions of the kernel is enough for all kernels.
compile look.bpf.c portcullis-look.bpf.o -DPORTCULLIS_NO_KFUNC
compile earlier.bpf.c portcullis-earlier.bpf.o -DPORTCULLIS_NO_KFUNC
