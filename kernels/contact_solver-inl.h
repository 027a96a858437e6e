/* Contacts by sequential impulses with small sub-steps and soft constraints [1, 2]: a sub-step
   integrates velocities, applies the last impulses, solves with a soft push against overlaps,
   integrates positions, and solves once more without that push, so that it leaves no speed behind.
   Points and normals stay for a whole step; gaps follow the moves since its beginning:
     gap + n . (d_b - d_a) + normal_b turn_b - normal_a turn_a.
   A gap that is open may close within the sub-step and no further (a speculative contact).
   Friction is Coulomb's, a point at a time; what resists rolling is that for the difference of the
   spins, with a moment in place of a force. Lanes are contacts; nothing is summed across lanes.
   [1] Macklin et al. Small Steps in Physics Simulation. SCA 2019.
   [2] Catto. Solver2D. box2d.org, 2024. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {
namespace contact_solver {

template <class Arch>
using Floats = Batch<float, Arch>;

template <class Arch>
struct Lanes {
  Floats<Arch> a[kBodyRow], b[kBodyRow];
  Floats<Arch> nx, ny, ta, tb, na, nb;

  void load(const float* bodies, const ContactBlock& block, int at, bool capsules) {
    load_rows(bodies, block.a + at, a);
    load_rows(bodies, block.b + at, b);
    nx = Floats<Arch>::load_unaligned(block.nx + at);
    ny = Floats<Arch>::load_unaligned(block.ny + at);
    ta = Floats<Arch>::load_unaligned(block.tangent_a + at);
    tb = Floats<Arch>::load_unaligned(block.tangent_b + at);
    na = nb = Floats<Arch>(0.0f);
    if (!capsules) return;
    na = Floats<Arch>::load_unaligned(block.normal_a + at);
    nb = Floats<Arch>::load_unaligned(block.normal_b + at);
  }
  void store(float* bodies, const ContactBlock& block, int at) const {
    store_rows(bodies, block.a + at, a);
    store_rows(bodies, block.b + at, b);
  }

  Floats<Arch> normal_speed(bool capsules) const {
    const Floats<Arch> speed = nx * (b[kVx] - a[kVx]) + ny * (b[kVy] - a[kVy]);
    return capsules ? speed + (nb * b[kSpin] - na * a[kSpin]) : speed;
  }
  Floats<Arch> tangent_speed() const {
    return (nx * (b[kVy] - a[kVy]) - ny * (b[kVx] - a[kVx])) + (tb * b[kSpin] - ta * a[kSpin]);
  }
  Floats<Arch> moved_apart(bool capsules) const {
    const Floats<Arch> moved = nx * (b[kDx] - a[kDx]) + ny * (b[kDy] - a[kDy]);
    return capsules ? moved + (nb * b[kTurn] - na * a[kTurn]) : moved;
  }
  // Speed along the direction that an impulse of 1 gives; 0 for lanes without a body that moves.
  Floats<Arch> normal_response(bool capsules) const {
    const Floats<Arch> response = a[kInverseMass] + b[kInverseMass];
    return capsules ? response + (a[kInverseInertia] * (na * na) + b[kInverseInertia] * (nb * nb))
                    : response;
  }
  Floats<Arch> tangent_response() const {
    return (a[kInverseMass] + b[kInverseMass]) +
           (a[kInverseInertia] * (ta * ta) + b[kInverseInertia] * (tb * tb));
  }

  void push(Floats<Arch> impulse, bool capsules) {
    const Floats<Arch> of_a = impulse * a[kInverseMass], of_b = impulse * b[kInverseMass];
    a[kVx] = a[kVx] - of_a * nx;
    a[kVy] = a[kVy] - of_a * ny;
    b[kVx] = b[kVx] + of_b * nx;
    b[kVy] = b[kVy] + of_b * ny;
    if (!capsules) return;
    a[kSpin] = a[kSpin] - impulse * a[kInverseInertia] * na;
    b[kSpin] = b[kSpin] + impulse * b[kInverseInertia] * nb;
  }
  void rub(Floats<Arch> impulse) {
    const Floats<Arch> of_a = impulse * a[kInverseMass], of_b = impulse * b[kInverseMass];
    a[kVx] = a[kVx] + of_a * ny;
    a[kVy] = a[kVy] - of_a * nx;
    b[kVx] = b[kVx] - of_b * ny;
    b[kVy] = b[kVy] + of_b * nx;
    a[kSpin] = a[kSpin] - impulse * a[kInverseInertia] * ta;
    b[kSpin] = b[kSpin] + impulse * b[kInverseInertia] * tb;
  }
  void turn(Floats<Arch> impulse) {
    a[kSpin] = a[kSpin] - impulse * a[kInverseInertia];
    b[kSpin] = b[kSpin] + impulse * b[kInverseInertia];
  }
};

template <class Arch>
inline Floats<Arch> clamp(Floats<Arch> value, Floats<Arch> low, Floats<Arch> high) {
  return min(max(value, low), high);
}

template <class Arch>
inline Floats<Arch> over(Floats<Arch> value, Floats<Arch> response) {
  const Floats<Arch> zero(0.0f);
  return select(zero < response, value / response, zero);
}

inline RollingBlock& rolling_of(const SolveArgs& args, const ContactBlock& block) {
  return args.rolling[&block - args.blocks];
}

template <class Arch>
inline void resist_rolling(const SolveArgs& args, const ContactBlock& block, int at,
                           Floats<Arch> pressing, Lanes<Arch>& lanes) {
  RollingBlock& rolling = rolling_of(args, block);
  const Floats<Arch> limit = Floats<Arch>::load_unaligned(rolling.reach + at) * pressing;
  const Floats<Arch> before = Floats<Arch>::load_unaligned(rolling.impulse + at);
  const Floats<Arch> wanted = over<Arch>(lanes.b[kSpin] - lanes.a[kSpin],
                                         lanes.a[kInverseInertia] + lanes.b[kInverseInertia]);
  const Floats<Arch> impulse = clamp<Arch>(before - wanted, Floats<Arch>(0.0f) - limit, limit);
  lanes.turn(impulse - before);
  impulse.store_unaligned(rolling.impulse + at);
}

template <class Arch, bool kCapsules>
inline void warm_start_lanes(const SolveArgs& args, ContactBlock& block, int at) {
  Lanes<Arch> lanes;
  lanes.load(args.bodies, block, at, kCapsules);
  lanes.push(Floats<Arch>::load_unaligned(block.normal_impulse + at), kCapsules);
  lanes.rub(Floats<Arch>::load_unaligned(block.tangent_impulse + at));
  if (args.rolling != nullptr)
    lanes.turn(Floats<Arch>::load_unaligned(rolling_of(args, block).impulse + at));
  lanes.store(args.bodies, block, at);
}

// The speed that is wanted beyond none, and how much of it is to be had at once.
template <class Arch>
struct Aim {
  Floats<Arch> bias, mass_scale, impulse_scale;
};

template <class Arch, bool kSoft>
inline Aim<Arch> aim_at(const SolveArgs& args, const ContactBlock& block, int at,
                        Floats<Arch> gap) {
  const Floats<Arch> zero(0.0f), one(1.0f);
  const auto open = zero < gap;
  const Floats<Arch> closing = gap * Floats<Arch>(args.inverse_dt);
  if (!kSoft) return {select(open, closing, zero), one, zero};
  const Floats<Arch> length = Floats<Arch>::load_unaligned(block.length + at);
  const Floats<Arch> overlap = min(gap + Floats<Arch>(args.slop) * length, zero);
  const Floats<Arch> parting =
      max(Floats<Arch>(args.softness.rate) * overlap, Floats<Arch>(-args.push) * length);
  return {select(open, closing, parting), select(open, one, Floats<Arch>(args.softness.mass_scale)),
          select(open, zero, Floats<Arch>(args.softness.impulse_scale))};
}

template <class Arch, bool kCapsules, bool kSoft>
inline void solve_lanes(const SolveArgs& args, ContactBlock& block, int at) {
  const Floats<Arch> zero(0.0f);
  Lanes<Arch> lanes;
  lanes.load(args.bodies, block, at, kCapsules);
  const Floats<Arch> gap =
      Floats<Arch>::load_unaligned(block.gap + at) + lanes.moved_apart(kCapsules);
  const Aim<Arch> aim = aim_at<Arch, kSoft>(args, block, at, gap);
  const Floats<Arch> before = Floats<Arch>::load_unaligned(block.normal_impulse + at);
  const Floats<Arch> wanted =
      over<Arch>(lanes.normal_speed(kCapsules) + aim.bias, lanes.normal_response(kCapsules));
  const Floats<Arch> impulse =
      max(before - aim.mass_scale * wanted - aim.impulse_scale * before, zero);
  lanes.push(impulse - before, kCapsules);
  impulse.store_unaligned(block.normal_impulse + at);
  if (args.keeps_largest) {
    const Floats<Arch> largest = Floats<Arch>::load_unaligned(block.largest_impulse + at);
    max(largest, impulse).store_unaligned(block.largest_impulse + at);
  }
  const Floats<Arch> limit = Floats<Arch>::load_unaligned(block.friction + at) * impulse;
  const Floats<Arch> rubbed = Floats<Arch>::load_unaligned(block.tangent_impulse + at);
  const Floats<Arch> rub = clamp<Arch>(
      rubbed - over<Arch>(lanes.tangent_speed(), lanes.tangent_response()), zero - limit, limit);
  lanes.rub(rub - rubbed);
  rub.store_unaligned(block.tangent_impulse + at);
  if (args.rolling != nullptr) resist_rolling<Arch>(args, block, at, impulse, lanes);
  lanes.store(args.bodies, block, at);
}

// What met faster than bounce_speed and pressed since parts with its share of that speed.
template <class Arch, bool kCapsules>
inline void bounce_lanes(const SolveArgs& args, ContactBlock& block, int at) {
  const Floats<Arch> zero(0.0f);
  Lanes<Arch> lanes;
  lanes.load(args.bodies, block, at, kCapsules);
  const Floats<Arch> speed = Floats<Arch>::load_unaligned(block.speed + at);
  const Floats<Arch> pressed = Floats<Arch>::load_unaligned(block.largest_impulse + at);
  const Floats<Arch> before = Floats<Arch>::load_unaligned(block.normal_impulse + at);
  const Floats<Arch> wanted = over<Arch>(
      lanes.normal_speed(kCapsules) + Floats<Arch>::load_unaligned(block.restitution + at) * speed,
      lanes.normal_response(kCapsules));
  Floats<Arch> impulse = max(before - wanted, zero);
  impulse = select(speed < Floats<Arch>(-args.bounce_speed), impulse, before);
  impulse = select(zero < pressed, impulse, before);
  lanes.push(impulse - before, kCapsules);
  impulse.store_unaligned(block.normal_impulse + at);
  lanes.store(args.bodies, block, at);
}

template <class Arch, class Solve>
inline void for_lanes(const SolveArgs& args, Solve&& one) {
  for (std::int64_t i = args.begin; i < args.end; ++i)
    for (int at = 0; at < kContactLanes; at += static_cast<int>(Floats<Arch>::size))
      one(args.blocks[i], at);
}

template <class Arch>
void warm_start(const SolveArgs& args) {
  for_lanes<Arch>(args, [&](ContactBlock& block, int at) {
    args.capsules ? warm_start_lanes<Arch, true>(args, block, at)
                  : warm_start_lanes<Arch, false>(args, block, at);
  });
}

template <class Arch>
void solve(const SolveArgs& args) {
  for_lanes<Arch>(args, [&](ContactBlock& block, int at) {
    args.capsules ? solve_lanes<Arch, true, true>(args, block, at)
                  : solve_lanes<Arch, false, true>(args, block, at);
  });
}

template <class Arch>
void relax(const SolveArgs& args) {
  for_lanes<Arch>(args, [&](ContactBlock& block, int at) {
    args.capsules ? solve_lanes<Arch, true, false>(args, block, at)
                  : solve_lanes<Arch, false, false>(args, block, at);
  });
}

template <class Arch>
void bounce(const SolveArgs& args) {
  for_lanes<Arch>(args, [&](ContactBlock& block, int at) {
    args.capsules ? bounce_lanes<Arch, true>(args, block, at)
                  : bounce_lanes<Arch, false>(args, block, at);
  });
}

template <class Arch>
constexpr ContactSolverBodies bodies() {
  return {warm_start<Arch>, solve<Arch>, relax<Arch>, bounce<Arch>};
}

}  // namespace contact_solver
}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
