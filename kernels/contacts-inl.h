/* Contacts of discs by the linear spring-dashpot model of the discrete element method [1], explicit
   in time. The acceleration of i by j is, with m = radius^2,
     n * max(0, spring * overlap - damping * v_n) * m_j / (m_i + m_j)
   where n points from j to i and v_n is the speed at which they part. No friction, no rotation.
   Forces are computed for runs of contacts, a lane a contact, from the last step's state alone;
   then each disc sums its own in ascending order, so that neither threads nor the width of a
   register matter.
   [1] Cundall, Strack. A discrete numerical model for granular assemblies. Geotechnique 1979. */

namespace quadrille {
namespace {
namespace QUADRILLE_ISA_NAMESPACE {

// Contacts gathered into columns; kRun is a multiple of every register's width.
constexpr int kContactRun = 128;
struct ContactRun {
  std::int32_t disc[kContactRun];  // counted from args.begin
  float dx[kContactRun], dy[kContactRun], reach[kContactRun], share[kContactRun];
  float dvx[kContactRun], dvy[kContactRun];
  float ax[kContactRun], ay[kContactRun], overlap[kContactRun];
};

struct ContactSums {
  float ax[kContactChunk], ay[kContactChunk];
  float largest;
};

inline void gather_contact(const ContactArgs& args, std::int64_t i, std::int64_t j, ContactRun& run,
                           int at) {
  run.disc[at] = static_cast<std::int32_t>(i - args.begin);
  run.dx[at] = args.x[i] - args.x[j];
  run.dy[at] = args.y[i] - args.y[j];
  run.reach[at] = args.radius[i] + args.radius[j];
  // Coincident centres, or such that no float holds the square of their distance, have no
  // direction: part along x, the earlier place to the left.
  if (run.dx[at] * run.dx[at] + run.dy[at] * run.dy[at] == 0.0f) {
    run.dx[at] = i < j ? -1e-3f * run.reach[at] : 1e-3f * run.reach[at];
    run.dy[at] = 0.0f;
  }
  const float mi = args.radius[i] * args.radius[i], mj = args.radius[j] * args.radius[j];
  run.share[at] = mj / (mi + mj);
  run.dvx[at] = args.vx[i] - args.vx[j];
  run.dvy[at] = args.vy[i] - args.vy[j];
}

// A run that is not full: contacts that do not touch.
inline void pad_run(ContactRun& run, int from) {
  for (int at = from; at < kContactRun; ++at) {
    run.dx[at] = 1.0f;
    run.dy[at] = run.dvx[at] = run.dvy[at] = run.share[at] = 0.0f;
    run.reach[at] = 1.0f;
  }
}

template <class Arch>
inline void solve_run(const ContactArgs& args, ContactRun& run, int count) {
  using Floats = Batch<float, Arch>;
  constexpr auto width = static_cast<int>(Floats::size);
  const Floats spring(args.spring), damping(args.damping), zero(0.0f);
  for (int at = 0; at < count; at += width) {
    const Floats dx = Floats::load_unaligned(run.dx + at);
    const Floats dy = Floats::load_unaligned(run.dy + at);
    const Floats distance = sqrt(dx * dx + dy * dy);
    const Floats nx = dx / distance, ny = dy / distance;
    const Floats reach = Floats::load_unaligned(run.reach + at);
    const Floats overlap = reach - distance;
    const Floats parting =
        Floats::load_unaligned(run.dvx + at) * nx + Floats::load_unaligned(run.dvy + at) * ny;
    const Floats force = spring * overlap - damping * parting;
    const Floats push = select(zero < force, force, zero) * Floats::load_unaligned(run.share + at);
    (push * nx).store_unaligned(run.ax + at);
    (push * ny).store_unaligned(run.ay + at);
    (overlap / reach).store_unaligned(run.overlap + at);
  }
}

template <class Arch>
inline void sum_run(const ContactArgs& args, ContactRun& run, int count, ContactSums& sums) {
  pad_run(run, count);
  solve_run<Arch>(args, run, count);
  for (int at = 0; at < count; ++at) {
    sums.ax[run.disc[at]] += run.ax[at];
    sums.ay[run.disc[at]] += run.ay[at];
    if (run.overlap[at] > sums.largest) sums.largest = run.overlap[at];
  }
}

template <class Arch>
inline void sum_contacts(const ContactArgs& args, ContactSums& sums) {
  ContactRun run;
  int count = 0;
  sums.largest = 0.0f;
  for (std::int64_t i = args.begin; i < args.end; ++i) {
    sums.ax[i - args.begin] = sums.ay[i - args.begin] = 0.0f;
    for (std::int64_t e = args.first[i]; e < args.first[i + 1]; ++e) {
      gather_contact(args, i, args.neighbors[e], run, count);
      if (++count < kContactRun) continue;
      sum_run<Arch>(args, run, count, sums);
      count = 0;
    }
  }
  sum_run<Arch>(args, run, count, sums);
}

// One axis of a disc against the two walls across it. Returns the acceleration, raises `largest`.
inline float wall_push(const ContactArgs& args, float at, float speed, float radius, float low,
                       float high, float& largest) {
  const float below = low + radius - at, above = at + radius - high;
  float push = 0.0f;
  if (below > 0.0f) {
    const float force = args.spring * below - args.damping * speed;
    push += force > 0.0f ? force : 0.0f;
    largest = below > largest * radius ? below / radius : largest;
  }
  if (above > 0.0f) {
    const float force = args.spring * above + args.damping * speed;
    push -= force > 0.0f ? force : 0.0f;
    largest = above > largest * radius ? above / radius : largest;
  }
  return push;
}

// The new position of one axis; a disc that would leave the box stays at the wall, and what carried
// it out is taken.
inline float keep_inside(float at, float low, float high, float& speed) {
  if (at < low) {
    if (speed < 0.0f) speed = 0.0f;
    return low;
  }
  if (at > high) {
    if (speed > 0.0f) speed = 0.0f;
    return high;
  }
  return at;
}

// The same for a whole disc; one that is wider than the box stands in its middle.
inline float keep_disc_inside(float at, float radius, float low, float high) {
  float unused = 0.0f;
  if (low + radius > high - radius) return 0.5f * low + 0.5f * high;
  return keep_inside(at, low + radius, high - radius, unused);
}

template <class Arch>
float step_contacts(const ContactArgs& args) {
  ContactSums sums;
  sum_contacts<Arch>(args, sums);
  for (std::int64_t i = args.begin; i < args.end; ++i) {
    const float radius = args.radius[i];
    float vx = args.vx[i], vy = args.vy[i];
    const float wall_x =
        wall_push(args, args.x[i], vx, radius, args.min_x, args.max_x, sums.largest);
    const float wall_y =
        wall_push(args, args.y[i], vy, radius, args.min_y, args.max_y, sums.largest);
    const std::int64_t place = i - args.begin;
    vx += args.dt * (sums.ax[place] + wall_x + args.gravity_x);
    vy += args.dt * (sums.ay[place] + wall_y + args.gravity_y);
    const std::int32_t body = args.order[i];
    args.next_x[body] = keep_inside(args.x[i] + args.dt * vx, args.min_x, args.max_x, vx);
    args.next_y[body] = keep_inside(args.y[i] + args.dt * vy, args.min_y, args.max_y, vy);
    args.next_vx[body] = vx;
    args.next_vy[body] = vy;
  }
  return sums.largest;
}

template <class Arch>
float separate(const ContactArgs& args) {
  ContactSums sums;
  sum_contacts<Arch>(args, sums);
  for (std::int64_t i = args.begin; i < args.end; ++i) {
    const float radius = args.radius[i];
    const std::int64_t place = i - args.begin;
    const std::int32_t body = args.order[i];
    const float x = args.x[i] + sums.ax[place], y = args.y[i] + sums.ay[place];
    args.next_x[body] = keep_disc_inside(x, radius, args.min_x, args.max_x);
    args.next_y[body] = keep_disc_inside(y, radius, args.min_y, args.max_y);
  }
  return sums.largest;
}

}  // namespace QUADRILLE_ISA_NAMESPACE
}  // namespace
}  // namespace quadrille
