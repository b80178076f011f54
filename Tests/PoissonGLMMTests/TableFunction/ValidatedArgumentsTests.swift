import Testing

@testable import PoissonGLMM

@Suite struct ValidatedArgumentsTests {
  /// The documented listing itself says what each of nearly a thousand requests is answered with.
  @Test func faultyInputGetsTheTextOfTheDocumentedListing() throws {
    let cases = try DocumentedAnswers.validationTexts()
    #expect(cases.count > 900)
    for documented in cases {
      let text = Self.text(forRequest: documented.request)
      if let expected = documented.text {
        #expect(text == expected, "\(documented.request)")
      } else if let text {
        // Beyond the listing: counts that it would hand to its fitter although they are none.
        #expect(text.contains("(count data)."), "\(documented.request)")
        #expect(!text.contains("non-negative"), "\(documented.request)")
      }
    }
  }

  @Test(arguments: [
    ("[[1], [2], [3], [0.5]]", "Invalid input: y[3] must be a whole number (count data)."),
    ("[[1], [1e13], [3], [4]]", "Invalid input: y[1] must be at most 1e+12 (count data)."),
    ("[[0.5], [-1], [3], [4]]", "Invalid input: y[1] must be non-negative (count data)."),
  ])
  func countsAreWholeNumbersOfASizeThatCanBeFitted(y: String, text: String) {
    #expect(Self.text(forRequest: Self.request(y: y)) == text)
  }

  @Test func valuesWhoseSquareOverflowsAreRefused() {
    func text(x: String, xRandom: String) -> String? {
      Self.text(
        forRequest: #"{"y": [[1], [2]], "x": \#(x), "groups": [[1], [1]], "x_random": \#(xRandom)}"#
      )
    }
    #expect(text(x: "[[1, 2], [3e150, 4]]", xRandom: "[[1], [-3e150]]") == nil)
    #expect(
      text(x: "[[1, 2], [3, 4e150]]", xRandom: "[[1], [2]]")
        == "Invalid input: x[1][1] must be at most 2^500 in magnitude.")
    #expect(
      text(x: "[[1, 2], [3, 4]]", xRandom: "[[-1e300], [2]]")
        == "Invalid input: x_random[0][0] must be at most 2^500 in magnitude.")
  }

  @Test(arguments: [#""laplace""#, "null", "1", "[]"])
  func anUnknownApproximationIsAnsweredWithTheKnownOnes(name: String) throws {
    let request = Self.request(y: "[[1], [2], [3], [4]]", more: #", "approximation": \#(name)"#)
    let text = try #require(Self.text(forRequest: request))
    #expect(text.hasPrefix("Invalid input: approximation must be one of mean-field, structured"))
  }

  /// The listing's own checks come first, whatever else is wrong.
  @Test func additionsComeAfterTheDocumentedChecks() {
    let request = Self.request(
      y: "[[0.5], [2], [3], [4]]", more: #", "approximation": 1, "alpha": true"#)
    #expect(Self.text(forRequest: request) == "Invalid input: alpha must be between 0 and 1.")
  }

  @Test func goodArgumentsBecomeColumns() throws {
    let arguments = try GLMMPoissonArguments(
      json: Array(
        #"""
        {"y": [[1], [true]], "x": [[1, 2], [3, 4]], "groups": [[7], [-0.5]], "x_random": [[5], [6]],
         "fit_intercept": false, "alpha": 0.1, "approximation": "mean-field"}
        """#.utf8))
    let validated = try ValidatedArguments(checking: arguments)
    #expect(validated.counts == [1, 1])
    #expect(validated.fixedColumns == [[1, 3], [2, 4]])
    #expect(validated.groups == [7, -0.5])
    #expect(validated.randomColumns == [[5, 6]])
    #expect(!validated.fitIntercept)
    #expect(validated.alpha == 0.1)
    #expect(validated.approximation == .meanField)
  }

  @Test func whatIsNotGivenHasTheDocumentedDefault() throws {
    let arguments = try GLMMPoissonArguments(json: Array(Self.request(y: "[[1],[2],[3],[4]]").utf8))
    let validated = try ValidatedArguments(checking: arguments)
    #expect(validated.randomColumns == nil)
    #expect(validated.fitIntercept)
    #expect(validated.alpha == 0.05)
    #expect(validated.approximation == .corrected)
  }

  /// The typed function goes through the same checks.
  @Test func typedArgumentsAreChecked() {
    let groups: [[Double]] = [[1], [1]]
    #expect(
      glmmPoisson(y: [[1], [.nan]], x: [[1], [2]], groups: groups)
        == .error("Invalid input: y[1][0] must be finite."))
    #expect(
      glmmPoisson(y: [[1], [2]], x: [[1], [2, 3]], groups: groups)
        == .error("Invalid input: x row 1 has 2 columns, expected 1."))
    #expect(
      glmmPoisson(y: [[1], [2]], x: [[1], [2]], groups: groups, xRandom: [])
        == .error("Invalid input: x_random cannot be empty."))
    #expect(
      glmmPoisson(y: [[1], [2]], x: [[1], [2]], groups: groups, alpha: 1)
        == .error("Invalid input: alpha must be between 0 and 1."))
  }

  private static func request(y: String, more: String = "") -> String {
    #"{"y": \#(y), "x": [[1], [2], [1], [2]], "groups": [[1], [1], [2], [2]]\#(more)}"#
  }

  /// The text that a request is refused with; nil if it passes every check.
  private static func text(forRequest request: String) -> String? {
    do {
      _ = try ValidatedArguments(checking: GLMMPoissonArguments(json: Array(request.utf8)))
      return nil
    } catch {
      return error.description
    }
  }
}
