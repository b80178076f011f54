import Testing

@testable import PoissonGLMM

private func parse(_ text: String) -> Double {
  Array(text.utf8).withUnsafeBufferPointer(DecimalNumber.parse)
}

@Suite struct DecimalNumberTests {
  /// The standard library (strtod of the C library) is the independent program; bits must agree.
  @Test(arguments: [
    "0", "-0", "+1", "1.", ".5", "1e3", "1E-3", "1e+03", "007", "0.1", "0.3",
    "2.2250738585072014e-308",
    "5e-324", "1e-400", "1.7976931348623157e308", "9007199254740993", "9007199254740993.0",
    "18014398509481985", "9223372036854775807", "9999999999999999999", "99999999999999999999",
    "0.00000000000000000000000000012345678901234567890", "1234567890123456789e19",
    "9999999999999999999e19", "1e19", "1e20", "1e22", "1e23", "1e-19", "1e-20",
    "3.141592653589793238462643383279", "0.1e-17", "0e999999999999999999999",
    // Exactly half-way between two doubles, and a little beside it.
    "9007199254740993e0", "4503599627370496.5", "4503599627370497.5", "4503599627370496.501",
    "0.500000000000000166533453693773481063544750213623046875",
  ])
  func agreesWithTheStandardLibrary(text: String) throws {
    let expected = try #require(Double(text))
    #expect(parse(text).bitPattern == expected.bitPattern)
  }

  @Test func agreesWithTheStandardLibraryOnRandomNumbers() throws {
    var generator = SplitMix(state: 20_261_122)
    for _ in 0..<200_000 {
      let digits = Int.random(in: 1...21, using: &generator)
      var text = Bool.random(using: &generator) ? "-" : ""
      let point = Int.random(in: 0...digits, using: &generator)
      for place in 0..<digits {
        if place == point { text += "." }
        text += String(Int.random(in: 0...9, using: &generator))
      }
      if Bool.random(using: &generator) {
        text += "e\(Int.random(in: -25...25, using: &generator))"
      }
      let expected = try #require(Double(text))
      let parsed = parse(text)
      guard parsed.bitPattern == expected.bitPattern else {
        Issue.record("\(text) was read as \(parsed)")
        return
      }
    }
  }

  @Test func whatADoublePrintsIsReadBack() {
    var generator = SplitMix(state: 7)
    for _ in 0..<100_000 {
      let number = Double(bitPattern: generator.next())
      guard number.isFinite else { continue }
      #expect(parse("\(number)").bitPattern == number.bitPattern)
    }
  }

  @Test(arguments: [
    "", "-", "+", ".", "e5", "1e", "1e+", "1 2", "1,5", "0x10", "1_000", "inf", "nan", "infinity",
    "--1", "1.2.3",
    "1e5.0", "abc", "1a", "٣",
  ])
  func otherTextIsNotANumber(text: String) {
    #expect(parse(text).isNaN)
  }

  @Test func tooLargeIsInfinite() {
    #expect(parse("1e309") == .infinity)
    #expect(parse("-1e99999999999999999999") == -.infinity)
  }

  @Test func significantDigitsCountFromTheFirstThatIsNotZero() {
    #expect(DecimalNumber.significantDigits("-0.00120e12".utf8) == 3)
    #expect(DecimalNumber.significantDigits("1234567890123456".utf8) == 16)
  }
}

/// Steele, Lea & Flood's SplitMix64: a seeded generator for tests.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
