/// A linear combination of coefficients as a person writes it: `trt + lbase:trt`, `2*a - b/3`.
public struct LinearCombination: Sendable, Equatable {
  /// The combination as it was written.
  public let text: String
  /// The weight of each coefficient.
  public let weights: [Double]

  /// Parses a linear combination.
  ///
  /// It is arithmetic with `+ - * /` and parentheses on numbers and coefficients, in which
  /// coefficients are only multiplied and divided by numbers. A coefficient is written by its name,
  /// as results have it: of several that fit, the longest. A name of which another one is the
  /// beginning, or that looks like arithmetic, stands in backticks.
  /// - Parameters:
  ///   - text: the combination.
  ///   - names: those of all coefficients.
  /// - Throws: `FormulaError` with the place of the first thing that is not as expected.
  public init(_ text: String, of names: [String]) throws(FormulaError) {
    var parser = LinearCombinationParser(text, names: names)
    self.text = text
    weights = try parser.parse()
  }

  /// A combination of given weights.
  /// - Parameters:
  ///   - text: what it is called.
  ///   - weights: one for each coefficient.
  public init(text: String, weights: [Double]) {
    self.text = text
    self.weights = weights
  }
}
