#include <zlib.h>

// deflateInit2 and inflateInit2 are macros that pass the version and the size of the structure, so
// Swift does not see them.
static inline int southbound_deflate_init(z_streamp stream, int level, int window_bits) {
  return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}

static inline int southbound_inflate_init(z_streamp stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}
