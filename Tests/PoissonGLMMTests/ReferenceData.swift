import Foundation
import PoissonGLMM

/// A reference data set and its answers, from an independent dense program (numpy/scipy); see
/// `Reference/README.md`.
struct ReferenceData {
  /// Every data set with answers.
  static let names = [
    "seed_example_1", "seed_example_2", "seed_example_3", "seed_example_4", "few_groups",
    "random_intercept", "random_slopes", "exposure", "sparse_counts", "large_counts", "epilepsy",
  ]

  struct Answer: Decodable {
    let fixedMean: [Double]
    let fixedSd: [Double]
    let logSdMean: [Double]
    let logSdSd: [Double]
    let elbo: Double?
    let logEvidence: Double?
    let sdMean: [Double]?
    let randomEffectsMean: [Double]
    let randomEffectsSd: [Double]
  }

  /// Means, SDs and 2.5 % and 97.5 % points.
  struct Summary: Decodable {
    let mean: [Double]
    let sd: [Double]
    let q025: [Double]
    let q975: [Double]
    /// The effective number of draws behind them, where there are draws: the least over the
    /// parameters.
    let essMin: Double?
  }

  /// Posterior draws by numpyro 0.22.0.
  struct NUTS: Decodable {
    struct Ends: Decodable {
      let mean: [Double]
      let q025: [Double]
      let q975: [Double]
    }
    let fixed: Summary
    let logSd: Summary
    let sd: Ends
    let randomEffects: Summary
  }

  /// The posterior by importance sampling, whose error is far smaller.
  struct Exact: Decodable {
    let fixed: Summary
    let logSd: Summary
  }

  struct Answers: Decodable {
    let fixed: [String]
    let random: [String]
    let meanField: Answer
    let structured: Answer
    let integrated: Answer
    let corrected: Answer
    let nuts: NUTS
  }

  let answers: Answers
  let exact: Exact
  let columns: [String: [Double]]

  init(_ name: String) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    answers = try decoder.decode(Answers.self, from: Data(contentsOf: Self.url("\(name).json")))
    let exact = try decoder.decode(
      [String: Exact].self, from: Data(contentsOf: Self.url("exact_quantiles.json")))
    self.exact = exact[name]!
    columns = try Self.readColumns(Self.url("\(name).csv"))
  }

  static func url(_ file: String) -> URL {
    Bundle.module.resourceURL!.appendingPathComponent("Reference/\(file)")
  }

  func answer(_ approximation: Approximation) -> Answer {
    switch approximation {
    case .meanField: answers.meanField
    case .structured: answers.structured
    case .integrated: answers.integrated
    case .corrected: answers.corrected
    }
  }

  var rows: Int { columns["y"]!.count }

  /// A column of the design by its name: a data column, a product `a:b`, or the intercept.
  func designColumn(_ name: String) -> DesignColumn {
    if name == "Intercept" { return .intercept(rows: rows) }
    let factors = name.split(separator: ":").map { columns[String($0)]! }
    let values = (0..<rows).map { row in factors.reduce(1) { $0 * $1[row] } }
    return DesignColumn(name: name, values: values)
  }

  var fixed: [DesignColumn] { answers.fixed.map(designColumn) }
  var random: [DesignColumn] { answers.random.map(designColumn) }
  var grouping: Grouping { Grouping(numbers: columns["group"] ?? columns["subject"]!) }
  var offset: [Double]? { columns["exposure"].map { $0.map(log) } }

  func model() throws -> PoissonMixedModel {
    try PoissonMixedModel(
      counts: columns["y"]!, fixed: fixed, random: random, grouping: grouping, offset: offset)
  }

  private static func readColumns(_ url: URL) throws -> [String: [Double]] {
    let lines = try String(contentsOf: url, encoding: .utf8).split(whereSeparator: \.isNewline)
    let names = lines[0].split(separator: ",").map(String.init)
    var columns: [String: [Double]] = [:]
    for line in lines.dropFirst() {
      for (name, field) in zip(names, line.split(separator: ",")) {
        columns[name, default: []].append(Double(field)!)
      }
    }
    return columns
  }
}
