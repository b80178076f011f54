import Foundation

/// A data set with several grouping factors or correlated terms, and its answers from an
/// independent dense program (numpy, scipy) and from NUTS (numpyro): see
/// `Reference/General/README.md`.
struct GeneralReferenceData {
  /// Means and SDs: fixed effects, hyperparameters, random effects.
  struct Answer: Decodable {
    let fixedMean: [Double]
    let fixedSd: [Double]
    let hyperMean: [Double]
    let hyperSd: [Double]
    let randomEffectsMean: [Double]
    let randomEffectsSd: [Double]
    let sdMean: [Double]?
    let correlationMean: [Double]?
    let elbo: Double?
    let logEvidence: Double?
  }

  struct Draws: Decodable {
    let mean: [Double]
    let sd: [Double]
    let q025: [Double]
    let q975: [Double]
    let mcseMean: [Double]
    /// How well an SD is known.
    let sdRelativeErrorMax: Double
  }

  struct NUTS: Decodable {
    let fixed: Draws
    let hyper: Draws
    let correlation: Draws?
    let randomEffects: Draws
  }

  /// log p(y | b, phi) at the means of b and phi under `integrated`.
  struct LogLikelihood: Decodable {
    /// By importance sampling.
    let value: Double
    let mcSe: Double
    /// F + R and F of the model with b held.
    let closedForm: Double
    /// The same with R in cluster form.
    let closedFormLocal: Double
    let bound: Double
  }

  struct Factor: Decodable {
    /// A column, or columns joined by colons.
    let factor: String
    let levels: Int
    let terms: [String]
    let correlated: Bool
  }

  struct Answers: Decodable {
    let fixed: [String]
    let random: [Factor]
    let meanField: Answer
    let structured: Answer
    let integrated: Answer
    let corrected: Answer
    let correctedLocal: Answer
    let importanceSampling: Answer?
    let logLikelihoodAtIntegratedMeans: LogLikelihood
    let nuts: NUTS
  }

  let answers: Answers
  let model: DenseGeneralModel

  init(_ name: String) throws {
    let folder = Bundle.module.resourceURL!.appendingPathComponent("Reference/General")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let answers = try decoder.decode(
      Answers.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    let table = try String(
      contentsOf: folder.appendingPathComponent("\(name).csv"), encoding: .utf8)
    let lines = table.split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",").map(String.init) }
    let names = lines[0]
    let records = lines.dropFirst()

    func texts(_ column: String) -> [String] {
      let index = names.firstIndex(of: column)!
      return records.map { $0[index] }
    }
    /// A data column, a product a:b, an indicator factor(a)level, or the intercept.
    func values(_ column: String) -> [Double] {
      if column == "Intercept" { return records.map { _ in 1 } }
      if column.hasPrefix("factor(") {
        let parts = column.dropFirst("factor(".count).split(separator: ")")
        return texts(String(parts[0])).map { $0 == parts[1] ? 1 : 0 }
      }
      return column.split(separator: ":").map { texts(String($0)).map { Double($0)! } }
        .reduce(records.map { _ in 1 }) { zip($0, $1).map(*) }
    }
    /// Levels are numbered in order of appearance; a level of a:b is a pair of levels.
    func codes(_ factor: String) -> [Int] {
      let labels = factor.split(separator: ":").map { texts(String($0)) }
      var numbers: [[String]: Int] = [:]
      return records.indices.map { row in
        let label = labels.map { $0[row - records.startIndex] }
        return numbers[label]
          ?? {
            numbers[label] = numbers.count
            return numbers.count - 1
          }()
      }
    }
    self.answers = answers
    model = DenseGeneralModel(
      counts: values(names[0]), fixed: answers.fixed.map(values),
      blocks: answers.random.map {
        .init(codes: codes($0.factor), terms: $0.terms.map(values), isCorrelated: $0.correlated)
      })
  }
}
