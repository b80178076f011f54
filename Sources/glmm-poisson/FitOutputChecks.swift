import PoissonGLMM

extension FitOutput {
  static let checkTitle = "What the model misses"

  /// What is told unasked: one sentence for each check that shows a departure which matters.
  var checkSentences: [String] { checks.filter(\.matters).map(\.sentence) }
}
