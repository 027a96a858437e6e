#include "scenes/input/text.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random.h"
#include "scenes/input/plain_line.h"
#include "tests/scenes/input_files.h"

namespace quadrille {
namespace {

Scan scan_whole(std::string_view text, std::uint64_t& value) {
  LineCursor cursor(text);
  return cursor.take_unsigned(value);
}

TEST(LineCursor, FieldsStandApartByBlanksOrOneCommaOrSemicolon) {
  for (const std::string line : {"1 2 3", " 1\t2  3 ", "1,2,3", "1 , 2;3", "1;2\t3"}) {
    LineCursor cursor(line);
    std::vector<std::uint64_t> found;
    std::uint64_t value = 0;
    while (cursor.take_unsigned(value) == Scan::kOk) found.push_back(value);
    EXPECT_EQ(found, (std::vector<std::uint64_t>{1, 2, 3})) << line;
    EXPECT_TRUE(cursor.at_end()) << line;
  }
}

TEST(LineCursor, AnEmptyFieldIsMissingAndNotSkipped) {
  for (const std::string line : {"1,,2", "1,", ",1", "1 ;; 2"}) {
    LineCursor cursor(line);
    std::uint64_t value = 0;
    Scan scan = cursor.take_unsigned(value);
    if (scan == Scan::kOk) scan = cursor.take_unsigned(value);
    EXPECT_EQ(scan, Scan::kMissing) << line;
    EXPECT_FALSE(cursor.at_end()) << line;
  }
}

TEST(LineCursor, WholeNumbersAreReadToTheDigit) {
  for (const std::uint64_t number :
       {0ull, 7ull, 10ull, 2147483647ull, 4294967296ull, 999999999999999999ull}) {
    for (const char* front : {"", "+", "000"}) {
      const std::string text = std::string(front).append(std::to_string(number));
      std::uint64_t value = 1;
      EXPECT_EQ(scan_whole(text, value), Scan::kOk) << text;
      EXPECT_EQ(value, number) << text;
    }
  }
  std::uint64_t value = 1;
  EXPECT_EQ(scan_whole("-0", value), Scan::kOk);
  EXPECT_EQ(value, 0u);
}

TEST(PlainLine, IsTakenWholeAndToTheDigit) {
  for (const std::uint32_t number : {0u, 7u, 10u, 1048575u, 9999999u, 10000000u, 99999999u}) {
    for (const std::string separator : {" ", "\t", ","}) {
      const std::string digits = std::to_string(number);
      const std::string line = "12" + separator + digits + separator + digits + "\n";
      const std::string text = line + std::string(kPlainLineBytes, '8');
      const char* at = text.data();
      NodeID u = -1, v = -1;
      std::uint32_t weight = 0;
      ASSERT_TRUE(take_plain_line(at, u, v, &weight)) << line;
      EXPECT_EQ(at, text.data() + line.size());
      EXPECT_EQ(u, 12);
      EXPECT_EQ(v, static_cast<NodeID>(number));
      EXPECT_EQ(weight, number);
    }
  }
}

// Any line: taken only if it is two numbers to a LineCursor too, and then the same ones.
TEST(PlainLine, AgreesWithTheCursorOnWhateverItTakes) {
  constexpr std::string_view kCharacters =
      "0123456789012345678901234567890  \t,;-+.\r\nx\x80\xb0/:";
  Random random(17);
  int taken = 0;
  for (int round = 0; round < 40000; ++round) {
    std::string text;
    const std::size_t length = 3 + random.next_below(20);
    while (text.size() < length)
      text += kCharacters[random.next_below(static_cast<std::uint32_t>(kCharacters.size()))];
    text = (text + "\n").append(kPlainLineBytes, '0');
    const char* at = text.data();
    NodeID u = -1, v = -1;
    if (!take_plain_line(at, u, v, nullptr)) {
      EXPECT_EQ(at, text.data());
      continue;
    }
    ++taken;
    std::string_view rest = text;
    LineCounts counts;
    LineCursor cursor(take_line(rest, counts));
    std::uint64_t first = 0, second = 0;
    ASSERT_EQ(cursor.take_unsigned(first), Scan::kOk) << text;
    ASSERT_EQ(cursor.take_unsigned(second), Scan::kOk) << text;
    EXPECT_TRUE(cursor.at_end()) << text;
    EXPECT_EQ(rest.data(), at);
    EXPECT_EQ(counts.crlf_lines, 0);
    EXPECT_EQ(static_cast<std::uint64_t>(u), first);
    EXPECT_EQ(static_cast<std::uint64_t>(v), second);
  }
  EXPECT_GT(taken, 20);
}

TEST(LineCursor, WhatIsNoWholeNumberSaysWhatItIs) {
  const std::pair<const char*, Scan> cases[] = {
      {"", Scan::kMissing},
      {"-1", Scan::kNegative},
      {"1.5", Scan::kReal},
      {"1e3", Scan::kReal},
      {"-2.5", Scan::kReal},
      {"1000000000000000000", Scan::kTooLarge},
      {"99999999999999999999999999", Scan::kTooLarge},
      {"-99999999999999999999999999", Scan::kNegative},
      {"abc", Scan::kNotANumber},
      {"12abc", Scan::kNotANumber},
      {"1-2", Scan::kNotANumber},
      {"--1", Scan::kNotANumber},
      {"-", Scan::kNotANumber},
      {"nan", Scan::kNotFinite},
      {"inf", Scan::kNotFinite},
      {"-infinity", Scan::kNotFinite},
      {"1e999", Scan::kTooLarge},
      {"0x10", Scan::kNotANumber},
      {"1_000", Scan::kNotANumber},
      {"\xff", Scan::kNotANumber},
  };
  for (const auto& [text, expected] : cases) {
    std::uint64_t value = 0;
    EXPECT_EQ(scan_whole(text, value), expected) << text;
  }
}

TEST(LineCursor, RealsReadBackAsTheyWereWritten) {
  Random random(1);
  for (int i = 0; i < 20000; ++i) {
    const double number = __builtin_bit_cast(double, random.next());
    if (!(number - number == 0)) continue;
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", number);
    double value = 0;
    LineCursor cursor{std::string_view(text)};
    ASSERT_EQ(cursor.take_real(value), Scan::kOk) << text;
    ASSERT_EQ(value, number) << text;
  }
}

TEST(LineCursor, NumbersTooSmallToHoldAreZero) {
  double value = 1;
  LineCursor cursor("1e-999");
  EXPECT_EQ(cursor.take_real(value), Scan::kOk);
  EXPECT_EQ(value, 0);
}

TEST(TextChunks, CutAnyTextAtLineEndsWithoutLosingAByte) {
  Random random(2);
  for (int round = 0; round < 30; ++round) {
    std::string text;
    const std::uint32_t longest = round % 3 == 0 ? 3000000 : 200;
    while (text.size() < 5 * TextChunks::kBytes / 2) {
      text.append(random.next_below(longest), 'x');
      text += '\n';
    }
    if (round % 2 == 0) text.pop_back();
    const TextChunks chunks(text);
    std::string joined;
    for (std::int64_t i = 0; i < chunks.count(); ++i) {
      const std::string_view chunk = chunks[i];
      const bool last = joined.size() + chunk.size() == text.size();
      EXPECT_TRUE(chunk.empty() || last || chunk.back() == '\n');
      joined += chunk;
    }
    EXPECT_TRUE(joined == text);
  }
}

TEST(TextFile, NamesTheLineOfAFault) {
  const test::Folder folder;
  const TextFile file = TextFile::open(folder.write("a.el", "0 1\n1 2\nx\n"), nullptr).value();
  EXPECT_EQ(folder.local(file.fault(file.text().data() + 8, "bad").message()), "a.el:3: bad");
  EXPECT_EQ(folder.local(file.fault(file.text().data(), "bad").message()), "a.el:1: bad");
}

TEST(TextFile, ReadsThroughGzipAndZstd) {
  const test::Folder folder;
  std::string text;
  for (int i = 0; i < 100000; ++i) text += std::to_string(i) + "\n";
  const auto read = [](const std::string& path) {
    return std::string(TextFile::open(path, nullptr).value().text());
  };
  EXPECT_TRUE(read(folder.write("a.el", text)) == text);
  EXPECT_TRUE(read(folder.write("a.el.gz", test::packed(text, Compression::kGzip))) == text);
  EXPECT_TRUE(read(folder.write("a.el.zst", test::packed(text, Compression::kZstd))) == text);
  EXPECT_TRUE(read(folder.write("renamed.el", test::packed(text, Compression::kZstd))) == text);
}

TEST(InQuotes, MessagesStayPrintableAndShort) {
  EXPECT_EQ(in_quotes("abc"), "'abc'");
  EXPECT_EQ(in_quotes(std::string("\x01\xff\n", 3)),
            "'?"
            "?"
            "?'");
  EXPECT_EQ(in_quotes(std::string(1000, 'z')), "'" + std::string(40, 'z') + "...'");
}

}  // namespace
}  // namespace quadrille
