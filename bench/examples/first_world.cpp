// A ball and a plank that fall on a ramp, stepped as a game does.
#include <cstdio>

#include <quadrille/world.h>

int main() {
  using namespace quadrille;
  Result<World> made = World::create({.box = {0, 0, 40, 20}, .gravity_y = -10});
  if (!made.is_ok()) return std::fprintf(stderr, "%s\n", made.status().message().c_str()), 1;
  World& world = *made;
  if (!world.add_segment(0, 12, 20, 2).is_ok()) return 1;  // the ramp
  const BodyHandle ball = world.add_body({.x = 4, .y = 15, .radius = 0.5f}).value();
  const BodyHandle plank =
      world.add_body({.x = 12, .y = 12, .radius = 0.2f, .half_length = 2}).value();

  FixedStep clock(1.0 / 60);
  for (int frame = 0; frame < 200; ++frame) {
    for (int steps = clock.advance(1.0 / 50); steps > 0; --steps) {
      if (const Status status = world.step(static_cast<float>(clock.dt())); !status.is_ok())
        return 1;
      for (const ContactEvent& event : world.contact_events())
        if (event.began && event.a == ball && event.b == plank)
          std::printf("the ball meets the plank at %.0f metres a second\n", double{event.speed});
    }
  }
  const RayHit floor = world.cast_ray(30, 10, 0, -20).value();
  std::printf("%d bodies; the floor is %.0f below\n", static_cast<int>(world.num_bodies()),
              double{20 * floor.share});
}
