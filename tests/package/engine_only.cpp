// Links the engine alone.
#include <quadrille/frame.h>

int main() {
  quadrille::FrameSchema schema;
  const auto column = schema.add({.name = "distance", .size = 3});
  return schema.find("distance") == column && schema.find("parent") == -1 ? 0 : 1;
}
