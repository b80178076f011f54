import Testing

@testable import PoissonGLMM

/// Options as JSON, which the C library and Python hand on.
@Suite struct FitSettingsTests {
  private func options(_ json: String) throws -> FitSettings.Options {
    try FitSettings.options(json: Array(json.utf8))
  }

  @Test func nothingIsTheDefaults() throws {
    for json in ["", "{}"] {
      let options = try options(json)
      #expect(options.settings == FitSettings())
      #expect(!options.keeps && options.scale == .count)
    }
  }

  @Test func everyOptionIsTaken() throws {
    let options = try options(
      """
      {"approximation": "structured", "alpha": 0.1, "fixed_prior_sd": 3, "log_sd_prior_sd": 0.5,
       "correlation_shape": 4, "standardize": true, "threads": 3, "references": ["f=a", "g=b=c"],
       "weights": "n", "contrasts": "x", "means": ["f"], "pairs": ["f", "g"], "variances": true,
       "separator": "semicolon", "decimal": ",", "encoding": "latin-1", "na": ["NULL"],
       "keep": true, "scale": "rate"}
      """)
    var expected = FitSettings()
    expected.approximation = .structured
    expected.alpha = 0.1
    expected.priors = Priors(fixedEffectSD: 3, logSDSD: 0.5, correlationShape: 4)
    expected.standardizes = true
    expected.threads = 3
    expected.references = ["f": "a", "g": "b=c"]
    expected.weights = "n"
    expected.contrasts = ["x"]
    expected.means = ["f"]
    expected.pairs = ["f", "g"]
    expected.variances = true
    expected.dataFormat = CSVFormat(
      separator: .semicolon, decimalMark: .comma, encoding: .latin1, missingTexts: ["NA", "NULL"])
    #expect(options.settings == expected)
    #expect(options.keeps && options.scale == .rate)
  }

  @Test(arguments: [
    ("[]", "Invalid request: line 1, column 1: expected an object in braces, found \"[\"."),
    (
      #"{"alpha": 0.1, "alpha": 0.2}"#,
      "Invalid request: line 1, column 16: the key \"alpha\" appears a second time."
    ),
    (#"{"alpha": "0.1"}"#, "alpha must be a number."),
    (#"{"alpha": NaN}"#, "alpha must lie between 0 and 1, not nan."),
    (#"{"fixed_prior_sd": 0}"#, "fixed_prior_sd must lie between 1e-6 and 1e6, not 0.0."),
    (#"{"log_sd_prior_sd": -1}"#, "log_sd_prior_sd must lie between 1e-6 and 1e6, not -1.0."),
    (#"{"correlation_shape": 0}"#, "correlation_shape must lie between 1 and 1000, not 0.0."),
    (#"{"threads": 1.5}"#, "threads must be a whole number."),
    (#"{"threads": -1}"#, "threads must be 1 or more, not -1."),
    (#"{"standardize": 1}"#, "standardize must be true or false."),
    (#"{"weights": ["n"]}"#, "weights must be a text."),
    (#"{"means": ["f", 1]}"#, "means must be a list of texts."),
    (
      #"{"approximation": "laplace"}"#,
      "approximation must be one of mean-field, structured, integrated, corrected."
    ),
    (#"{"separator": "x"}"#, "separator must be one of comma, semicolon, tab, bar."),
    (
      #"{"references": ["f"]}"#,
      "references is written FACTOR=LEVEL, as in references site=GP, not 'f'."
    ),
    (#"{"references": ["f=a", "f=b"]}"#, "references gives two levels for 'f'."),
  ])
  func faultsAreSaid(json: String, message: String) {
    let error = #expect(throws: (any Error).self) { try options(json) }
    #expect(error.map { "\($0)" } == message)
  }

  @Test func anUnknownOptionNamesTheOthers() {
    let error = #expect(throws: GLMMPoissonError.self) { try options(#"{"alhpa": 1}"#) }
    let found = error?.description ?? ""
    #expect(found.contains("unknown key \"alhpa\"; options are approximation,"))
  }
}
