#include "tests/scenes/svg_reader.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include <expat.h>
#include <gtest/gtest.h>

namespace quadrille::test {
namespace {

struct Reading {
  std::vector<SvgElement>& elements;
  std::vector<std::size_t> open;
};

void begin_element(void* data, const XML_Char* name, const XML_Char** attributes) {
  Reading& reading = *static_cast<Reading*>(data);
  SvgElement element;
  element.name = name;
  for (; *attributes != nullptr; attributes += 2) element.attributes[attributes[0]] = attributes[1];
  const std::size_t index = reading.elements.size();
  if (!reading.open.empty()) {
    element.parent = reading.open.back();
    reading.elements[element.parent].children.push_back(index);
  }
  reading.elements.push_back(std::move(element));
  reading.open.push_back(index);
}

void end_element(void* data, const XML_Char*) { static_cast<Reading*>(data)->open.pop_back(); }

void add_text(void* data, const XML_Char* text, int length) {
  Reading& reading = *static_cast<Reading*>(data);
  if (reading.open.empty()) return;
  reading.elements[reading.open.back()].text.append(text, static_cast<std::size_t>(length));
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::stringstream stream(list);
  for (std::string part; std::getline(stream, part, ';');) parts.push_back(part);
  return parts;
}

}  // namespace

SvgDocument::SvgDocument(const std::string& text) {
  Reading reading{elements_, {}};
  const XML_Parser parser = XML_ParserCreate("UTF-8");
  XML_SetUserData(parser, &reading);
  XML_SetElementHandler(parser, begin_element, end_element);
  XML_SetCharacterDataHandler(parser, add_text);
  EXPECT_EQ(XML_Parse(parser, text.data(), static_cast<int>(text.size()), 1), XML_STATUS_OK)
      << XML_ErrorString(XML_GetErrorCode(parser)) << " in line "
      << XML_GetCurrentLineNumber(parser);
  XML_ParserFree(parser);
}

const SvgElement* SvgDocument::animation_of(const SvgElement& element,
                                            std::string_view attribute) const {
  for (const std::size_t child : element.children) {
    const SvgElement& animation = elements_[child];
    if (animation.name == "animate" && animation.get("attributeName") == attribute)
      return &animation;
  }
  return nullptr;
}

std::string SvgDocument::at(const SvgElement& element, const std::string& attribute,
                            double share) const {
  const SvgElement* animation = animation_of(element, attribute);
  if (animation == nullptr) {
    if (element.has(attribute)) return element.get(attribute);
    return attribute == "visibility" ? "visible" : "";
  }
  const std::vector<std::string> values = split(animation->get("values"));
  const std::vector<double> times = numbers_of(animation->get("keyTimes"));
  EXPECT_EQ(values.size(), times.size());
  const auto next = std::upper_bound(times.begin(), times.end(), share);
  const auto index = static_cast<std::size_t>(next - times.begin()) - 1;
  if (animation->get("calcMode") == "discrete" || next == times.end()) return values[index];
  const double from = std::stod(values[index]), to = std::stod(values[index + 1]);
  const double part = (share - times[index]) / (times[index + 1] - times[index]);
  return std::to_string(from + part * (to - from));
}

double SvgDocument::number_at(const SvgElement& element, const std::string& attribute,
                              double share) const {
  return std::stod(at(element, attribute, share));
}

std::set<Cell> cells_of(const SvgElement& path, int pitch) {
  std::set<Cell> cells;
  const std::string d = path.get("d");
  int x = 0, y = 0, length = 0, read = 0;
  for (const char* next = d.c_str(); *next != '\0'; next += read) {
    EXPECT_EQ(std::sscanf(next, "M%d %dh%d%n", &x, &y, &length, &read), 3) << next;
    if (read == 0) break;
    for (int done = 0; done < length; done += pitch) {
      EXPECT_TRUE(cells.insert({y, x + done}).second) << "a cell stands twice in one path";
    }
  }
  return cells;
}

std::vector<double> numbers_of(const std::string& list) {
  std::vector<double> numbers;
  for (const std::string& part : split(list)) numbers.push_back(std::stod(part));
  return numbers;
}

}  // namespace quadrille::test
