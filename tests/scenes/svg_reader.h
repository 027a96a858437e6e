// An SVG as a test sees it: parsed strictly, its animations evaluated at any time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quadrille::test {

struct SvgElement {
  std::string name;
  std::map<std::string, std::string, std::less<>> attributes;
  std::string text;  // of its own
  std::size_t parent = 0;
  std::vector<std::size_t> children;

  bool has(std::string_view attribute) const { return attributes.contains(attribute); }
  std::string get(std::string_view attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? "" : found->second;
  }
};

class SvgDocument {
 public:
  // Fails the test where it is not well-formed.
  explicit SvgDocument(const std::string& text);

  const std::vector<SvgElement>& elements() const { return elements_; }
  // The attribute at a share of the loop in [0, 1), animated or not. Visibility is "visible" where
  // nobody says otherwise.
  std::string at(const SvgElement& element, const std::string& attribute, double share) const;
  double number_at(const SvgElement& element, const std::string& attribute, double share) const;
  const SvgElement* animation_of(const SvgElement& element, std::string_view attribute) const;

 private:
  std::vector<SvgElement> elements_;
};

using Cell = std::pair<int, int>;  // y, x of its left end: in reading order

// Dashes of "M x y h length" pieces, `pitch` apart.
std::set<Cell> cells_of(const SvgElement& path, int pitch);

std::vector<double> numbers_of(const std::string& list);  // separated by ;

}  // namespace quadrille::test
