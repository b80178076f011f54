import Foundation
import Testing

@testable import PoissonGLMM

/// The weights of estimated marginal means against emmeans 1.8.4's linear functions, by
/// `Reference/marginal_means.R`.
@Suite struct MarginalMeanTests {
  struct Golden: Decodable {
    struct Means: Decodable {
      let factor: String
      let formula: String
      let levels: [String]
      let weights: [[Double]]
      let offsets: [Double]
    }
    struct Critical: Decodable {
      let variances: [Double]
      let critical: Double
    }
    struct Columns: Decodable {
      let y, x, days, year, treated: [Double]
      let a, b: [String]
    }
    let program: String
    let data: Columns
    let means: [Means]
    let critical: [Critical]
  }

  static func golden() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: ReferenceData.url("marginal_means.json")))
  }

  private func table(_ data: Golden.Columns) throws -> DataTable {
    try DataTable(columns: [
      ("y", .numeric(data.y)), ("x", .numeric(data.x)), ("days", .numeric(data.days)),
      ("year", .numeric(data.year)), ("treated", .numeric(data.treated)), ("a", text(data.a)),
      ("b", text(data.b)), ("g", .numeric(data.y)),
    ])
  }

  @Test func weightsAreThoseOfEmmeans() throws {
    let golden = try Self.golden()
    #expect(golden.program.contains("emmeans 1.8.4"))
    #expect(golden.means.count == 18)
    let table = try table(golden.data)
    for entry in golden.means {
      let formula = try Formula("y ~ \(entry.formula) + (1 | g)")
      let frame = try ModelFrame(formula: formula, data: table)
      let means = try frame.marginalMeanWeights(of: entry.factor)
      #expect(means.levels == entry.levels, "\(entry.formula)")
      // The columns' values differ from R's by a few units in the last place.
      for (weights, expected) in zip(means.weights, entry.weights) {
        #expect(weights.count == expected.count)
        for (weight, other) in zip(weights, expected) {
          #expect(abs(weight - other) <= 1e-13 * max(1, abs(other)), "\(entry.formula)")
        }
      }
      for (offset, expected) in zip(means.offsets, entry.offsets) {
        #expect(abs(offset - expected) < 1e-13, "\(entry.formula)")
      }
    }
  }

  /// The mean of a level does not depend on which level the others are compared with.
  @Test func aReferenceLevelChangesNoMean() throws {
    let table = try table(Self.golden().data)
    func levels(_ term: String) throws -> [String: [Double]] {
      let frame = try ModelFrame(formula: Formula("y ~ \(term) + a + (1 | g)"), data: table)
      let means = try frame.marginalMeanWeights(of: "b")
      return Dictionary(uniqueKeysWithValues: zip(means.levels, means.weights))
    }
    #expect(try levels("relevel(b, ref = \"v\")")["v"] == [1, 0, 0, 0, 0.5])
    #expect(try levels("b")["Z"] == [1, 0, 0, 0, 0.5])
    #expect(try levels("b")["v"] == [1, 0, 1, 0, 0.5])
  }

  @Test(arguments: [
    ("x", "Column 'x' has more than two numbers and is a covariate of this formula"),
    ("c", "The fixed effects of the formula use no factor 'c'"),
    ("days", "The fixed effects of the formula use no factor 'days'"),
    ("B", "(did you mean 'b'?)"),
  ])
  func whatIsNoFactorIsRefused(name: String, message: String) throws {
    let frame = try ModelFrame(
      formula: Formula("y ~ b + x + (1 | g)"), data: table(Self.golden().data))
    let error = #expect(throws: ModelError.self) { try frame.marginalMeanWeights(of: name) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
