import Foundation
import PoissonGLMM

/// A line to a program that draws: which data set, and what it is to be like.
struct GenerationRequest: Encodable {
  let request: Int
  let scenario: String
  let replicate: Int
  /// 0 to 2^31 - 1, another for each replicate of a scenario.
  let seed: Int
  let parameters: [String: GeneratedData.Setting]
  /// What true values are drawn from; nil where they are the same in every replicate.
  let priors: CommandRequest.Priors?
}

/// Another program's data set.
struct GenerationAnswer: ProgramAnswer {
  static let subject = "data"
  /// A million rows of five columns.
  static let maximumBytes = 100_000_000

  let request: Int
  let error: String?
  private let columns: [String: [Double]]?
  private let truth: [String: Double]?

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case request
    case error
    case columns
    case truth
  }

  init(from decoder: any Decoder) throws {
    try AnyKey.refuseOthers(than: CodingKeys.self, decoder)
    let values = try decoder.container(keyedBy: CodingKeys.self)
    request = try values.wholeNumber(.request)
    error = try values.decodeIfPresent(String.self, forKey: .error)
    columns = try values.decodeIfPresent([String: [Double]].self, forKey: .columns)
    truth = try values.decodeIfPresent([String: Double].self, forKey: .truth)
  }

  static func expected(at path: JSONInspection.Path) -> String {
    switch (path.first.flatMap(CodingKeys.init), path.count) {
    case (.request, 1): "the request's number"
    case (.error, 1): "a text"
    case (.columns, 1): "an object with a list of numbers for each column"
    case (.columns, 2): "a list of numbers"
    case (.truth, 1): "an object with a number for each parameter"
    case (.columns, 3), (.truth, 2): "a number"
    default: "nothing"
    }
  }

  /// - Parameters:
  ///   - number: the request that the line has to answer.
  ///   - hasTruth: whether every data set has true values of its own.
  /// - Throws: `ProgramError`.
  static func dataSet(
    _ line: Data, request number: Int, of data: GeneratedData, hasTruth: Bool
  ) throws(ProgramError) -> SimulatedCounts {
    let answer = try decode(line, request: number)
    guard let columns = answer.columns else {
      throw .broken("the program's answer lacks 'columns'.")
    }
    return SimulatedCounts(
      data: try counts(columns, of: data),
      drawnParameters: try truth(answer.truth, of: data, isAsked: hasTruth))
  }

  private static func counts(
    _ columns: [String: [Double]], of data: GeneratedData
  ) throws(ProgramError) -> ClusteredCounts {
    let known = ["y"] + data.groupings + data.covariates
    for name in known where columns[name] == nil {
      throw .broken("the program's data lack the column '\(name)'.")
    }
    if let unknown = columns.keys.sorted().first(where: { !(known + ["exposure"]).contains($0) }) {
      throw .broken(
        "the program's data have the column '\(ProgramError.oneLine(unknown, longest: 40))', "
          + "which the scenario does not name.")
    }
    let counts = columns["y"] ?? []
    guard !counts.isEmpty else { throw .broken("the program's data have no rows.") }
    for name in columns.keys.sorted() where columns[name]?.count != counts.count {
      throw .broken(
        "the program's column '\(name)' has \(columns[name]?.count ?? 0) values, and 'y' has "
          + "\(counts.count).")
    }
    func check(
      _ name: String, _ expected: String, _ isAllowed: (Double) -> Bool
    ) throws(ProgramError) {
      guard let values = columns[name], let row = values.firstIndex(where: { !isAllowed($0) })
      else { return }
      throw .broken(
        "the program's column '\(name)' has \(values[row]) in row \(row + 1), where \(expected) "
          + "is expected.")
    }
    try check("y", "a whole number from 0 to 1e15", ClusteredCounts.isCount)
    try check("exposure", "a number above 0") { $0 > 0 }
    return ClusteredCounts(
      counts: counts,
      groupings: data.groupings.map { name in
        .init(name: name, levelOfRow: Grouping(numbers: columns[name] ?? []).groupOfRow)
      },
      covariates: data.covariates.map { DesignColumn(name: $0, values: columns[$0] ?? []) },
      exposure: columns["exposure"], fixedNames: data.fixedNames, random: data.random)
  }

  private static func truth(
    _ truth: [String: Double]?, of data: GeneratedData, isAsked: Bool
  ) throws(ProgramError) -> [String: Double] {
    guard isAsked else {
      guard truth == nil else {
        throw .broken(
          "the program's answer has a 'truth', which goes with 'kind: calibration'; the truth of "
            + "a simulation stands in the scenario.")
      }
      return [:]
    }
    let names = data.fixedNames + data.random.parameterNames
    guard let truth else { throw .broken("the program's answer lacks 'truth'.") }
    for name in names where truth[name] == nil {
      throw .broken("the program's answer lacks the true value of '\(name)'.")
    }
    if let unknown = truth.keys.sorted().first(where: { !names.contains($0) }) {
      throw .broken(
        "the program's answer has a true value of '\(ProgramError.oneLine(unknown, longest: 40))', "
          + "which the model does not have.")
    }
    return truth
  }
}

/// Another program as a scenario's generator.
struct CommandGenerator: DataSetGenerator {
  let scenario: String
  /// What its seeds are made of.
  let streamName: String
  let data: GeneratedData
  let command: ExternalCommand
  let pool: CommandPool
  /// What every replicate draws its true values from; nil where they are the same in all.
  let priors: Priors?

  /// - Throws: `ProgramError` if there is no answer that can be used; `CancellationError` if the
  ///   study is stopping.
  func dataSet(replicate: Int) throws -> SimulatedCounts {
    try pool.ask(command, longest: GenerationAnswer.maximumBytes) { number in
      GenerationRequest(
        request: number, scenario: scenario, replicate: replicate,
        seed: data.seed(scenario: streamName, replicate: replicate), parameters: data.settings,
        priors: priors.map { .init($0, of: data.random) })
    } read: { reply throws(ProgramError) in
      try GenerationAnswer.dataSet(
        reply.line, request: reply.number, of: data, hasTruth: priors != nil)
    }
  }
}
