import Testing

@testable import PoissonGLMM

/// Contrasts as a person writes them.
@Suite struct LinearCombinationTests {
  private static let names = [
    "Intercept", "a", "a:b", "factor(year)96", "log(x + 1)", "b", "x-1", "2020", "I(x^2)",
  ]

  private static let combinations: [(text: String, weights: [String: Double])] = [
    ("a", ["a": 1]), ("-a", ["a": -1]), ("2*a - b/3", ["a": 2, "b": -1.0 / 3]),
    ("a + a:b", ["a": 1, "a:b": 1]), ("(a + b) / 2", ["a": 0.5, "b": 0.5]),
    ("3 * (a - 2 * b) * .5", ["a": 1.5, "b": -3]),
    ("factor(year)96 - a", ["factor(year)96": 1, "a": -1]), ("log(x + 1)*2", ["log(x + 1)": 2]),
    ("`x-1` + `2020`", ["x-1": 1, "2020": 1]), ("x-1 + b", ["x-1": 1, "b": 1]),
    ("(Intercept) + a", ["Intercept": 1, "a": 1]), ("--a+-b", ["a": 1, "b": -1]),
    ("1e-2*a", ["a": 0.01]), ("a*2 + 3 - 3", ["a": 2]), ("2020*a", ["a": 2020]),
    ("I(x^2)/4", ["I(x^2)": 0.25]), ("a+b-a", ["b": 1]),
  ]

  @Test func weightsAreThoseWritten() throws {
    for (text, expected) in Self.combinations {
      let combination = try LinearCombination(text, of: Self.names)
      #expect(combination.weights == Self.names.map { expected[$0] ?? 0 }, "\(text)")
    }
  }

  private static let mistakes: [(text: String, message: String, position: Int)] = [
    ("", "Expected a coefficient or a number, but the contrast ends here.", 0),
    ("a +", "Expected a coefficient or a number, but the contrast ends here.", 3),
    ("a * b", "This multiplies two coefficients", 2), ("a / b", "cannot be divided", 2),
    ("a / 0", "This divides by 0.", 2), ("a - 1", "The number -1 is left by itself", 0),
    ("a - a", "All coefficients cancel", 0), ("(a", "This parenthesis is never closed.", 0),
    ("a)", "This parenthesis closes nothing.", 1), ("`a", "The backtick", 0),
    ("`c`", "There is no coefficient 'c'", 0), ("a b", "Expected '+', '-', '*' or '/' here.", 2),
    ("2a", "Write '*' between", 1), ("b:a", "(did you mean 'a:b'?)", 0),
    ("factor(year)97", "(did you mean 'factor(year)96'?)", 0), ("a + $", "found '$'", 4),
    ("1e999*a", "no number that a computer can hold", 0),
    ("1e300*1e300*a", "beyond the range of numbers", 0), ("5", "The number 5 is left", 0),
  ]

  @Test func mistakesAreSaidWithTheirPlace() throws {
    for (text, message, position) in Self.mistakes {
      let error = #expect(throws: FormulaError.self) {
        try LinearCombination(text, of: Self.names)
      }
      #expect(error?.message.contains(message) == true, "\(text): \(error?.message ?? "")")
      #expect(error?.position == position, "\(text)")
    }
  }

  @Test func deepParenthesesAreRefused() throws {
    let text = String(repeating: "(", count: 100_000)
    #expect(throws: FormulaError.self) { try LinearCombination(text, of: ["a"]) }
  }
}
