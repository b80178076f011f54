import Foundation
import Testing

@testable import PoissonGLMM

@Suite struct ModelValidationTests {
  private func model(
    counts: [Double] = [1, 2, 3], x: [Double] = [0.5, 1, 2], labels: [String] = ["a", "a", "b"],
    offset: [Double]? = nil, priors: Priors = Priors()
  ) throws(ModelError) -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: counts.count), DesignColumn(name: "x", values: x)],
      random: [.intercept(rows: counts.count)], grouping: Grouping(labels: labels), offset: offset,
      priors: priors)
  }

  private func sentence(_ body: () throws -> PoissonMixedModel) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return String(describing: error)
    }
  }

  @Test func goodDataPass() throws {
    let model = try model()
    #expect(model.rowCount == 3)
    #expect(model.groupLabels == ["a", "b"])
    #expect(model.fixedNames == ["Intercept", "x"])
  }

  @Test func everyDefectHasItsSentence() {
    #expect(
      sentence { try model(counts: [], x: [], labels: []) }
        == "There are no rows: at least one is needed.")
    #expect(
      sentence { try model(counts: [1, -2, 3]) }
        == "Row 2: the count is -2.0; counts cannot be negative.")
    #expect(
      sentence { try model(counts: [1, 2.5, 3]) }
        == "Row 2: the count is 2.5; a count must be a whole number. For a rate or a mean, take "
        + "the count that it was made of as the response, and what that was divided by as "
        + "exposure: add offset(log(exposure)) to the model.")
    #expect(
      sentence { try model(counts: [1, .nan, 3]) }
        == "Row 2: the count is nan, not a finite number.")
    #expect(
      sentence { try model(counts: [1, .infinity, 3]) }
        == "Row 2: the count is inf, not a finite number.")
    #expect(
      sentence { try model(counts: [1, 1e17, 3]) }
        == "Row 2: the count is 1e+17; counts beyond 1e12 are not supported.")
    #expect(
      sentence { try model(x: [1, 2, .infinity]) }
        == "Row 3: column 'x' is inf, not a finite number.")
    #expect(
      sentence { try model(x: [1, 2, 1e200]) } == "Row 3: column 'x' is 1e+200, too large.")
    #expect(
      sentence { try model(x: [1e-160, 0, -2e-160]) }
        == "Column 'x' has no value larger than 2e-160 in size: rescale it, 1e-99 is the least.")
    #expect(
      sentence { try model(x: [1, 2]) } == "There are 3 counts but column 'x' has 2 values.")
    #expect(
      sentence { try model(labels: ["a"]) } == "There are 3 counts but the grouping has 1 values.")
    #expect(
      sentence { try model(offset: [0, .nan, 0]) }
        == "Row 2: the offset is nan, not a finite number.")
    #expect(
      sentence { try model(priors: Priors(fixedEffectSD: 0)) }
        == "The prior standard deviation of the fixed effects is 0.0: "
        + "it must lie between 1e-6 and 1e6.")
    #expect(
      sentence {
        try PoissonMixedModel(
          counts: [1], fixed: [.intercept(rows: 1)], random: [],
          grouping: Grouping(labels: ["a"]))
      } == "The grouping factor 'group' has no random term.")
    #expect(
      sentence {
        try PoissonMixedModel(
          counts: [1], fixed: [.intercept(rows: 1), .intercept(rows: 1)],
          random: [.intercept(rows: 1)], grouping: Grouping(labels: ["a"]))
      } == "Two fixed columns are named 'Intercept': names must differ.")
  }

  @Test func theErrorKnowsItsRow() {
    #expect(throws: ModelError("Row 2: the count is -2.0; counts cannot be negative.", row: 1)) {
      try model(counts: [1, -2, 3])
    }
  }

  @Test func warningsNameWhatRestsOnThePriors() throws {
    #expect(
      try model(labels: ["a", "a", "a"]).warnings
        == ["There is only one group: the standard deviations between groups rest on their priors."]
    )
    #expect(
      try model(counts: [0, 0, 0]).warnings.first
        == "All counts are zero: the estimates rest on the priors.")
    let labels = (0..<30).map { "\($0 % 10)" }
    let counts = [Double](repeating: 2, count: 30)
    func warnings(_ x: (Int) -> Double) throws -> [String] {
      try model(counts: counts, x: (0..<30).map(x), labels: labels).warnings
    }
    #expect(try warnings { sin(Double($0)) }.isEmpty)
    #expect(
      try warnings { _ in 7 } == [
        "Column 'x' is a linear combination of the columns before it: "
          + "only the prior tells their effects apart."
      ])
    #expect(try warnings { 1e-6 * sin(Double($0)) }.first?.contains("rescale the column") == true)
    #expect(try warnings { 2000 + sin(Double($0)) }.first?.contains("centre the column") == true)
    #expect(try warnings { 1e6 * sin(Double($0)) }.isEmpty)
  }

  /// Each warning on both sides of its threshold.
  @Test func warningsBeginAtTheirThresholds() throws {
    func warnings(groups: Int, _ x: (Int) -> Double) throws -> [String] {
      try model(
        counts: [Double](repeating: 2, count: 40), x: (0..<40).map(x),
        labels: (0..<40).map { "\($0 % groups)" }
      ).warnings
    }
    // Alternating, so that the mean is `mean` and the standard deviation `sd`.
    func column(mean: Double = 0, sd: Double) -> (Int) -> Double {
      { $0.isMultiple(of: 2) ? mean + sd : mean - sd }
    }
    #expect(try warnings(groups: 5, column(sd: 1)).isEmpty)
    #expect(
      try warnings(groups: 4, column(sd: 1)) == [
        "There are only 4 groups: "
          + "the standard deviations between groups rest largely on their priors."
      ])
    // The prior of an effect has SD 2, the data's information is 40 * 2 sd^2: the prior's share, 1
    // / (1 + 320 sd^2), is 0.1 at 0.168.
    #expect(try warnings(groups: 5, column(sd: 0.169)).isEmpty)
    #expect(
      try warnings(groups: 5, column(sd: 0.167)) == [
        "Column 'x' has standard deviation 0.167: the prior N(0, 2^2) pulls its effect towards 0, "
          + "by some 10 %; rescale the column, or standardize."
      ])
    // A column that is constant in each group says less: 5 groups give 5 sd^2 or so, whatever the
    // counts.
    let ofGroups = { (row: Int) in 0.2 * Double(row % 5 - 2) }
    #expect(try warnings(groups: 5, ofGroups).isEmpty)
    #expect(try warnings(groups: 5) { 0.5 * ofGroups($0) }.first?.contains("rescale") == true)
    #expect(try warnings(groups: 40) { $0.isMultiple(of: 2) ? 0.24 : -0.24 }.isEmpty)
    #expect(try warnings(groups: 20) { $0 % 20 < 10 ? 0.1 : -0.1 }.count == 1)
    // A rare indicator has a small standard deviation and no units.
    #expect(try warnings(groups: 5) { $0 == 7 ? 1 : 0 }.isEmpty)
    #expect(try warnings(groups: 5) { $0 == 7 ? 0.1 : 0 }.first?.contains("rescale") == true)
    #expect(try warnings(groups: 5, column(mean: 19.9, sd: 1)).isEmpty)
    #expect(try warnings(groups: 5, column(mean: 20.1, sd: 1)).first?.contains("centre") == true)
  }

  @Test func theLargestCountIsStillOne() throws {
    #expect(try model(counts: [0, 1e12, 3]).rowCount == 3)
    #expect(
      sentence { try model(counts: [0, 1e12 + 1, 3]) }
        == "Row 2: the count is 1000000000001.0; counts beyond 1e12 are not supported.")
  }

  @Test func aRandomTermFarFromTheScaleOfItsPriorIsNamed() throws {
    let labels = (0..<30).map { "\($0 % 10)" }
    func warnings(_ z: (Int) -> Double, logSDSD: Double = 1) throws -> [String] {
      try PoissonMixedModel(
        counts: [Double](repeating: 2, count: 30), fixed: [.intercept(rows: 30)],
        random: [.intercept(rows: 30), DesignColumn(name: "z", values: (0..<30).map(z))],
        grouping: Grouping(labels: labels), priors: Priors(logSDSD: logSDSD)
      ).warnings
    }
    #expect(
      try warnings { $0 % 2 == 0 ? 2e6 : -2e6 } == [
        "Random term 'z' has values of size 2e+06: the prior N(0, 1^2) of its log standard "
          + "deviation expects a size near 1; rescale the column."
      ])
    #expect(try warnings { _ in 1e-6 }.count == 1)
    // log 15 = 2.7 is within three prior standard deviations, log 25 = 3.2 is not.
    #expect(try warnings { _ in 15 }.isEmpty)
    #expect(try warnings { _ in 25 }.count == 1)
    #expect(try warnings({ _ in 25 }, logSDSD: 2).isEmpty)
    // An indicator, however rare, and a column of zeros.
    #expect(try warnings { $0 == 7 ? 1 : 0 }.isEmpty)
    #expect(try warnings { _ in 0 }.isEmpty)
  }

  @Test func dependentColumnsAreFoundAtAnyScale() {
    let a = (0..<20).map { sin(Double($0)) }
    let b = (0..<20).map { cos(3 * Double($0)) }
    let sum = zip(a, b).map { 1e6 * ($0 - 2 * $1) }
    let names = DesignDiagnostics.dependentColumns([
      DesignColumn(name: "a", values: a), DesignColumn(name: "b", values: b),
      DesignColumn(name: "sum", values: sum),
      DesignColumn(
        name: "near",
        values: zip(a, b).map { $0 + 1e-4 * $1 }.enumerated().map {
          $0.offset == 3 ? $0.element + 1e-4 : $0.element
        }),
      DesignColumn(name: "none", values: [Double](repeating: 0, count: 20)),
    ])
    #expect(names == ["sum", "none"])
  }
}
