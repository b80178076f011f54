import Foundation
import PoissonGLMM

/// The fits of one scenario as a baseline keeps them, one line each:
///
///     method,replicate,failure,iterations,seconds,bound,log_evidence,...,x,x sd,...
///     (after the bound what is said of the whole fit besides, see `FitQuantity`;
///     each parameter: its name, then `sd`, `lower`, `upper` and `p`)
///
/// `failure` is empty for a fit that can be used, and says why another cannot; that one has no
/// numbers. The bound and logarithms have all their digits, since the rule for the bound asks about
/// rounding. The numbers of a parameter have five decimals of its SD's leading digit, an error of
/// at most 1e-4 SDs, a hundredth of the drift that is called one; p values have seven digits, and
/// so have SDs of random effects, whose means are rounded as those of parameters are.
///
/// In a calibration `x truth,x probability` follow for each parameter, with all their digits: the
/// true value of this replicate and the posterior probability up to there.
///
/// Tables of an older version, without p values and what is said of the whole fit, are read too.
enum BaselineTable {
  private static let leading = ["method", "replicate", "failure", "iterations", "seconds", "bound"]
  /// The columns of a parameter, as what follows its name.
  private static let suffixes = ["", " sd", " lower", " upper"]
  private static let pValueSuffixes = [" p"]
  private static let calibrationSuffixes = [" truth", " probability"]

  static func text(of scenario: ComparedScenario) -> String {
    let parameters = parameters(of: scenario)
    let quantities = quantities(of: scenario)
    let isCalibration = scenario.records.joined().contains { record in
      guard case .usable(let result) = record.usability else { return false }
      return result.parameters.contains { $0.truth != nil }
    }
    let suffixes =
      Self.suffixes + pValueSuffixes + (isCalibration ? calibrationSuffixes : [])
    let columns =
      leading + quantities.map(\.name) + parameters.flatMap { name in suffixes.map { name + $0 } }
    var text = CSVLine.text(columns)
    for record in scenario.records.joined() {
      switch record.usability {
      case .failed(let reason):
        text += CSVLine.text(
          [record.method, String(record.replicate), reason]
            + Array(repeating: "", count: columns.count - 3))
      case .usable(let result):
        var fields = [
          record.method, String(record.replicate), "", String(result.iterations),
          String(format: "%.3g", record.seconds), CSVText.number(result.evidenceLowerBound),
        ]
        fields += quantities.map { number($0, in: result) }
        for name in parameters {
          guard let parameter = result[name] else {
            fields += Array(repeating: "", count: suffixes.count)
            continue
          }
          fields += numbers(parameter) + [parameter.pValue.map { significant($0) } ?? ""]
          if isCalibration {
            fields += [parameter.truth, parameter.probabilityBelowTruth].map { CSVText.number($0) }
          }
        }
        text += CSVLine.text(fields)
      }
    }
    return text
  }

  /// What the columns of a table are.
  private struct Columns {
    let quantities: [FitQuantity]
    var parameters: [String] = []
    let hasPValues: Bool
    let isCalibration: Bool

    /// Where the first parameter begins.
    var start: Int { leading.count + quantities.count }
    /// Of a parameter.
    var width: Int {
      suffixes.count + (hasPValues ? pValueSuffixes.count : 0)
        + (isCalibration ? calibrationSuffixes.count : 0)
    }

    /// nil for the columns of something else.
    init?(_ names: [String]) {
      guard names.starts(with: leading) else { return nil }
      let rest = names.dropFirst(leading.count)
      let start =
        rest.indices.first { $0 + 1 < names.count && names[$0 + 1] == names[$0] + suffixes[1] }
        ?? names.count
      let scales = Set(names[leading.count..<start])
      quantities = names[leading.count..<start].map { name in
        let term = name.firstIndex(of: "(").map { name[$0...] }
        let scale = term.map { "sds\($0)" }
        return FitQuantity(name, scale: scale.flatMap { scales.contains($0) ? $0 : nil })
      }
      func follow(_ suffixes: [String], at position: Int) -> Bool {
        start < names.count
          && names.dropFirst(position).prefix(suffixes.count)
            .elementsEqual(suffixes.map { names[start] + $0 })
      }
      hasPValues = follow(pValueSuffixes, at: start + suffixes.count)
      isCalibration = follow(
        calibrationSuffixes, at: start + suffixes.count + (hasPValues ? pValueSuffixes.count : 0))
      guard (names.count - self.start) % width == 0 else { return nil }
      parameters = stride(from: self.start, to: names.count, by: width).map { names[$0] }
    }
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
    guard let header = lines.first, let columns = Columns(header.fields) else {
      throw StudyError(
        .malformed,
        "\(name):1: the columns are not those of a baseline, which begin with "
          + leading.joined(separator: ",") + ".")
    }
    var records: [ReplicateRecord] = []
    for line in lines.dropFirst() {
      guard line.fields.count == header.fields.count,
        let record = record(of: line.fields, scenario: scenario, columns)
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

  /// In the order in which the fits name them.
  private static func quantities(of scenario: ComparedScenario) -> [FitQuantity] {
    var quantities: [FitQuantity] = []
    for record in scenario.records.joined() {
      guard case .usable(let result) = record.usability else { continue }
      for quantity in result.quantities where !quantities.contains(quantity) {
        quantities.append(quantity)
      }
    }
    return quantities
  }

  /// Seven digits; a p value is off by less than 1e-6 in the normal deviate that has it.
  private static func significant(_ value: Double) -> String { String(format: "%.7g", value) }

  private static func number(_ quantity: FitQuantity, in result: EstimationResult) -> String {
    guard let value = result.value(of: quantity.name) else { return "" }
    guard let scale = quantity.scale else { return CSVText.number(value) }
    guard scale != quantity.name, let sd = result.value(of: scale), sd.isFinite, sd > 0,
      let decimals = decimals(ofSD: sd)
    else { return significant(value) }
    return String(format: "%.\(decimals)f", value)
  }

  /// Five of an SD's leading digit; nil where an SD is no usual one.
  private static func decimals(ofSD sd: Double) -> Int? {
    let exponent = log10(sd).rounded(.down)
    return (-11...4).contains(exponent) ? 4 - Int(exponent) : nil
  }

  private static func numbers(_ parameter: ParameterEstimate) -> [String] {
    let numbers = [
      parameter.estimate, parameter.standardError, parameter.intervalLower,
      parameter.intervalUpper,
    ]
    guard let decimals = decimals(ofSD: parameter.standardError ?? 0) else {
      return numbers.map { CSVText.number($0) }
    }
    return numbers.map { $0.map { String(format: "%.\(decimals)f", $0) } ?? "" }
  }

  private static func record(
    of fields: [String], scenario: String, _ columns: Columns
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
    var quantities: [(FitQuantity, Double)] = []
    for (quantity, field) in zip(columns.quantities, fields.dropFirst(leading.count))
    where !field.isEmpty {
      guard let value = Double(field) else { return nil }
      quantities.append((quantity, value))
    }
    var estimates: [ParameterEstimate] = []
    for (index, name) in columns.parameters.enumerated() {
      let start = columns.start + columns.width * index
      let own = fields[start..<(start + columns.width)]
      if own.allSatisfy(\.isEmpty) { continue }
      let numbers = own.map { Double($0) }
      // What a method does not say of a parameter is left empty.
      guard zip(own, numbers).allSatisfy({ $0.isEmpty || $1?.isFinite == true }),
        let estimate = numbers[0]
      else { return nil }
      let truth = suffixes.count + (columns.hasPValues ? pValueSuffixes.count : 0)
      estimates.append(
        ParameterEstimate(
          parameter: name, estimate: estimate, standardError: numbers[1],
          intervalLower: numbers[2], intervalUpper: numbers[3],
          pValue: columns.hasPValues ? numbers[suffixes.count] : nil,
          truth: columns.isCalibration ? numbers[truth] : nil,
          probabilityBelowTruth: columns.isCalibration ? numbers[truth + 1] : nil))
    }
    return ReplicateRecord(
      scenario: scenario, method: fields[0], replicate: replicate,
      outcome: .fitted(
        EstimationResult(
          parameters: estimates, evidenceLowerBound: Double(fields[5]), iterations: iterations,
          reason: "converged", converged: true, quantities: quantities)),
      seconds: seconds)
  }
}
