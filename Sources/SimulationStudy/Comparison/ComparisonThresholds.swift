import Foundation

/// From where on a difference counts as a regression. Each has a default; a YAML file may have
/// others:
///
/// ```yaml
/// drift: {sds: 0.01}
/// optimum: {relative: 1e-10}
/// accuracy: {bias: 0.05, coverage: 0.01, significance: 0.01}
/// calibration: {ratio: 2}
/// failures: {new: 0}
/// iterations: {ratio: 1.1}
/// time: {ratio: 1.1, confidence: 0.99, single: 20}
/// ```
package struct ComparisonThresholds: Sendable, Equatable {
  /// Drift: the most by which an estimate, its SD or an end of its interval may move, in units of
  /// the baseline's SD. A hundredth of an SD is nothing to a user, and a hundred times what the
  /// baseline's rounding and another order of summation do together.
  var driftSDs = 0.01
  /// Optimum: the most by which a bound B may fall, as a share of 1 + |B|. Rounding moves a bound
  /// by some 1e-15 of the terms it is summed from, which may be a thousand times as large as it;
  /// 1e-10 leaves room for that and is still far below what any change of the estimates costs.
  var boundRelative = 1e-10
  /// Bias: the most by which its size may grow, in units of the empirical SE. Below that a bias is
  /// lost in the sampling error of any one study.
  var biasStandardErrors = 0.05
  /// Coverage: the most by which its distance from the nominal level may grow.
  var coverage = 0.01
  /// Bias and coverage: the probability that any of all their tests in one comparison errs; the
  /// tests share it equally (Bonferroni).
  var significance = 0.01
  /// Calibration: the factor by which the p value of a curve that has left its band must have
  /// fallen. One at the edge of the band leaves it at the least touch.
  var calibrationRatio = 2.0
  /// Failures: replicates that failed now and did not in the baseline, for each scenario and
  /// method.
  var newFailures = 0
  /// Iterations: the most by which their sum over the replicates may have grown, as a ratio. They
  /// do not depend on the machine.
  var iterationRatio = 1.1
  /// Time: the most by which the median time of a fit may have grown, as a ratio.
  var timeRatio = 1.1
  /// Time: level of the intervals that have to lie above 1, besides; of all of them together
  /// (Bonferroni).
  var timeConfidence = 0.99
  /// Time: the most by which it may have grown where each version has run only once. Other work on
  /// the machine slows all fits of a scenario down at once, by a factor of 3 and more, which no
  /// test on one run can tell from a slower program: only what cannot be missed counts.
  var timeRatioOfSingleRuns = 20.0

  package init() {}

  /// Reads a YAML file; what it does not name keeps its default.
  /// - Throws: `StudyError` where the file cannot be read; `ScenarioError` that says line and
  ///   column where it does not say what it should.
  package init(file: URL) throws {
    try self.init(yaml: StudyFile.read(file), name: file.relativePath)
  }

  /// - Parameter name: how messages call the text.
  /// - Throws: `ScenarioError`.
  init(yaml text: String, name: String) throws(ScenarioError) {
    let root = try YAMLDocument.root(bytes: Array(text.utf8), file: name)
      .mapping(keys: [
        "drift", "optimum", "accuracy", "calibration", "failures", "iterations", "time",
      ])
    let positive = "a number above 0"
    let ratio = "a number from 1"
    if let drift = try root["drift"]?.mapping(keys: ["sds"]) {
      driftSDs = try drift["sds"]?.number(positive) { $0 > 0 } ?? driftSDs
    }
    if let optimum = try root["optimum"]?.mapping(keys: ["relative"]) {
      boundRelative = try optimum["relative"]?.number(positive) { $0 > 0 } ?? boundRelative
    }
    if let accuracy = try root["accuracy"]?.mapping(keys: ["bias", "coverage", "significance"]) {
      biasStandardErrors = try accuracy["bias"]?.number(positive) { $0 > 0 } ?? biasStandardErrors
      coverage = try accuracy["coverage"]?.number(positive) { $0 > 0 } ?? coverage
      significance =
        try accuracy["significance"]?.number("a number between 0 and 1") { $0 > 0 && $0 < 1 }
        ?? significance
    }
    if let calibration = try root["calibration"]?.mapping(keys: ["ratio"]) {
      calibrationRatio = try calibration["ratio"]?.number(ratio) { $0 >= 1 } ?? calibrationRatio
    }
    if let failures = try root["failures"]?.mapping(keys: ["new"]) {
      newFailures = try failures["new"]?.integer(in: 0...1_000_000_000) ?? newFailures
    }
    if let iterations = try root["iterations"]?.mapping(keys: ["ratio"]) {
      iterationRatio = try iterations["ratio"]?.number(ratio) { $0 >= 1 } ?? iterationRatio
    }
    if let time = try root["time"]?.mapping(keys: ["ratio", "confidence", "single"]) {
      timeRatio = try time["ratio"]?.number(ratio) { $0 >= 1 } ?? timeRatio
      timeConfidence =
        try time["confidence"]?.number("a number from 0.5 to below 1") { $0 >= 0.5 && $0 < 1 }
        ?? timeConfidence
      timeRatioOfSingleRuns =
        try time["single"]?.number(ratio) { $0 >= 1 } ?? timeRatioOfSingleRuns
    }
  }
}
