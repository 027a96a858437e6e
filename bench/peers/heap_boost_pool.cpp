// Boost.Pool: a pool of one size a power of two, as a program has one a type.
#include "bench/peers/heap_loops.h"

#if defined(QUADRILLE_BOOST_POOL)

#include <array>
#include <bit>

#include <boost/pool/pool.hpp>
#include <boost/version.hpp>

namespace quadrille::program {
namespace {

struct BoostPool {
  static constexpr bool kResets = false;
  void* allocate(std::size_t bytes) { return pool_of(bytes).malloc(); }
  void release(void* memory, std::size_t bytes) { pool_of(bytes).free(memory); }
  boost::pool<>& pool_of(std::size_t bytes) {
    return pools[static_cast<std::size_t>(std::bit_width((bytes - 1) | 15)) - 4];
  }
  std::array<boost::pool<>, 7> pools{boost::pool<>(16),  boost::pool<>(32),  boost::pool<>(64),
                                     boost::pool<>(128), boost::pool<>(256), boost::pool<>(512),
                                     boost::pool<>(1024)};
};

}  // namespace

HeapPeer boost_pool_peer() {
  return peer_of<BoostPool>("Boost.Pool " + std::to_string(BOOST_VERSION / 100000) + "." +
                            std::to_string(BOOST_VERSION / 100 % 1000));
}

}  // namespace quadrille::program

#else

quadrille::program::HeapPeer quadrille::program::boost_pool_peer() {
  return missing_peer("Boost.Pool");
}

#endif
