import Foundation
import PoissonGLMM

/// The fits of one scenario as a baseline keeps them, one line each:
///
///     method,replicate,failure,iterations,seconds,bound,Intercept,Intercept sd,...
///     (each parameter: its name, then `sd`, `lower` and `upper`)
///
/// `failure` is empty for a fit that can be used, and says why another cannot; that one has no
/// numbers. The bound has all its digits, since the rule for it asks about rounding. The numbers of
/// a parameter have five decimals of its SD's leading digit, an error of at most 1e-4 SDs, a
/// hundredth of the drift that is called one.
///
/// In a calibration `Intercept truth,Intercept probability` follow for each parameter, with all
/// their digits: the true value of this replicate and the posterior probability up to there.
enum BaselineTable {
  private static let leading = ["method", "replicate", "failure", "iterations", "seconds", "bound"]
  /// The columns of a parameter, as what follows its name.
  private static let suffixes = ["", " sd", " lower", " upper"]
  private static let calibrationSuffixes = [" truth", " probability"]

  static func text(of scenario: ComparedScenario) -> String {
    let parameters = parameters(of: scenario)
    let isCalibration = scenario.records.joined().contains { record in
      guard case .usable(let result) = record.usability else { return false }
      return result.parameters.contains { $0.truth != nil }
    }
    let suffixes = Self.suffixes + (isCalibration ? calibrationSuffixes : [])
    let columns = leading + parameters.flatMap { name in suffixes.map { name + $0 } }
    var text = CSVLine.text(columns)
    for record in scenario.records.joined() {
      switch record.usability {
      case .failed(let reason):
        text += CSVLine.text(
          [record.method, String(record.replicate), reason, "", "", ""]
            + Array(repeating: "", count: suffixes.count * parameters.count))
      case .usable(let result):
        var fields = [
          record.method, String(record.replicate), "", String(result.iterations),
          String(format: "%.3g", record.seconds), CSVText.number(result.evidenceLowerBound),
        ]
        for name in parameters {
          guard let parameter = result[name] else {
            fields += Array(repeating: "", count: suffixes.count)
            continue
          }
          fields += numbers(parameter)
          if isCalibration {
            fields += [parameter.truth, parameter.probabilityBelowTruth].map { CSVText.number($0) }
          }
        }
        text += CSVLine.text(fields)
      }
    }
    return text
  }

  /// - Parameter name: how messages call the file.
  /// - Throws: `StudyError` of kind `malformed` that names the line.
  static func records(
    of text: String, scenario: String, name: String
  ) throws(StudyError) -> [ReplicateRecord] {
    let lines: [CSVText.Record]
    do {
      lines = try CSVText.records(of: text)
    } catch {
      throw StudyError(.malformed, "\(name):\(error.line): \(error.problem).")
    }
    let columns = lines.first?.fields ?? []
    // Those of the first parameter say whether this is a calibration.
    let isCalibration = columns.dropFirst(leading.count + suffixes.count).prefix(2)
      .elementsEqual(
        calibrationSuffixes.map { (columns.dropFirst(leading.count).first ?? "") + $0 })
    let width = suffixes.count + (isCalibration ? calibrationSuffixes.count : 0)
    guard let header = lines.first, columns.starts(with: leading),
      (columns.count - leading.count) % width == 0
    else {
      throw StudyError(
        .malformed,
        "\(name):1: the columns are not those of a baseline, which begin with "
          + leading.joined(separator: ",") + ".")
    }
    let parameters = stride(
      from: leading.count, to: header.fields.count, by: width
    ).map { header.fields[$0] }
    var records: [ReplicateRecord] = []
    for line in lines.dropFirst() {
      guard line.fields.count == header.fields.count,
        let record = record(
          of: line.fields, scenario: scenario, parameters: parameters, width: width)
      else {
        throw StudyError(
          .malformed,
          "\(name):\(line.line): expected \(header.fields.count) fields of a fit, numbers from the "
            + "second on.")
      }
      records.append(record)
    }
    return records
  }

  /// In the order in which the fits name them.
  private static func parameters(of scenario: ComparedScenario) -> [String] {
    var names: [String] = []
    for record in scenario.records.joined() {
      guard case .usable(let result) = record.usability else { continue }
      for parameter in result.parameters where !names.contains(parameter.parameter) {
        names.append(parameter.parameter)
      }
    }
    return names
  }

  private static func numbers(_ parameter: ParameterEstimate) -> [String] {
    let numbers = [
      parameter.estimate, parameter.standardError, parameter.intervalLower,
      parameter.intervalUpper,
    ]
    let exponent = log10(parameter.standardError ?? 0).rounded(.down)
    // Beyond these an SD is no usual one, and all digits are kept.
    guard (-11...4).contains(exponent) else { return numbers.map { CSVText.number($0) } }
    return numbers.map { $0.map { String(format: "%.\(4 - Int(exponent))f", $0) } ?? "" }
  }

  private static func record(
    of fields: [String], scenario: String, parameters: [String], width: Int
  ) -> ReplicateRecord? {
    guard let replicate = Int(fields[1]), replicate >= 0 else { return nil }
    guard fields[2].isEmpty else {
      return ReplicateRecord(
        scenario: scenario, method: fields[0], replicate: replicate, outcome: .failed(fields[2]),
        seconds: 0)
    }
    guard let iterations = Int(fields[3]), let seconds = Double(fields[4]),
      fields[5].isEmpty || Double(fields[5]) != nil
    else { return nil }
    var estimates: [ParameterEstimate] = []
    for (index, name) in parameters.enumerated() {
      let start = leading.count + width * index
      let own = fields[start..<(start + width)]
      if own.allSatisfy(\.isEmpty) { continue }
      let numbers = own.map { Double($0) }
      // What a method does not say of a parameter is left empty.
      guard zip(own, numbers).allSatisfy({ $0.isEmpty || $1?.isFinite == true }),
        let estimate = numbers[0]
      else { return nil }
      estimates.append(
        ParameterEstimate(
          parameter: name, estimate: estimate, standardError: numbers[1],
          intervalLower: numbers[2], intervalUpper: numbers[3], pValue: nil,
          truth: width > suffixes.count ? numbers[4] : nil,
          probabilityBelowTruth: width > suffixes.count ? numbers[5] : nil))
    }
    return ReplicateRecord(
      scenario: scenario, method: fields[0], replicate: replicate,
      outcome: .fitted(
        EstimationResult(
          parameters: estimates, evidenceLowerBound: Double(fields[5]), iterations: iterations,
          reason: "converged", converged: true)),
      seconds: seconds)
  }
}
