#include "scenes/picture_svg.h"

#include <cstdio>

#include "scenes/base64.h"

namespace quadrille {
namespace {

template <class... Args>
std::string format(const char* pattern, Args... args) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, pattern, args...);
  return buffer;
}

}  // namespace

Result<PictureFormat> picture_format(const std::string& path, const PictureOptions& options) {
  if (options.width < kLeastPictureWidth || options.width > kMostPictureWidth) {
    return Status(StatusCode::kInvalidArgument, path + ": a picture's width is " +
                                                    std::to_string(options.width) +
                                                    " pixels; it may be 16 to 8192");
  }
  if (path.ends_with(".png")) return PictureFormat::kPng;
  if (path.ends_with(".svg")) return PictureFormat::kSvg;
  return Status(StatusCode::kInvalidArgument, path + ": a picture's name ends in .png or .svg");
}

std::string hex(Colour c) { return format("#%02x%02x%02x", c.r, c.g, c.b); }

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) escaped += c;
    }
  }
  return escaped;
}

SvgWriter::SvgWriter(int width, int height) {
  svg_ = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" "
      "font-family=\"system-ui, sans-serif\">\n",
      width, height, width, height);
  rectangle(0, 0, width, height, kBackground);
}

void SvgWriter::circle(double x, double y, double radius, Colour fill) {
  svg_ += format("<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\" fill=\"", x, y, radius) + hex(fill) +
          "\"/>\n";
}

void SvgWriter::line(double x0, double y0, double x1, double y1, double width, Colour stroke) {
  svg_ +=
      format(
          "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke-width=\"%.2f\" stroke=\"",
          x0, y0, x1, y1, width) +
      hex(stroke) + "\"/>\n";
}

void SvgWriter::capsule(double x0, double y0, double x1, double y1, double radius, Colour fill) {
  svg_ += format(
              "<line x1=\"%.2f\" y1=\"%.2f\" x2=\"%.2f\" y2=\"%.2f\" stroke-width=\"%.2f\" "
              "stroke-linecap=\"round\" stroke=\"",
              x0, y0, x1, y1, 2 * radius) +
          hex(fill) + "\"/>\n";
}

void SvgWriter::polyline(std::span<const double> points, double width, Colour stroke) {
  svg_ += "<polyline fill=\"none\" points=\"";
  for (std::size_t i = 0; i + 1 < points.size(); i += 2)
    svg_ += format("%.1f,%.1f ", points[i], points[i + 1]);
  svg_ += format("\" stroke-width=\"%.2f\" stroke=\"", width) + hex(stroke) + "\"/>\n";
}

void SvgWriter::rectangle(double x, double y, double width, double height, Colour fill) {
  svg_ += format("<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"", x, y, width,
                 height) +
          hex(fill) + "\"/>\n";
}

void SvgWriter::text(double x, double y, double size, Colour fill, std::string_view anchor,
                     std::string_view content) {
  svg_ += format("<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.1f\" text-anchor=\"", x, y, size) +
          std::string(anchor) + "\" fill=\"" + hex(fill) + "\">" + escape_xml(content) +
          "</text>\n";
}

void SvgWriter::embed_png(double x, double y, int width, int height, std::span<const char> png) {
  svg_ +=
      format(
          "<image x=\"%.2f\" y=\"%.2f\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,",
          x, y, width, height) +
      base64(png) + "\"/>\n";
}

void SvgWriter::header(std::string_view title, std::string_view caption) {
  text(24, 30, 22, kText, "start", title);
  text(24, 52, 14, kFaintText, "start", caption);
}

std::string SvgWriter::finish() { return svg_ + "</svg>\n"; }

}  // namespace quadrille
