// The part of zlib that reads compressed data files.
#include <zlib.h>
