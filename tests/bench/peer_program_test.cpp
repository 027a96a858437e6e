#include "bench/peers/peer_program.h"

#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>

namespace quadrille::program {
namespace {

struct NamedPeer {
  std::string text;
  std::string name() const { return text; }
};

template <class Compare>
int run_with(std::vector<const char*> arguments, std::vector<std::string>& without,
             const Compare& compare) {
  arguments.insert(arguments.begin(), "peers");
  CLI::App app("peers");
  add_without(&app, without);
  return run_peer_program("peers", app, static_cast<int>(arguments.size()), arguments.data(),
                          compare);
}

TEST(PeerProgram, ExitsAsTheProgramDoes) {
  std::vector<std::string> without;
  const auto fine = [] { return Status::ok(); };
  EXPECT_EQ(run_with({}, without, fine), 0);
  EXPECT_EQ(run_with({"--help"}, without, fine), 0);
  EXPECT_EQ(run_with({"--nonsense"}, without, fine), 2);
  EXPECT_EQ(run_with({}, without, [] { return Status(StatusCode::kInvalidInput, "no"); }), 1);
  EXPECT_EQ(run_with({}, without, []() -> Status { throw std::runtime_error("a peer's"); }), 1);
  EXPECT_EQ(run_with({}, without, []() -> Status { throw CLI::RequiredError("--graph"); }), 2);
}

TEST(PeerProgram, LeavesOutWhoseNamesAreGiven) {
  std::vector<std::string> without;
  ASSERT_EQ(run_with({"--without", "tree,Box2D"}, without, [] { return Status::ok(); }), 0);
  std::vector<std::unique_ptr<NamedPeer>> peers;
  for (const char* name : {"quadrille", "R-tree, 8", "Box2D 2.4.0"})
    peers.push_back(std::make_unique<NamedPeer>(NamedPeer{name}));
  leave_out(without, peers);
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_EQ(peers[0]->name(), "quadrille");
}

}  // namespace
}  // namespace quadrille::program
