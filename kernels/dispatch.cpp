#include "kernels/dispatch.h"

#include <array>
#include <string>

#include "kernels/isa/tables.h"

namespace quadrille {
namespace {

constexpr std::array kTables = {
    &isa::kPortableTable,
#if defined(__x86_64__) && defined(QUADRILLE_TWO_ISAS)
    &isa::kAvx2Table,
#elif defined(__x86_64__)
    &isa::kSse42Table,
    &isa::kAvx2Table,
    &isa::kAvx512Table,
#endif
};

constexpr std::string_view kOnlyByName =
    "avx512";  // until golden hashes were seen on many such machines

}  // namespace

std::span<const KernelTable* const> all_kernel_tables() { return kTables; }

bool processor_supports(const KernelTable& table) {
  const std::string_view name = table.name;
#if defined(__x86_64__)
  if (name == "sse4.2") return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
  if (name == "avx2") return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
  if (name == "avx512") {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return name == "portable";
}

Result<const KernelTable*> choose_kernel_table(std::string_view name) {
  const KernelTable* best = nullptr;
  for (const KernelTable* table : kTables) {
    const bool supported = processor_supports(*table);
    if (name == table->name) {
      if (supported) return table;
      return Status(StatusCode::kUnsupported, "instruction set '" + std::string(name) +
                                                  "' is not supported by this processor");
    }
    if (supported && table->name != kOnlyByName) best = table;
  }
  if (name.empty()) return best;
  return Status(StatusCode::kInvalidArgument, "no instruction set is called '" + std::string(name) +
                                                  "'; known: portable, sse4.2, avx2, avx512");
}

}  // namespace quadrille
