#include "core/gzip.hpp"

#include <stdexcept>
#include <zlib.h>

namespace secureauth {
namespace {

constexpr int kGzipFormat = 16;  // added to the window's size (zlib.h, deflateInit2)

struct Deflater {
  z_stream stream{};
  Deflater() {
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipFormat, MAX_MEM_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("zlib has no memory");
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream); }
};

}  // namespace

std::string gzip(std::string_view content) {
  Deflater deflater;
  auto& stream = deflater.stream;
  std::string source(content);  // zlib's interface is not const
  std::string packed(deflateBound(&stream, source.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(source.data());
  stream.avail_in = static_cast<uInt>(source.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
  packed.resize(stream.total_out);
  return packed;
}

}  // namespace secureauth
